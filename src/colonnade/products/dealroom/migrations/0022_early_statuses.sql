-- A status that comes before its message's id is known is kept with all that the provider says of it, and becomes a row
-- of message_statuses with the id. called is the provider's word; status is null for one that moves no message.
ALTER TABLE early_statuses
    ALTER COLUMN status DROP NOT NULL,
    ADD COLUMN called        text CHECK (called ~ '^[a-z][a-z_]{0,39}$'),
    ADD COLUMN provider_time timestamptz,
    ADD COLUMN pricing       jsonb,
    ADD COLUMN conversation  jsonb,
    ADD COLUMN errors        jsonb;
