-- Sending that recovers: a channel's pause, what became of each attempt, the customer's window, templates.

-- While paused_until is set nothing is sent through the channel: at that time one message probes whether it works again.
-- `pauses` numbers the pauses, so that a job that was planned for an earlier one does nothing. probing_until is the
-- lease of the run that probes. business_account_id owns the templates.
ALTER TABLE channels
    ADD COLUMN business_account_id text CHECK (business_account_id ~ '^[0-9]{1,32}$'),
    ADD COLUMN read_receipts       boolean NOT NULL DEFAULT true,
    ADD COLUMN typing_indicator    boolean NOT NULL DEFAULT true,
    ADD COLUMN paused_until        timestamptz,
    ADD COLUMN pause_kind          text CHECK (pause_kind IN ('token', 'blocked', 'throttled', 'unreachable')),
    ADD COLUMN pauses              integer NOT NULL DEFAULT 0 CHECK (pauses >= 0),
    ADD COLUMN pauses_in_a_row     integer NOT NULL DEFAULT 0 CHECK (pauses_in_a_row >= 0),
    ADD COLUMN probing_until       timestamptz,
    ADD CHECK ((paused_until IS NULL) = (pause_kind IS NULL));
CREATE INDEX channels_paused_idx ON channels (paused_until) WHERE paused_until IS NOT NULL;

-- sending_id is the message that the run has given, or is about to give, to the provider: if the run dies, nobody knows
-- whether that message was sent. Texts reach the customer until window_ends_at, a day after their last message.
ALTER TABLE channel_contacts
    ADD COLUMN sending_id     bigint,
    ADD COLUMN window_ends_at timestamptz;

-- error_code and error_reason: why a message failed, or why its outcome is unknown. resends numbers the attempts that
-- people have asked for; a status that belongs to an earlier one is told apart by it.
ALTER TABLE messages
    ADD COLUMN error_code   text CHECK (length(error_code) BETWEEN 1 AND 40),
    ADD COLUMN error_reason text CHECK (length(error_reason) <= 300),
    ADD COLUMN resends      integer CHECK (resends > 0),
    DROP CONSTRAINT messages_status_check,
    ADD CONSTRAINT messages_status_check
        CHECK (status IN ('pending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'recorded'));
-- The queue of a channel, in the order of writing.
CREATE INDEX messages_queue_idx ON messages (channel_id, id) WHERE status = 'pending';

-- Statuses that came before the provider's answer to the sending was noted.
CREATE TABLE early_statuses (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id          integer NOT NULL REFERENCES channels ON DELETE CASCADE,
    provider_message_id text NOT NULL CHECK (length(provider_message_id) BETWEEN 1 AND 200),
    status              text NOT NULL CHECK (status IN ('sent', 'delivered', 'read', 'failed')),
    error_code          text CHECK (length(error_code) <= 40),
    error_reason        text CHECK (length(error_reason) <= 300),
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX early_statuses_message_idx ON early_statuses (channel_id, provider_message_id);
CREATE INDEX early_statuses_age_idx ON early_statuses (created_at);

-- Copies of the provider's templates; state is the provider's word for the approval.
CREATE TABLE channel_templates (
    channel_id  integer NOT NULL REFERENCES channels ON DELETE CASCADE,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 512),
    language    text NOT NULL CHECK (length(language) BETWEEN 2 AND 20),
    category    text CHECK (length(category) <= 40),
    state       text NOT NULL CHECK (length(state) BETWEEN 1 AND 40),
    components  jsonb NOT NULL,
    synced_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_id, name, language)
);

-- The template behind a message whose content is its preview; parameters are the provider's components.
CREATE TABLE template_messages (
    message_id bigint PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    name       text NOT NULL,
    language   text NOT NULL,
    parameters jsonb NOT NULL
);
