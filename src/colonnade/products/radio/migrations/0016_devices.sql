-- Devices without an account: whose turn it is to ask for a song, and which chat sessions belong together.

-- The devices of one address (IPv6: /64) ask ten times in five minutes together. It goes with the row, within a quarter of
-- an hour; null for accounts, keys and guests of the chat.
ALTER TABLE song_listeners ADD COLUMN address text CHECK (length(address) <= 64);
CREATE INDEX song_listeners_address_idx ON song_listeners (address, asked_at) WHERE address IS NOT NULL;

-- `device` is the random number of a signed token, and erased with `address`. `confirmed_by` is a keyed hash of the e-mail
-- address whose code let the session in despite a block of its address.
ALTER TABLE chat_sessions
    ADD COLUMN device text CHECK (length(device) <= 64),
    ADD COLUMN confirmed_by bytea CHECK (length(confirmed_by) = 32),
    ADD COLUMN block_scope text CHECK (block_scope IN ('session', 'address'));
-- Blocks of before are as they were: of the address too.
UPDATE chat_sessions SET block_scope = 'address' WHERE blocked_at IS NOT NULL;
CREATE INDEX chat_sessions_device_idx ON chat_sessions (device) WHERE device IS NOT NULL;
CREATE INDEX chat_sessions_address_idx ON chat_sessions (address) WHERE address IS NOT NULL;
CREATE INDEX chat_sessions_confirmed_idx ON chat_sessions (confirmed_by) WHERE confirmed_by IS NOT NULL;
