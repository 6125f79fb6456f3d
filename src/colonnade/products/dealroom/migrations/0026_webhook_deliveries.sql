-- A webhook's body with much in it is kept as it came, encrypted, and received by a job (ADR 0051). people: whose later
-- messages wait for it. place: the order of arrival. claimed_by: the job that receives it.
CREATE TABLE webhook_deliveries (
    id            uuid PRIMARY KEY,
    channel_id    integer NOT NULL REFERENCES channels ON DELETE CASCADE,
    place         bigint GENERATED ALWAYS AS IDENTITY,
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    people        text[] NOT NULL,
    raw           text NOT NULL,
    size_bytes    integer NOT NULL CHECK (size_bytes > 0),
    claimed_by    bigint,
    claimed_until timestamptz,
    received_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_deliveries_digest_key UNIQUE (channel_id, digest)
);
CREATE INDEX webhook_deliveries_place_idx ON webhook_deliveries (channel_id, place);
