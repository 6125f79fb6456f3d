-- Accounts at other providers (Google, OIDC …) that sign in to an account here. `subject` is the provider's id.
CREATE TABLE account_identities (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    provider     text NOT NULL CHECK (length(provider) BETWEEN 1 AND 40),
    subject      text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    email        text CHECK (length(email) <= 254),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX account_identities_subject_key ON account_identities (provider, subject);
CREATE INDEX account_identities_account_idx ON account_identities (account_id, id);
