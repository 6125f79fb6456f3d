-- Locks: webhook_items is written anew for the stored column, and is locked against everything meanwhile: half a
-- minute per gigabyte of what is kept. It has what webhooks brought in the time for which items are kept, no more.

-- What is kept as it came has a size, which is limited for each owner (raw is null then), and is forgotten with the
-- people that it names: about has hashes of their numbers and ids, null where nobody has looked for them.
ALTER TABLE webhook_items
    ALTER COLUMN raw DROP NOT NULL,
    ADD COLUMN about bigint[],
    ADD COLUMN size_bytes integer NOT NULL GENERATED ALWAYS AS (coalesce(length(raw), 0)) STORED;
CREATE INDEX webhook_items_size_idx ON webhook_items (channel_id) INCLUDE (size_bytes);

-- As the number of somebody is written in an item, and in their identities.
CREATE FUNCTION webhook_person_hash(person text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended(ltrim(person, '+'), 26);

CREATE FUNCTION webhook_person_hashes(people text) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN coalesce((SELECT array_agg(webhook_person_hash(one)) FROM unnest(string_to_array(people, ' ')) AS one), '{}');

CREATE FUNCTION webhook_items_forget_people() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM gone WHERE kind <> 'username') THEN
        RETURN NULL;
    END IF;
    DELETE FROM webhook_items i USING channels c
    WHERE c.id = i.channel_id AND c.owner_id IN (SELECT owner_id FROM gone)
        AND (i.about IS NULL OR i.about && (
            SELECT array_agg(webhook_person_hash(form))
            FROM gone, unnest(ARRAY[value, written] || string_to_array(found_by, ' ')) AS form
            WHERE kind <> 'username' AND form <> ''));
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_items_forget_people AFTER DELETE ON contact_identities
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION webhook_items_forget_people();

-- A revocation is kept while it may be needed for a message that comes later, and goes with the message's row.
CREATE OR REPLACE FUNCTION webhook_items_forget() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM webhook_items WHERE channel_id = OLD.channel_id AND provider_id = OLD.provider_message_id
        AND (TG_OP = 'DELETE' OR kind NOT LIKE '%.revoke');
    RETURN NULL;
END
$$;

-- What the provider says of a number: its quality, how many people may be written to in a day, a restriction; and since
-- when items of its webhook were last kept without their text, or not for their time.
ALTER TABLE channels
    ADD COLUMN quality         text CHECK (quality IN ('good', 'flagged')),
    ADD COLUMN messaging_limit text CHECK (messaging_limit ~ '^[A-Z0-9_]{1,40}$'),
    ADD COLUMN restriction     text CHECK (length(restriction) BETWEEN 1 AND 300),
    ADD COLUMN items_cut_at    timestamptz;

-- Whoever wants no marketing from the owner: the provider delivers them no such templates.
ALTER TABLE contact_identities ADD COLUMN marketing_stopped_at timestamptz;
