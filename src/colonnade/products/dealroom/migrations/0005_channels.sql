-- Channels: an owner's telephone numbers at a messaging provider, and the session of each contact's messages.

-- access_token and app_secret are encrypted (FieldCipher); verify_token_hash is its SHA-256.
CREATE TABLE channels (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id          integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    provider          text NOT NULL DEFAULT 'whatsapp' CHECK (provider IN ('whatsapp')),
    name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    phone_number_id   text NOT NULL CHECK (phone_number_id ~ '^[0-9]{1,32}$'),
    phone             text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
    access_token      text NOT NULL,
    app_secret        text NOT NULL,
    verify_token_hash bytea NOT NULL CHECK (length(verify_token_hash) = 32),
    state             text NOT NULL DEFAULT 'disconnected'
                      CHECK (state IN ('connected', 'degraded', 'disconnected', 'disabled')),
    last_inbound_at   timestamptz,
    last_outbound_at  timestamptz,
    last_error        text CHECK (length(last_error) <= 300),
    failures          integer NOT NULL DEFAULT 0 CHECK (failures >= 0),   -- since the last success
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT channels_number_key UNIQUE (provider, phone_number_id)
);
CREATE INDEX channels_owner_idx ON channels (owner_id);

-- One run at a time sends to a contact: it claims the contact (`run`) until busy_until. busy_until without a run is
-- the end of the pause after a failure, when a job is queued. `again`: a message arrived while another run was sending.
CREATE TABLE channel_contacts (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id   integer NOT NULL REFERENCES channels ON DELETE CASCADE,
    wa_id        text NOT NULL CHECK (wa_id ~ '^[1-9][0-9]{5,14}$'),
    session_id   uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    profile_name text CHECK (length(profile_name) BETWEEN 1 AND 100),
    run          uuid,
    busy_until   timestamptz,
    again        boolean NOT NULL DEFAULT false,
    failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT channel_contacts_contact_key UNIQUE (channel_id, wa_id),
    CONSTRAINT channel_contacts_session_key UNIQUE (session_id)
);

ALTER TABLE messages ADD CONSTRAINT messages_channel_fkey
    FOREIGN KEY (channel_id) REFERENCES channels ON DELETE SET NULL;
CREATE INDEX messages_channel_idx ON messages (channel_id, status) WHERE channel_id IS NOT NULL;
CREATE INDEX messages_pending_idx ON messages (session_id, seq) WHERE status = 'pending';
