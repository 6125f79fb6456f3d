-- The inbox: since when a session's customer waits for an answer, and indexes for its filters.

-- The time of the first message of a customer that nothing of ours has followed; null where nobody waits.
ALTER TABLE chat_sessions ADD COLUMN waiting_since timestamptz;
UPDATE chat_sessions s SET waiting_since = (
    SELECT min(m.created_at) FROM messages m
    WHERE m.session_id = s.id AND m.sender = 'customer' AND m.seq > coalesce(
        (SELECT max(o.seq) FROM messages o WHERE o.session_id = s.id AND o.sender IN ('human', 'assistant')), 0)
);
CREATE INDEX chat_sessions_waiting_idx ON chat_sessions (owner_id, waiting_since, id)
    WHERE waiting_since IS NOT NULL AND NOT archived;
CREATE INDEX chat_sessions_unread_idx ON chat_sessions (owner_id, pinned DESC, active_at DESC, id DESC)
    WHERE last_seq > read_seq AND NOT archived;
CREATE INDEX chat_sessions_human_idx ON chat_sessions (owner_id, human_until) WHERE human_until IS NOT NULL;
CREATE INDEX answers_held_idx ON answers (session_id) WHERE state = 'held';
CREATE INDEX channel_contacts_window_idx ON channel_contacts (channel_id, window_ends_at, session_id);
