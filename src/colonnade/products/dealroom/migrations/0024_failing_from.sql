-- Since when a server fails was written and never read.
ALTER TABLE model_servers DROP COLUMN failing_from;
