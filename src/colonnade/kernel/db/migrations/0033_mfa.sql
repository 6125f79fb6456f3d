-- Second factors: authenticator apps, recovery codes, passkeys; the latest proof of a session; spent tokens.

-- A secret is encrypted for its row. It is in force once it is confirmed; last_step is the newest time step whose code
-- was used, so that no code is accepted twice.
CREATE TABLE account_totp (
    account_id   integer PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret       text NOT NULL CHECK (length(secret) <= 400),
    created_at   timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0)
);

-- SHA-256 of 80 random bits, bound to the account.
CREATE TABLE account_recovery_codes (
    account_id integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE account_passkeys (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    credential_id bytea NOT NULL CHECK (length(credential_id) BETWEEN 1 AND 1023),
    public_key    bytea NOT NULL CHECK (length(public_key) <= 4096),
    sign_count    bigint NOT NULL CHECK (sign_count >= 0),
    transports    text[] NOT NULL DEFAULT '{}' CHECK (cardinality(transports) <= 10),
    backed_up     boolean NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz
);
CREATE UNIQUE INDEX account_passkeys_credential_key ON account_passkeys (credential_id);
CREATE INDEX account_passkeys_account_idx ON account_passkeys (account_id, id);

-- When this session last proved its user's identity; its login (created_at) counts as well.
ALTER TABLE account_sessions ADD COLUMN verified_at timestamptz;

-- Ids of signed tokens that are valid once. A row lives as long as the token would.
CREATE TABLE spent_tokens (
    id         text PRIMARY KEY CHECK (length(id) <= 64),
    expires_at timestamptz NOT NULL
);
CREATE INDEX spent_tokens_expiry_idx ON spent_tokens (expires_at);
