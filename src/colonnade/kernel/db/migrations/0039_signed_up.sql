-- Accounts that somebody signed up for. Until its address is verified, such an account may be a stranger's: whoever
-- proves to read the mail may not find the doors of somebody who was there first.
ALTER TABLE accounts ADD COLUMN signed_up boolean NOT NULL DEFAULT false;
