-- What was deleted and can come back: rows that have left their tables, each with what hung on it. `kind` and `key` are
-- the product's: a word in addresses, and the slug or name that the row had. Rows that belong to a person leave with them.
CREATE TABLE trash (
    kind       text NOT NULL CHECK (kind ~ '^[a-z][a-z-]{0,39}$'),
    item_id    bigint NOT NULL,
    owner_id   integer REFERENCES accounts ON DELETE CASCADE,
    title      text NOT NULL,
    key        text,
    item       jsonb NOT NULL CHECK (jsonb_typeof(item) = 'object'),
    along      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(along) = 'object'),
    links      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(links) = 'object'),
    deleted_by integer REFERENCES accounts ON DELETE SET NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, item_id)
);
CREATE INDEX trash_deleted_idx ON trash (deleted_at DESC, kind, item_id DESC);
CREATE INDEX trash_owner_idx ON trash (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX trash_deleted_by_idx ON trash (deleted_by) WHERE deleted_by IS NOT NULL;
