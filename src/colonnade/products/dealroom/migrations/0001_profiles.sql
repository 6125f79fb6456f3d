-- A user's fields beyond the kernel's account: a username and a telephone number, each unique.
CREATE TABLE profiles (
    account_id  integer PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    username    text NOT NULL CHECK (length(username) BETWEEN 3 AND 50),
    phone       text CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),   -- E.164
    phone_typed text CHECK (length(phone_typed) <= 40),
    CHECK ((phone IS NULL) = (phone_typed IS NULL))
);
CREATE UNIQUE INDEX profiles_username_key ON profiles (lower(username));
CREATE UNIQUE INDEX profiles_phone_key ON profiles (phone);
