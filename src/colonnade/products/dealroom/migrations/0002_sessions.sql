-- Chat sessions, the vendor who answers in each, and the sellers with their products.

-- last_seq and chain_head belong to the messages: a message takes the next number, and extends the chain, under
-- this row's lock, so that numbers, ids and commits of a session have one order.
CREATE TABLE chat_sessions (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id    integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    title       text CHECK (length(title) BETWEEN 1 AND 200),
    type        text NOT NULL DEFAULT 'sales' CHECK (type ~ '^[a-z][a-z0-9_-]{0,39}$'),
    status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'closed')),
    labels      text[] NOT NULL DEFAULT '{}' CHECK (cardinality(labels) <= 20),
    pinned      boolean NOT NULL DEFAULT false,
    archived    boolean NOT NULL DEFAULT false,
    -- Until then a human answers and the assistant pauses.
    human_until timestamptz,
    last_seq    bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    read_seq    bigint NOT NULL DEFAULT 0 CHECK (read_seq BETWEEN 0 AND last_seq),
    chain_head  bytea NOT NULL DEFAULT '\x' CHECK (length(chain_head) = CASE WHEN last_seq = 0 THEN 0 ELSE 32 END),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    active_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX chat_sessions_list_idx ON chat_sessions (owner_id, pinned DESC, active_at DESC, id DESC);
-- No index on title and labels: they are searched among one owner's sessions, and every message would have to update
-- it, because it changes active_at.

CREATE TABLE vendors (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    phone       text CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
    phone_typed text CHECK (length(phone_typed) <= 40),
    persona     text CHECK (length(persona) <= 4000),
    language    text CHECK (length(language) <= 35),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT vendors_session_key UNIQUE (session_id),
    CHECK ((phone IS NULL) = (phone_typed IS NULL))
);

CREATE TABLE sellers (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    pitch       text CHECK (length(pitch) <= 2000),
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX sellers_name_key ON sellers (session_id, lower(name));

CREATE TABLE seller_products (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id       integer NOT NULL REFERENCES sellers ON DELETE CASCADE,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 150),
    description     text CHECK (length(description) <= 2000),
    benefits        text[] NOT NULL DEFAULT '{}' CHECK (cardinality(benefits) <= 20),
    image_url       text CHECK (length(image_url) <= 500),
    image_key       text,                                     -- the stored file behind image_url, if it is ours
    price_min_minor bigint CHECK (price_min_minor >= 0),
    price_max_minor bigint CHECK (price_max_minor >= 0),
    currency        text CHECK (currency ~ '^[A-Z]{3}$'),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (price_min_minor <= price_max_minor),
    CHECK ((price_min_minor IS NULL) = (price_max_minor IS NULL)),
    CHECK ((price_min_minor IS NULL) = (currency IS NULL))
);
CREATE UNIQUE INDEX seller_products_name_key ON seller_products (seller_id, lower(name));
