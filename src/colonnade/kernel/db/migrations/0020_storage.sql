-- Every stored object has a row before its bytes are written and until after they are removed.
CREATE TABLE stored_files (
    key         text PRIMARY KEY,
    variant_of  text,                    -- the image this is a thumbnail of; deleted with it
    size_bytes  bigint NOT NULL CHECK (size_bytes >= 0),
    mimetype    text NOT NULL,
    owner       text NOT NULL,           -- what the file belongs to, in the product's words
    state       text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'kept', 'deleting')),
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stored_files_unsettled ON stored_files (state, created_at) WHERE state <> 'kept';
CREATE INDEX stored_files_variants ON stored_files (variant_of) WHERE variant_of IS NOT NULL;

-- The mark of this database on its storage: the sweep does not touch a storage with another database's mark.
CREATE TABLE stored_files_home (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mark      uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO stored_files_home DEFAULT VALUES;
