-- One-time codes by who asked for them: what strangers ask for and try does not spend the owner's.

-- `subject` stands for the address and the network that asked (or the signed-in owner), `address` for the address alone;
-- NULL for visitors' codes, and in rows of processes that do not know it yet, which live ten minutes.
ALTER TABLE identity_codes
    ADD COLUMN address bytea CHECK (length(address) = 32),
    ADD COLUMN other_tries smallint NOT NULL DEFAULT 0 CHECK (other_tries BETWEEN 0 AND 2);
CREATE INDEX identity_codes_address_idx ON identity_codes (address, purpose);

-- Wrong tries of an address since a month without any. `address` is a keyed hash.
CREATE TABLE identity_code_misses (
    address    bytea PRIMARY KEY CHECK (length(address) = 32),
    misses     integer NOT NULL CHECK (misses > 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_code_misses_updated_idx ON identity_code_misses (updated_at);
