-- A number moves to whoever proves to manage it: the channel that had it is released, and keeps its record.

ALTER TABLE channels DROP CONSTRAINT channels_state_check;
ALTER TABLE channels ADD CONSTRAINT channels_state_check
    CHECK (state IN ('connected', 'degraded', 'disconnected', 'disabled', 'released'));
ALTER TABLE channels DROP CONSTRAINT channels_number_key;
CREATE UNIQUE INDEX channels_number_key ON channels (provider, phone_number_id) WHERE state <> 'released';
