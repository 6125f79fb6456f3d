-- Articles and their categories.

CREATE TABLE categories (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
    description text CHECK (length(description) <= 2000),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- A scheduled article is a published one whose published_at lies ahead: it appears by itself.
CREATE TABLE articles (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    slug           text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$' AND length(slug) <= 500),
    content        text NOT NULL,
    excerpt        text NOT NULL DEFAULT '',
    status         text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'archived')),
    author_id      integer NOT NULL REFERENCES accounts,
    category_id    integer REFERENCES categories ON DELETE SET NULL,
    featured_image text CHECK (length(featured_image) <= 500),
    published_at   timestamptz,
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    search         tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('indonesian'::regconfig, title), 'A')
        || setweight(to_tsvector('simple'::regconfig, title), 'A')
        || setweight(to_tsvector('indonesian'::regconfig, excerpt), 'B')
        || setweight(to_tsvector('indonesian'::regconfig, left(content, 200000)), 'C')
        || setweight(to_tsvector('simple'::regconfig, left(content, 200000)), 'C')
    ) STORED,
    CHECK (status <> 'published' OR published_at IS NOT NULL)
);
CREATE INDEX articles_created_idx ON articles (created_at DESC, id DESC) WHERE status = 'published';
CREATE INDEX articles_published_idx ON articles (published_at DESC, id DESC) WHERE status = 'published';
CREATE INDEX articles_status_idx ON articles (status, created_at DESC, id DESC);
CREATE INDEX articles_author_idx ON articles (author_id, created_at DESC);
CREATE INDEX articles_category_idx ON articles (category_id, created_at DESC);
CREATE INDEX articles_search_idx ON articles USING gin (search);

-- Former addresses of articles; they answer with a redirect.
CREATE TABLE article_old_slugs (
    slug       text PRIMARY KEY,
    article_id integer NOT NULL REFERENCES articles ON DELETE CASCADE
);
CREATE INDEX article_old_slugs_article_idx ON article_old_slugs (article_id);
