-- Every session of a channel belongs to an identity of a contact. wa_id and user_id of a binding are what is sent to: a
-- number that was given up may still be the address of a session of before.
ALTER TABLE channel_contacts
    ALTER COLUMN contact_id SET NOT NULL,
    ALTER COLUMN identity_id SET NOT NULL,
    DROP CONSTRAINT channel_contacts_contact_key,
    DROP CONSTRAINT channel_contacts_user_key;
CREATE INDEX channel_contacts_address_idx ON channel_contacts (channel_id, wa_id);
CREATE INDEX channel_contacts_user_idx ON channel_contacts (channel_id, user_id) WHERE user_id IS NOT NULL;
