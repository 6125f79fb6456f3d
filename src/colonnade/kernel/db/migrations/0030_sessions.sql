-- Sessions per device, refresh tokens that are used once, and API keys. A session is the family of its refresh tokens.

ALTER TABLE account_sessions
    ADD COLUMN device       text CHECK (length(device) <= 100),
    ADD COLUMN methods      text[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- expires_at slides with every refresh, up to ends_at; sessions older than refresh tokens have none.
    ADD COLUMN ends_at      timestamptz,
    ADD COLUMN end_reason   text CHECK (length(end_reason) <= 40);
-- last_seen_at changes every minute: room for it on the row's own page.
ALTER TABLE account_sessions SET (fillfactor = 80);

-- Only hashes are kept. `nonce` turns the used token into its successor (HMAC-SHA256 of the nonce under the used
-- token): it can be made again from both, but not from the database alone. It is erased after the grace period.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    session_id uuid NOT NULL REFERENCES account_sessions ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    rotated_at timestamptz,
    nonce      bytea CHECK (length(nonce) = 32)
) WITH (fillfactor = 80);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

-- API keys: a public name and the SHA-256 of a 256-bit secret (a slow hash would protect nothing at that length).

CREATE TABLE api_keys (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id     integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    prefix         text NOT NULL CHECK (length(prefix) BETWEEN 8 AND 40),
    secret_hash    bytea NOT NULL CHECK (length(secret_hash) = 32),
    -- The secret before the last rotation, for as long as it is still accepted.
    previous_hash  bytea CHECK (length(previous_hash) = 32),
    previous_until timestamptz,
    scopes         text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 100),
    created_at     timestamptz NOT NULL DEFAULT now(),
    rotated_at     timestamptz,
    expires_at     timestamptz NOT NULL,
    last_used_at   timestamptz,
    revoked_at     timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX api_keys_prefix_key ON api_keys (prefix);
CREATE INDEX api_keys_account_idx ON api_keys (account_id, created_at);
