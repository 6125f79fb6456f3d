-- Roles created at run time, if the product's policy allows them. The policy's role of a name takes precedence.
CREATE TABLE access_roles (
    name        text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,47}$'),
    title       text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    permissions text[] NOT NULL CHECK (cardinality(permissions) <= 500),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX accounts_role_idx ON accounts (role);
