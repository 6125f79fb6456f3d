-- Static pages and announcements.

CREATE TABLE pages (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title       text NOT NULL CHECK (length(title) BETWEEN 2 AND 255),
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$' AND length(slug) <= 500),
    content     text NOT NULL,
    description text CHECK (length(description) <= 500),
    version     integer NOT NULL DEFAULT 1,
    updated_by  integer REFERENCES accounts ON DELETE SET NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Shown from `starts_at` to `ends_at` (for ever without one).
CREATE TABLE announcements (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      text NOT NULL CHECK (length(title) BETWEEN 2 AND 255),
    body       text NOT NULL,
    starts_at  timestamptz NOT NULL DEFAULT now(),
    ends_at    timestamptz,
    pinned     boolean NOT NULL DEFAULT false,
    created_by integer REFERENCES accounts ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT announcements_period CHECK (ends_at > starts_at)
);
CREATE INDEX announcements_shown_idx ON announcements (starts_at DESC, id DESC);
CREATE INDEX announcements_end_idx ON announcements (ends_at) WHERE ends_at IS NOT NULL;
