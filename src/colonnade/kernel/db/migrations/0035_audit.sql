-- The audit log, in a schema of its own, so that truncating or granting on `public` does not affect it.
CREATE SCHEMA audit;

-- The inbox of the writers' transactions: one insert per entry, without a lock that others wait for.
CREATE TABLE audit.inbox (
    arrival     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    action      text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
    actor_kind  text NOT NULL CHECK (actor_kind IN ('account', 'system', 'anonymous')),
    actor_id    text CHECK (length(actor_id) <= 200),
    actor_role  text,
    session_id  uuid,
    target_kind text CHECK (length(target_kind) <= 100),
    target_id   text CHECK (length(target_id) <= 200),
    before      json,                    -- not jsonb: the signed bytes must be preserved
    after       json,
    address     text,
    request_id  text,
    signature   text NOT NULL            -- by the writing process; its key is not in the database
);

-- The chain: entries in their final order. Rows are never changed or deleted.
CREATE TABLE audit.entries (
    position    bigint PRIMARY KEY CHECK (position > 0),
    id          uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    action      text NOT NULL,
    actor_kind  text NOT NULL,
    actor_id    text,
    actor_role  text,
    session_id  uuid,
    target_kind text,
    target_id   text,
    before      json,
    after       json,
    address     text,
    request_id  text,
    signature   text NOT NULL,
    hash        bytea NOT NULL,          -- SHA-256 over the previous hash, this entry and its signature
    CONSTRAINT entries_id_key UNIQUE (id)
);
CREATE INDEX entries_actor_idx ON audit.entries (actor_id, position);
CREATE INDEX entries_target_idx ON audit.entries (target_kind, target_id, position);
CREATE INDEX entries_action_idx ON audit.entries (action, position);
CREATE INDEX entries_request_idx ON audit.entries (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX entries_created_idx ON audit.entries USING brin (created_at);

-- The end of the chain, sealed with the key: a truncated or rebuilt chain does not match it. Its lock orders linkers.
CREATE TABLE audit.head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    hash     bytea NOT NULL,
    seal     text NOT NULL
);
INSERT INTO audit.head (position, hash, seal) VALUES (0, decode(repeat('00', 32), 'hex'), '');

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

-- An entry leaves the inbox only once it is in the chain.
CREATE FUNCTION audit.check_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone WHERE NOT EXISTS (SELECT 1 FROM audit.entries WHERE entries.id = gone.id)
    ) THEN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION audit.check_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position < OLD.position OR NEW.position = OLD.position AND NEW.hash <> OLD.hash THEN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.inbox
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER linked_only AFTER DELETE ON audit.inbox REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION audit.check_linked();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit.head
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER forward_only BEFORE UPDATE ON audit.head
FOR EACH ROW EXECUTE FUNCTION audit.check_head();

-- The role that owns the tables is the application's; it revokes the privileges that it must never use.
REVOKE UPDATE, DELETE, TRUNCATE ON audit.entries FROM CURRENT_USER;
REVOKE UPDATE, TRUNCATE ON audit.inbox FROM CURRENT_USER;
REVOKE INSERT, DELETE, TRUNCATE ON audit.head FROM CURRENT_USER;
