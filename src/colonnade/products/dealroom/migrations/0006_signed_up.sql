-- Users sign up themselves; until now that was not noted.
UPDATE accounts SET unproven = true WHERE role = 'user' AND email_verified_at IS NULL AND deleted_at IS NULL;
