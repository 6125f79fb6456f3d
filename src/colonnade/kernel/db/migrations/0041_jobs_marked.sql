-- Marks the jobs that wait. A file of its own: the column above is added under a lock that nobody enqueues behind for
-- long, and this one locks the rows that it marks.
-- Names of fields decide, at the top of the payload. One that PostgreSQL does not read as JSON concerns nobody; the
-- NUL that JSON may have, and PostgreSQL refuses, is replaced, since it is in no address.
DO $$
DECLARE
    job record;
    said jsonb;
BEGIN
    FOR job IN
        SELECT id, payload FROM job_queue WHERE convert_from(payload, 'UTF8') ~ '"(account_id|to|email)":'
    LOOP
        BEGIN
            said := replace(convert_from(job.payload, 'UTF8'), '\u0000', '\ufffd')::jsonb;
            UPDATE job_queue SET concerns = CASE
                WHEN jsonb_typeof(said->'account_id') = 'number' THEN 'account:' || (said->>'account_id')
                WHEN said->>'account_id' IS NULL AND length(coalesce(said->>'to', said->>'email')) <= 320
                THEN 'mailto:' || lower(coalesce(said->>'to', said->>'email') COLLATE "C") END
            WHERE id = job.id;
        EXCEPTION WHEN data_exception THEN NULL;
        END;
    END LOOP;
END $$;

CREATE INDEX job_queue_concerns_idx ON job_queue (concerns) WHERE concerns IS NOT NULL;
