-- Messages: numbered without gaps per session, in the order of their commits, and chained by hashes.

-- The digest of a message's content: sha256 of the text of a JSON array.
CREATE FUNCTION message_digest(
    sender text, sender_name text, phone text, type text, content text, media_url text, media_key text,
    media_name text, reply_to_id bigint
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(
        jsonb_build_array(sender, sender_name, phone, type, content, media_url, media_key, media_name, reply_to_id)::text,
        'UTF8'))
$$;

-- Rows are deleted only with their session: a deleted message stays as a tombstone, without its content.
-- content_hash is the digest of the message as it was first written; hash = sha256(hash before || seq || content_hash).
CREATE TABLE messages (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id          uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    seq                 bigint NOT NULL CHECK (seq > 0),
    sender              text NOT NULL CHECK (sender IN ('customer', 'assistant', 'human', 'system')),
    sender_name         text CHECK (length(sender_name) BETWEEN 1 AND 100),
    phone               text CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
    phone_typed         text CHECK (length(phone_typed) <= 40),
    type                text NOT NULL CHECK (type IN ('text', 'image', 'video', 'audio', 'document')),
    content             text CHECK (length(content) BETWEEN 1 AND 4096),
    media_url           text CHECK (length(media_url) <= 1000),  -- elsewhere
    media_key           text,                                    -- or a stored file
    media_mimetype      text CHECK (length(media_mimetype) <= 100),
    media_name          text CHECK (length(media_name) <= 255),
    media_size_bytes    bigint CHECK (media_size_bytes >= 0),
    reply_to_id         bigint,
    client_message_id   text CHECK (length(client_message_id) BETWEEN 1 AND 64),
    fingerprint         bytea CHECK (length(fingerprint) = 32),
    channel_id          integer,
    provider_message_id text CHECK (length(provider_message_id) BETWEEN 1 AND 200),
    status              text NOT NULL DEFAULT 'sent'
                        CHECK (status IN ('pending', 'sent', 'delivered', 'read', 'failed')),
    content_hash        bytea NOT NULL CHECK (length(content_hash) = 32),
    hash                bytea NOT NULL CHECK (length(hash) = 32),
    version             integer NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    edited_at           timestamptz,
    deleted_at          timestamptz,
    search              tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(content, ''))) STORED,
    CONSTRAINT messages_seq_key UNIQUE (session_id, seq),
    CHECK ((phone IS NULL) = (phone_typed IS NULL)),
    CHECK ((client_message_id IS NULL) = (fingerprint IS NULL)),
    CHECK (deleted_at IS NULL OR (content IS NULL AND media_url IS NULL AND media_key IS NULL)),
    CHECK (deleted_at IS NOT NULL OR content IS NOT NULL OR media_url IS NOT NULL OR media_key IS NOT NULL)
) WITH (fillfactor = 90);
CREATE INDEX messages_batch_idx ON messages (session_id, id);
CREATE UNIQUE INDEX messages_client_key ON messages (session_id, client_message_id)
    WHERE client_message_id IS NOT NULL;
CREATE UNIQUE INDEX messages_provider_key ON messages (channel_id, provider_message_id)
    WHERE provider_message_id IS NOT NULL;
CREATE INDEX messages_search_idx ON messages USING gin (search);
CREATE INDEX messages_media_idx ON messages (session_id) WHERE media_key IS NOT NULL;
