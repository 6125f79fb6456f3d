-- Pictures; `filepath` is the key of the stored file, which cannot be removed while the row refers to it.

CREATE TABLE gallery (
    id                integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title             text NOT NULL CHECK (length(title) BETWEEN 2 AND 255),
    description       text CHECK (length(description) <= 1000),
    filename          text NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    original_filename text NOT NULL CHECK (length(original_filename) BETWEEN 1 AND 255),
    filepath          text NOT NULL UNIQUE REFERENCES stored_files (key),
    mimetype          text NOT NULL CHECK (length(mimetype) <= 100),
    size              integer NOT NULL CHECK (size > 0),
    width             integer NOT NULL CHECK (width > 0),
    height            integer NOT NULL CHECK (height > 0),
    uploaded_by       integer NOT NULL REFERENCES accounts,
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gallery_created_idx ON gallery (created_at DESC, id DESC);
CREATE INDEX gallery_mimetype_idx ON gallery (mimetype, created_at DESC, id DESC);
CREATE INDEX gallery_uploaded_by_idx ON gallery (uploaded_by);
