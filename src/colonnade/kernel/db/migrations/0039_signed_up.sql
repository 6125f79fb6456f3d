-- Accounts that somebody signed up for and whose mailbox nobody has proven to read yet: whoever does so first may not
-- find the doors of a stranger who signed up with that address.
ALTER TABLE accounts ADD COLUMN unproven boolean NOT NULL DEFAULT false;
