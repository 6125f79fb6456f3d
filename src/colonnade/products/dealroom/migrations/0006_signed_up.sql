-- Users sign up themselves; until now that was not noted.
UPDATE accounts SET signed_up = true WHERE role = 'user' AND deleted_at IS NULL;
