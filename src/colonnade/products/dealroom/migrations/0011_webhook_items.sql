-- Nothing that the provider sends is thrown away: raw items, what they say beside the words, statuses, files (ADR 0051).

-- One thing of a webhook's body, once: digest is the SHA-256 of field, list and bytes. raw is encrypted (FieldCipher).
-- kind is one of the table of kinds, or `unknown`; called is what the provider calls it. provider_id is the provider's
-- id of the message that it is, or is about.
CREATE TABLE webhook_items (
    id            uuid PRIMARY KEY,
    channel_id    integer NOT NULL REFERENCES channels ON DELETE CASCADE,
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    kind          text NOT NULL CHECK (length(kind) <= 100),
    called        text NOT NULL CHECK (length(called) <= 100),
    outcome       text NOT NULL CHECK (outcome IN ('turn', 'event', 'ignored', 'refused')),
    provider_id   text CHECK (length(provider_id) <= 200),
    provider_time timestamptz,
    raw           text NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_items_digest_key UNIQUE (channel_id, digest)
);
CREATE INDEX webhook_items_list_idx ON webhook_items (channel_id, received_at DESC, id DESC);
CREATE INDEX webhook_items_old_idx ON webhook_items (received_at);
CREATE INDEX webhook_items_message_idx ON webhook_items (channel_id, provider_id) WHERE provider_id IS NOT NULL;

-- What the provider says of a message that we sent, each status once.
CREATE TABLE message_statuses (
    message_id    bigint NOT NULL REFERENCES messages ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    status        text NOT NULL CHECK (status ~ '^[a-z][a-z_]{0,39}$'),
    provider_time timestamptz,
    pricing       jsonb,
    conversation  jsonb,
    errors        jsonb,
    received_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, status)
);

-- All null in messages that no provider sent. kind is what the contract's type does not say (location, order, voice, …),
-- data the same in parts. late: later ones had come before it, or it took minutes. media_state: why there is no file.
ALTER TABLE messages
    ADD COLUMN kind          text CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
    ADD COLUMN data          jsonb CHECK (jsonb_typeof(data) = 'object'),
    ADD COLUMN provider_time timestamptz,
    ADD COLUMN late          boolean CHECK (late),
    ADD COLUMN media_state   text CHECK (media_state IN ('fetching', 'failed', 'quarantined')),
    ADD COLUMN media_error   text CHECK (length(media_error) <= 300),
    ADD CONSTRAINT messages_tombstone_check CHECK (deleted_at IS NULL OR (data IS NULL AND media_state IS NULL));

-- The latest time that the provider has said of a message in the session.
ALTER TABLE chat_sessions ADD COLUMN provider_time timestamptz;

-- A person may have no number for us, but an id (user_id) that the provider gives them for this business.
ALTER TABLE channel_contacts
    ALTER COLUMN wa_id DROP NOT NULL,
    ADD COLUMN user_id text CHECK (user_id ~ '^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$'),
    ADD COLUMN username text CHECK (length(username) BETWEEN 1 AND 100),
    ADD CONSTRAINT channel_contacts_known_check CHECK (wa_id IS NOT NULL OR user_id IS NOT NULL),
    ADD CONSTRAINT channel_contacts_user_key UNIQUE (channel_id, user_id);

-- What is deleted from the record is not kept as it came either.
CREATE FUNCTION webhook_items_forget() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM webhook_items WHERE channel_id = OLD.channel_id AND provider_id = OLD.provider_message_id
        AND kind NOT LIKE '%.revoke';  -- has no words, and may come before what it revokes
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_items_forget AFTER DELETE ON messages
    FOR EACH ROW WHEN (OLD.provider_message_id IS NOT NULL) EXECUTE FUNCTION webhook_items_forget();
CREATE TRIGGER webhook_items_forget_deleted AFTER UPDATE OF deleted_at ON messages
    FOR EACH ROW WHEN (OLD.provider_message_id IS NOT NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION webhook_items_forget();
