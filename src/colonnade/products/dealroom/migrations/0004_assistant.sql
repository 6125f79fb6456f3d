-- The assistant's answers, sent or not, with the texts they used and their state.

-- trigger_message_id is the last customer message that it answers (up_to_seq: its number), message_id the message that
-- it became; neither is a foreign key, because messages are deleted only with their session. decided_by is the
-- session's owner. sources are copies: later edits of sellers do not change them.
CREATE TABLE answers (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id         uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    trigger_message_id bigint NOT NULL,
    up_to_seq          bigint NOT NULL CHECK (up_to_seq > 0),
    state              text NOT NULL DEFAULT 'queued'
                       CHECK (state IN ('queued', 'held', 'sent', 'cancelled', 'rejected', 'failed')),
    attempts           integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    draft              text CHECK (length(draft) <= 20000),
    reasons            text[] NOT NULL DEFAULT '{}',
    sources            jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(sources) = 'array'),
    model              text CHECK (length(model) <= 200),
    message_id         bigint,
    decided_by         integer,
    created_at         timestamptz NOT NULL DEFAULT now(),
    decided_at         timestamptz,
    CHECK ((message_id IS NOT NULL) = (state = 'sent')),
    CHECK ((decided_at IS NULL) = (state IN ('queued', 'held')))
);
-- Several messages in a row are answered once: the later one moves the queued answer's trigger.
CREATE UNIQUE INDEX answers_queued_key ON answers (session_id) WHERE state = 'queued';
CREATE INDEX answers_list_idx ON answers (session_id, id DESC);
CREATE INDEX answers_message_idx ON answers (message_id) WHERE message_id IS NOT NULL;
