-- Whose words a waiting body brings no more: their contact was deleted meanwhile. Hashes as in webhook_items.about.
ALTER TABLE webhook_deliveries ADD COLUMN forgotten bigint[] NOT NULL DEFAULT '{}';

CREATE FUNCTION webhook_deliveries_forget_people() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    forms bigint[] := (
        SELECT array_agg(DISTINCT webhook_person_hash(form))
        FROM gone, unnest(ARRAY[value, written] || string_to_array(found_by, ' ')) AS form
        WHERE kind <> 'username' AND form <> '' AND NOT EXISTS (SELECT FROM contacts c WHERE c.id = gone.contact_id));
BEGIN
    UPDATE webhook_deliveries d SET forgotten = d.forgotten || forms FROM channels c
    WHERE forms IS NOT NULL AND c.id = d.channel_id AND c.owner_id IN (SELECT owner_id FROM gone);
    RETURN NULL;
END
$$;
-- Before that of webhook_items, by its name: it waits for bodies whose items are being kept.
CREATE TRIGGER webhook_deliveries_forget_people AFTER DELETE ON contact_identities
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION webhook_deliveries_forget_people();
