-- A persona and sellers belong to a session or to a channel, whose sessions have them unless they have their own; and how
-- a channel speaks, when it is open, and when it hands over to people.

ALTER TABLE vendors ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE vendors ADD COLUMN channel_id integer REFERENCES channels ON DELETE CASCADE;
ALTER TABLE vendors ADD CONSTRAINT vendors_channel_key UNIQUE (channel_id);
ALTER TABLE vendors ADD CONSTRAINT vendors_parent CHECK (num_nonnulls(session_id, channel_id) = 1);

ALTER TABLE sellers ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE sellers ADD COLUMN channel_id integer REFERENCES channels ON DELETE CASCADE;
ALTER TABLE sellers ADD CONSTRAINT sellers_parent CHECK (num_nonnulls(session_id, channel_id) = 1);
CREATE UNIQUE INDEX sellers_channel_name_key ON sellers (channel_id, lower(name)) WHERE channel_id IS NOT NULL;

-- opening_hours is an array of {day, opens, closes}, in the local time of time_zone; null: always open.
ALTER TABLE channels
    ADD COLUMN language text CHECK (length(language) <= 35),
    ADD COLUMN currency text CHECK (currency ~ '^[A-Z]{3}$'),
    ADD COLUMN region text CHECK (region ~ '^[A-Z]{2}$'),
    ADD COLUMN time_zone text CHECK (length(time_zone) BETWEEN 1 AND 64),
    ADD COLUMN opening_hours jsonb CHECK (jsonb_typeof(opening_hours) = 'array'),
    ADD COLUMN while_closed text NOT NULL DEFAULT 'answer' CHECK (while_closed IN ('answer', 'wait')),
    ADD COLUMN closed_message text CHECK (length(closed_message) BETWEEN 1 AND 1000),
    ADD COLUMN human_minutes integer CHECK (human_minutes BETWEEN 1 AND 10080),
    ADD COLUMN handover_words text[] NOT NULL DEFAULT '{}' CHECK (cardinality(handover_words) <= 50),
    ADD COLUMN handover_message text CHECK (length(handover_message) BETWEEN 1 AND 1000),
    ADD CONSTRAINT channels_hours_zone CHECK (opening_hours IS NULL OR time_zone IS NOT NULL);
