-- Messages are found by the stems of their language, sessions by their contact; archived ones come back.

-- The text search configuration of a language tag's first part; `simple` for one that PostgreSQL has no stems of.
-- (Not SQL: that would be read and planned with every row that is written.)
CREATE FUNCTION message_stemming(language text) RETURNS regconfig LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CASE split_part(replace(lower(language), '_', '-'), '-', 1)
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig
        WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'el' THEN 'pg_catalog.greek'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig
        WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig
        WHEN 'hi' THEN 'pg_catalog.hindi'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig
        WHEN 'id' THEN 'pg_catalog.indonesian'::regconfig
        WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'ne' THEN 'pg_catalog.nepali'::regconfig
        WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
        WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig
        WHEN 'ta' THEN 'pg_catalog.tamil'::regconfig
        WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig END;
END
$$;

-- (One call, since the expression of a generated column is planned with each statement that writes it.)
CREATE FUNCTION message_vector(
    id bigint, owner_id integer, session_id uuid, language text, content text, media_name text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN search_place(id, 'owner:' || owner_id, 'session:' || session_id)
        || search_field(message_stemming(language), content, 'A')
        || search_field('pg_catalog.simple', media_name, 'D');
END
$$;

-- The language of the vendor, or of the channel, when the message was written.
ALTER TABLE messages ADD COLUMN language text CHECK (length(language) <= 35);
CREATE INDEX messages_language_idx ON messages (owner_id, language) WHERE language IS NOT NULL;

DROP INDEX messages_search_idx;
DROP TRIGGER messages_relearn ON messages;
ALTER TABLE messages DROP COLUMN search;
ALTER TABLE messages ADD COLUMN search tsvector NOT NULL
    GENERATED ALWAYS AS (message_vector(id, owner_id, session_id, language, content, media_name)) STORED;
CREATE INDEX messages_search_idx ON messages USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER messages_relearn AFTER UPDATE ON messages FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('messages', 'owned');

-- What else a session is found by: its contact's name and number.
ALTER TABLE chat_sessions ADD COLUMN also_found_by text;
DROP TRIGGER chat_sessions_relearn ON chat_sessions;
ALTER TABLE chat_sessions DROP COLUMN search;
ALTER TABLE chat_sessions ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_field('pg_catalog.simple', title, 'A')
    || search_field('pg_catalog.simple', session_labels(labels), 'B')
    || search_field('pg_catalog.simple', also_found_by, 'C')
) STORED;
CREATE TRIGGER chat_sessions_relearn AFTER UPDATE ON chat_sessions
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('chat_sessions', 'owned');

CREATE FUNCTION sessions_found() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE chat_sessions SET also_found_by = NULL WHERE id = OLD.session_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE chat_sessions SET also_found_by = concat_ws(' ', NEW.profile_name, '+' || NEW.wa_id)
        WHERE id = NEW.session_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_found AFTER INSERT OR DELETE OR UPDATE OF session_id, profile_name, wa_id ON channel_contacts
    FOR EACH ROW EXECUTE FUNCTION sessions_found();
UPDATE chat_sessions s SET also_found_by = concat_ws(' ', c.profile_name, '+' || c.wa_id)
FROM channel_contacts c WHERE c.session_id = s.id;
