-- The highest bcrypt cost of imported passwords, read at every login; empty if none were imported.
CREATE INDEX accounts_imported_cost_idx ON accounts (substr(password_hash, 5, 2))
    WHERE password_hash ~ '^\$2[abxy]\$(0[4-9]|1[0-4])\$';
