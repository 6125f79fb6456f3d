-- A slot whose end is its start lasts for a day: its length is 1440 minutes instead of the remainder, 0. Slots that there
-- are keep their lengths, and so do their pieces.

ALTER TABLE program_slots DROP CONSTRAINT program_slots_check;
ALTER TABLE program_slot_pieces DROP CONSTRAINT program_slot_pieces_slot_id_start_minute_minutes_first_wee_fkey;
ALTER TABLE program_slots DROP COLUMN minutes;
ALTER TABLE program_slots ADD COLUMN minutes integer NOT NULL GENERATED ALWAYS AS (
    (extract(hour FROM ends_at)::int * 60 + extract(minute FROM ends_at)::int
     - extract(hour FROM starts_at)::int * 60 - extract(minute FROM starts_at)::int + 1439) % 1440 + 1
) STORED;
ALTER TABLE program_slots ADD UNIQUE (id, start_minute, minutes, first_week, last_week);
ALTER TABLE program_slot_pieces ADD FOREIGN KEY (slot_id, start_minute, minutes, first_week, last_week)
    REFERENCES program_slots (id, start_minute, minutes, first_week, last_week)
    ON UPDATE CASCADE ON DELETE CASCADE;

-- What an article is about may be heard: a file of sound, as podcasts have one in each entry of a feed.
ALTER TABLE articles
    ADD COLUMN enclosure_url     text CHECK (length(enclosure_url) <= 500),
    ADD COLUMN enclosure_type    text CHECK (length(enclosure_type) <= 100),
    ADD COLUMN enclosure_bytes   bigint CHECK (enclosure_bytes > 0),
    ADD COLUMN enclosure_seconds integer CHECK (enclosure_seconds > 0),
    ADD CONSTRAINT articles_enclosure CHECK (
        num_nulls(enclosure_url, enclosure_type, enclosure_bytes) IN (0, 3)
        AND (enclosure_seconds IS NULL OR enclosure_url IS NOT NULL)
    );
