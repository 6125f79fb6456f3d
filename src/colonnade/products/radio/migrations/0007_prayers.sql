-- Prayer requests. The texts are stored encrypted, each bound to its row and column.

CREATE TABLE prayer_requests (
    id           uuid PRIMARY KEY,
    -- Stored values of FieldCipher, `v1.<key id>.…`: null once redacted (contact and name: also when not given).
    content      text CHECK (content LIKE 'v1.%'),
    name         text CHECK (name LIKE 'v1.%'),
    contact      text CHECK (contact LIKE 'v1.%'),
    visibility   text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'on_air')),
    is_anonymous boolean NOT NULL DEFAULT false,
    status       text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'prayed', 'archived')),
    prayed_by    integer REFERENCES accounts ON DELETE SET NULL,
    prayed_at    timestamptz,
    archived_by  integer REFERENCES accounts ON DELETE SET NULL,
    archived_at  timestamptz,
    redacted_at  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (redacted_at IS NOT NULL OR content IS NOT NULL),
    CHECK (redacted_at IS NULL OR (content IS NULL AND name IS NULL AND contact IS NULL)),
    CHECK (NOT is_anonymous OR name IS NULL)
);
CREATE INDEX prayer_requests_created_idx ON prayer_requests (created_at DESC, id DESC);
CREATE INDEX prayer_requests_status_idx ON prayer_requests (status, created_at DESC, id DESC);
CREATE INDEX prayer_requests_air_idx ON prayer_requests (created_at DESC, id DESC) WHERE visibility = 'on_air';
CREATE INDEX prayer_requests_retention_idx ON prayer_requests (created_at) WHERE redacted_at IS NULL;

-- The reads of requests: account, time and address; kept after an account or a request is deleted.
CREATE TABLE prayer_reads (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prayer_id    uuid NOT NULL,
    account_id   integer NOT NULL,
    account_name text NOT NULL,
    with_contact boolean NOT NULL,
    address      text NOT NULL CHECK (length(address) <= 64),
    read_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX prayer_reads_prayer_idx ON prayer_reads (prayer_id, id);
CREATE INDEX prayer_reads_account_idx ON prayer_reads (account_id, id);
