-- Who is blocked and has what they left erased stays blocked: their session keeps what the block is known by until then.
ALTER TABLE chat_sessions ADD COLUMN erased_at timestamptz;
