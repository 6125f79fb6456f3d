-- Kept answers know what they are about (`table:id`), and leave with it, whoever asked: visitors have no account.
-- The table has the answers of a day: to build the index locks it for a moment.

ALTER TABLE idempotency_keys ADD COLUMN about text[];
CREATE INDEX idempotency_keys_about_idx ON idempotency_keys USING gin (about) WHERE about IS NOT NULL;
