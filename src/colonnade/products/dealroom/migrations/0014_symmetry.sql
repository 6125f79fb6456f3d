-- User names of two characters: in many scripts that is a whole name.
ALTER TABLE profiles DROP CONSTRAINT profiles_username_check;
ALTER TABLE profiles ADD CONSTRAINT profiles_username_check CHECK (length(username) BETWEEN 2 AND 50);

-- What was written in an owner's sessions on a day, newest first: the list of all messages, and the reports.
CREATE INDEX messages_owner_idx ON messages (owner_id, created_at DESC, id DESC);
