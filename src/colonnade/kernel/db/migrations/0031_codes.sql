-- One-time codes by e-mail, addresses that were verified by one, and passwords used before.

ALTER TABLE accounts ADD COLUMN email_verified_at timestamptz;

-- One row per address and purpose: a new code replaces the one before. `subject` is a keyed hash of the address.
-- Addresses without an account get a row as well (without account_id), so that both take the same time.
CREATE TABLE identity_codes (
    subject    bytea NOT NULL CHECK (length(subject) = 32),
    purpose    text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 40),
    account_id integer REFERENCES accounts ON DELETE CASCADE,
    code_hash  bytea NOT NULL CHECK (length(code_hash) = 32),
    tries      smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (subject, purpose)
);
CREATE INDEX identity_codes_account_idx ON identity_codes (account_id);
CREATE INDEX identity_codes_expiry_idx ON identity_codes (expires_at);

-- The times of the latest requests for codes. `subject` is a keyed hash of the address or account.
CREATE TABLE identity_code_sends (
    subject    bytea PRIMARY KEY CHECK (length(subject) = 32),
    asked_at   timestamptz[] NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_code_sends_updated_idx ON identity_code_sends (updated_at);

CREATE TABLE password_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id    integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX password_history_account_idx ON password_history (account_id, id);
