-- Sessions and messages by kernel search, each owner's with words of their own.

-- The owner of the session, which never changes.
ALTER TABLE messages ADD COLUMN owner_id integer;
UPDATE messages m SET owner_id = s.owner_id FROM chat_sessions s WHERE s.id = m.session_id;
ALTER TABLE messages ALTER COLUMN owner_id SET NOT NULL;

-- For statements that do not say whose message it is.
CREATE FUNCTION messages_own() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.owner_id := (SELECT owner_id FROM chat_sessions WHERE id = NEW.session_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER messages_own BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.owner_id IS NULL)
    EXECUTE FUNCTION messages_own();

DROP INDEX messages_search_idx;
ALTER TABLE messages DROP COLUMN search;
ALTER TABLE messages ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'owner:' || owner_id, 'session:' || session_id)
    || search_field('pg_catalog.simple', content, 'A') || search_field('pg_catalog.simple', media_name, 'D')
) STORED;
CREATE INDEX messages_search_idx ON messages USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER messages_learn AFTER INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION search_learn('messages', 'owned');
CREATE TRIGGER messages_relearn AFTER UPDATE ON messages FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('messages', 'owned');

CREATE FUNCTION session_labels(labels text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_string(labels, ' ');

-- No index: they are searched among one owner's, and every message would have to update it, since it changes active_at.
ALTER TABLE chat_sessions ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_field('pg_catalog.simple', title, 'A')
    || search_field('pg_catalog.simple', session_labels(labels), 'B')
) STORED;
CREATE TRIGGER chat_sessions_learn AFTER INSERT ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION search_learn('chat_sessions', 'owned');
CREATE TRIGGER chat_sessions_relearn AFTER UPDATE ON chat_sessions
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('chat_sessions', 'owned');

-- The username and the telephone number are what else a user is found by.
CREATE FUNCTION profiles_found() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE accounts SET also_found_by = NULL WHERE id = OLD.account_id;
    ELSE
        UPDATE accounts SET also_found_by = concat_ws(' ', NEW.username, NEW.phone) WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER profiles_found AFTER INSERT OR DELETE OR UPDATE OF username, phone ON profiles
    FOR EACH ROW EXECUTE FUNCTION profiles_found();
UPDATE accounts a SET also_found_by = concat_ws(' ', p.username, p.phone) FROM profiles p WHERE p.account_id = a.id;
