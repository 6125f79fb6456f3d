-- Accounts are named by a UUID as well, which tells nobody how many there are. (PostgreSQL writes the table anew: a second
-- for a million accounts, in which nobody signs in.)
ALTER TABLE accounts ADD COLUMN uid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT accounts_uid_key UNIQUE;
