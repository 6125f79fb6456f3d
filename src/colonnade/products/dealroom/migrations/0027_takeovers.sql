-- Locks: while the two indexes on messages are built, and until the end of the file, nothing is written to messages; and
-- sessions where somebody waits are updated. Each index is a scan of the table, of about a second per million
-- messages. On a larger record, migrate when nobody writes.

-- Sessions that a person took over, whether they then wrote or telephoned; and what of the record says nothing.

CREATE TABLE takeovers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    owner_id   integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX takeovers_session_idx ON takeovers (session_id);
CREATE INDEX takeovers_owner_idx ON takeovers (owner_id, created_at) INCLUDE (session_id);

-- Reports leave out texts that rules sent, by the beginnings of their ids, and reactions and the like.
DROP INDEX messages_notices_idx;
CREATE INDEX messages_silent_idx ON messages (owner_id, created_at) INCLUDE (session_id, seq)
    WHERE sender = 'assistant' AND client_message_id ~ '^(closed:|handover:)'
        OR kind IN ('reaction', 'request_welcome', 'revoke');

-- Edits and revocations that came before the message which they are about.
CREATE INDEX messages_changes_idx ON messages (session_id, (data->>'originalMessageId'))
    WHERE kind IN ('edit', 'revoke');

-- Whoever has sent nothing but these since our last message waits for nothing.
UPDATE chat_sessions s SET waiting_since = (
    SELECT min(m.created_at) FROM messages m
    WHERE m.session_id = s.id AND m.sender = 'customer' AND coalesce(m.kind, '') NOT IN ('reaction', 'request_welcome', 'revoke')
        AND m.created_at >= s.waiting_since
) WHERE waiting_since IS NOT NULL;

-- The budget that an owner was told about: of a larger one they know nothing.
ALTER TABLE assistant_usage ADD COLUMN told_calls integer, ADD COLUMN told_tokens bigint;
