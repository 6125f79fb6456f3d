-- Files of messages that the provider has, by its id of each, which it keeps for thirty days.
CREATE TABLE message_uploads (
    message_id  bigint PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    media_id    text NOT NULL CHECK (length(media_id) BETWEEN 1 AND 200),
    uploaded_at timestamptz NOT NULL DEFAULT now()
);

-- An identity is its contact's owner's, whatever is written. (A contact that moves to another owner does not exist.)
ALTER TABLE contacts ADD CONSTRAINT contacts_owner_key UNIQUE (id, owner_id);
ALTER TABLE contact_identities
    DROP CONSTRAINT contact_identities_contact_id_fkey,
    DROP CONSTRAINT contact_identities_home_id_fkey,
    ADD CONSTRAINT contact_identities_contact_id_fkey
        FOREIGN KEY (contact_id, owner_id) REFERENCES contacts (id, owner_id) ON DELETE CASCADE,
    ADD CONSTRAINT contact_identities_home_id_fkey
        FOREIGN KEY (home_id, owner_id) REFERENCES contacts (id, owner_id) ON DELETE CASCADE;
