-- Whom a job concerns, so that deleting an account does not read the payloads of the whole queue: `account:11`, or for
-- a payload that names no account `mailto:` and the address, A to Z in lower case. NULL for jobs about nobody.
ALTER TABLE job_queue ADD COLUMN concerns text;
