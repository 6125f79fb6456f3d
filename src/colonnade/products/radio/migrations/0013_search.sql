-- Articles by kernel search: the former vector's words and stems, and what it could not find.

-- What else finds a word: roots whose first letter a prefix has swallowed, and the beginnings of a root's prefixed forms.
CREATE FUNCTION article_forms(word text) RETURNS TABLE (form text, is_beginning boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
    WITH stemmed AS (SELECT (ts_lexize('indonesian_stem', word))[1] AS stem),
    roots AS (SELECT root FROM stemmed, unnest(roots_behind(word, stem) || stem) AS root WHERE root <> '')
    SELECT root, false FROM roots
    UNION ALL
    SELECT prefix || swallowed_beginning(root), true FROM roots, unnest('{me,pe}'::text[]) AS prefix
    WHERE swallowed_beginning(root) IS NOT NULL
$$;

DROP INDEX articles_search_idx;
ALTER TABLE articles DROP COLUMN search;
ALTER TABLE articles ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'status:' || status, 'author:' || author_id, 'category:' || category_id)
    || search_field('indonesian', title, 'A')
    || search_field('indonesian', excerpt, 'B')
    || search_field('indonesian', search_html(content), 'C')
) STORED;
-- In the row, and the content beside it: ranking reads a thousand vectors and no content.
ALTER TABLE articles ALTER COLUMN search SET STORAGE MAIN;
CREATE INDEX articles_search_idx ON articles USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER articles_learn AFTER INSERT ON articles FOR EACH ROW EXECUTE FUNCTION search_learn('articles');
CREATE TRIGGER articles_relearn AFTER UPDATE ON articles FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('articles');

ALTER TABLE gallery ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'type:' || mimetype)
    || search_field('indonesian', title, 'A') || search_field('indonesian', description, 'B')
    || search_field('indonesian', original_filename, 'D')
) STORED;
CREATE INDEX gallery_search_idx ON gallery USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER gallery_learn AFTER INSERT ON gallery FOR EACH ROW EXECUTE FUNCTION search_learn('gallery');
CREATE TRIGGER gallery_relearn AFTER UPDATE ON gallery FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('gallery');

-- Not by e-mail address: visitors search as well.
ALTER TABLE testimonials ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'status:' || status)
    || search_field('indonesian', name, 'A') || search_field('indonesian', content, 'B')
) STORED;
CREATE INDEX testimonials_search_idx ON testimonials USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER testimonials_learn AFTER INSERT ON testimonials
    FOR EACH ROW EXECUTE FUNCTION search_learn('testimonials');
CREATE TRIGGER testimonials_relearn AFTER UPDATE ON testimonials
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('testimonials');

-- Zones are made of a number that grows.
ALTER TABLE chat_sessions ADD COLUMN number bigint NOT NULL GENERATED ALWAYS AS IDENTITY;
ALTER TABLE chat_sessions ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(number) || search_field('pg_catalog.simple', name, 'A')
    || search_field('pg_catalog.simple', city, 'B') || search_field('pg_catalog.simple', country, 'C')
) STORED;
CREATE UNIQUE INDEX chat_sessions_number_key ON chat_sessions (number);
CREATE INDEX chat_sessions_search_idx ON chat_sessions USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER chat_sessions_learn AFTER INSERT ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION search_learn('chat_sessions');
CREATE TRIGGER chat_sessions_relearn AFTER UPDATE ON chat_sessions
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('chat_sessions');

ALTER TABLE chat_messages ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'status:' || status, CASE WHEN status IN ('visible', 'flagged') THEN 'shown:yes' END)
    || search_field('indonesian', username, 'A') || search_field('indonesian', message, 'B')
) STORED;
CREATE INDEX chat_messages_search_idx ON chat_messages USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER chat_messages_learn AFTER INSERT ON chat_messages
    FOR EACH ROW EXECUTE FUNCTION search_learn('chat_messages');
CREATE TRIGGER chat_messages_relearn AFTER UPDATE ON chat_messages
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('chat_messages');
CREATE TRIGGER testimonials_forget AFTER UPDATE ON testimonials FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_unlearn('testimonials');
CREATE TRIGGER testimonials_forget_deleted AFTER DELETE ON testimonials FOR EACH ROW EXECUTE FUNCTION search_unlearn('testimonials');
CREATE TRIGGER chat_sessions_forget AFTER UPDATE ON chat_sessions FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_unlearn('chat_sessions');
CREATE TRIGGER chat_sessions_forget_deleted AFTER DELETE ON chat_sessions FOR EACH ROW EXECUTE FUNCTION search_unlearn('chat_sessions');
