-- Answers that are kept for repeats of a request leave with what they say: found by the account that asked.

ALTER TABLE idempotency_keys ADD COLUMN account_id integer
    GENERATED ALWAYS AS (substring(owner FROM ' account:([0-9]{1,9})$')::integer) STORED;
CREATE INDEX idempotency_keys_account_idx ON idempotency_keys (account_id) WHERE account_id IS NOT NULL;
