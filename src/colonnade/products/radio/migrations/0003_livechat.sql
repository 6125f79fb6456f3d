-- Live chat: its settings, the guests' sessions, messages and the listeners' flags.

-- One row; if it is missing it is created again with these defaults.
CREATE TABLE chat_settings (
    only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    is_open           boolean NOT NULL DEFAULT true,
    slow_mode_seconds integer NOT NULL DEFAULT 0 CHECK (slow_mode_seconds BETWEEN 0 AND 3600),
    pre_moderation    boolean NOT NULL DEFAULT false,
    blocked_terms     text[] NOT NULL DEFAULT '{}' CHECK (cardinality(blocked_terms) <= 500),
    version           integer NOT NULL DEFAULT 1,
    updated_by        integer REFERENCES accounts ON DELETE SET NULL,
    updated_at        timestamptz NOT NULL DEFAULT now()
);
INSERT INTO chat_settings DEFAULT VALUES;

-- `address` is the bucket that limits count by (an IPv4 address, an IPv6 /64); it is erased after some weeks.
CREATE TABLE chat_sessions (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name            text NOT NULL CHECK (length(name) BETWEEN 2 AND 50),
    city            text CHECK (length(city) BETWEEN 1 AND 100),
    country         text CHECK (length(country) BETWEEN 1 AND 100),
    address         text CHECK (length(address) <= 64),
    started_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    last_message_at timestamptz,
    message_count   integer NOT NULL DEFAULT 0,
    blocked_at      timestamptz,
    blocked_until   timestamptz,
    blocked_by      integer REFERENCES accounts ON DELETE SET NULL,
    block_reason    text CHECK (length(block_reason) <= 500),
    CHECK ((blocked_at IS NULL) = (blocked_until IS NULL))
);
CREATE INDEX chat_sessions_started_idx ON chat_sessions (started_at DESC, id DESC);
CREATE INDEX chat_sessions_expiry_idx ON chat_sessions (expires_at);
CREATE INDEX chat_sessions_blocked_idx ON chat_sessions (address, blocked_until) WHERE blocked_until IS NOT NULL;

-- `flagged` is a moderator's mark on a message that is still shown. Names are as of the moment of writing.
CREATE TABLE chat_messages (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id        uuid REFERENCES chat_sessions ON DELETE SET NULL,
    account_id        integer REFERENCES accounts ON DELETE SET NULL,
    is_staff          boolean NOT NULL DEFAULT false,
    username          text NOT NULL CHECK (length(username) BETWEEN 1 AND 100),
    city              text,
    country           text,
    message           text NOT NULL CHECK (length(message) BETWEEN 1 AND 500),
    status            text NOT NULL DEFAULT 'visible'
                      CHECK (status IN ('pending', 'visible', 'flagged', 'hidden', 'deleted')),
    flags             integer NOT NULL DEFAULT 0,
    client_message_id text CHECK (length(client_message_id) BETWEEN 1 AND 64),
    moderated_by      integer REFERENCES accounts ON DELETE SET NULL,
    moderated_at      timestamptz,
    moderation_reason text CHECK (length(moderation_reason) <= 500),
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX chat_messages_guest_retry_key ON chat_messages (session_id, client_message_id)
    WHERE client_message_id IS NOT NULL;
CREATE UNIQUE INDEX chat_messages_staff_retry_key ON chat_messages (account_id, client_message_id)
    WHERE client_message_id IS NOT NULL;
CREATE INDEX chat_messages_public_idx ON chat_messages (id DESC) WHERE status IN ('visible', 'flagged');
CREATE INDEX chat_messages_status_idx ON chat_messages (status, id DESC) WHERE status <> 'visible';
CREATE INDEX chat_messages_session_idx ON chat_messages (session_id, id DESC);

CREATE TABLE chat_flags (
    message_id integer NOT NULL REFERENCES chat_messages ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    reason     text CHECK (length(reason) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, session_id)
);
CREATE INDEX chat_flags_session_idx ON chat_flags (session_id);
