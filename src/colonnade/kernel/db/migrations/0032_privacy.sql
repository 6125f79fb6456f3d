-- Suspended and deleted accounts, and exports of personal data.

ALTER TABLE accounts
    ADD COLUMN suspended_at     timestamptz,
    ADD COLUMN suspended_reason text CHECK (length(suspended_reason) BETWEEN 1 AND 1000),
    ADD COLUMN suspended_by     integer REFERENCES accounts ON DELETE SET NULL,
    -- The row of a deleted account stays, without personal data, because other rows refer to it.
    ADD COLUMN deleted_at       timestamptz,
    ADD CONSTRAINT accounts_suspended_check
        CHECK (CASE WHEN suspended_at IS NULL THEN suspended_reason IS NULL AND suspended_by IS NULL
                    ELSE suspended_reason IS NOT NULL AND NOT is_active END),
    ADD CONSTRAINT accounts_deleted_check CHECK (deleted_at IS NULL OR (NOT is_active AND password_hash IS NULL));
CREATE INDEX accounts_suspended_by_idx ON accounts (suspended_by) WHERE suspended_by IS NOT NULL;

CREATE TABLE personal_exports (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id  integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ready')),
    language    text NOT NULL CHECK (length(language) BETWEEN 2 AND 10),
    storage_key text CHECK (length(storage_key) <= 300),
    size_bytes  bigint CHECK (size_bytes >= 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    CHECK ((state = 'ready') = (storage_key IS NOT NULL)),
    CHECK ((state = 'ready') = (size_bytes IS NOT NULL))
);
-- One at a time: a request while an export is being made returns that one.
CREATE UNIQUE INDEX personal_exports_pending_key ON personal_exports (account_id) WHERE state = 'pending';
CREATE INDEX personal_exports_account_idx ON personal_exports (account_id, created_at);
CREATE INDEX personal_exports_expiry_idx ON personal_exports (expires_at);
