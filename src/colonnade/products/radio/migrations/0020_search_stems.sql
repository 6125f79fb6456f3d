-- Words keep their stems, and whether visitors may know them; those of erased messages go at once. An article's excerpt,
-- which is encoded, is read as HTML: nobody finds `amp` in it.
-- The storage of the column is set in the statement that adds it, so that the vectors of existing rows are kept in them.

DROP TRIGGER articles_learn ON articles;
DROP TRIGGER articles_relearn ON articles;
DROP INDEX articles_search_idx;
ALTER TABLE articles DROP COLUMN search;
ALTER TABLE articles ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, 'status:' || status, 'author:' || author_id, 'category:' || category_id)
    || search_field('indonesian', title, 'A')
    || search_field('indonesian', search_html(excerpt), 'B')
    || search_field('indonesian', search_html(content), 'C')
) STORED,
    ALTER COLUMN search SET STORAGE MAIN;
CREATE INDEX articles_search_idx ON articles USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER articles_learn AFTER INSERT ON articles FOR EACH ROW EXECUTE FUNCTION search_learn(
    'articles', 'stemming=indonesian', 'public=status:published', 'from=published_at');
CREATE TRIGGER articles_relearn AFTER UPDATE ON articles FOR EACH ROW
    WHEN (NEW.search IS DISTINCT FROM OLD.search OR NEW.published_at IS DISTINCT FROM OLD.published_at)
    EXECUTE FUNCTION search_learn(
    'articles', 'stemming=indonesian', 'public=status:published', 'from=published_at');

CREATE OR REPLACE TRIGGER gallery_learn AFTER INSERT ON gallery
    FOR EACH ROW EXECUTE FUNCTION search_learn('gallery', 'stemming=indonesian');
CREATE OR REPLACE TRIGGER gallery_relearn AFTER UPDATE ON gallery
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('gallery', 'stemming=indonesian');
CREATE OR REPLACE TRIGGER testimonials_learn AFTER INSERT ON testimonials
    FOR EACH ROW EXECUTE FUNCTION search_learn(
    'testimonials', 'stemming=indonesian', 'public=status:approved');
CREATE OR REPLACE TRIGGER testimonials_relearn AFTER UPDATE ON testimonials
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn(
    'testimonials', 'stemming=indonesian', 'public=status:approved');
CREATE OR REPLACE TRIGGER chat_messages_learn AFTER INSERT ON chat_messages
    FOR EACH ROW EXECUTE FUNCTION search_learn(
    'chat_messages', 'stemming=indonesian', 'public=shown:yes');
CREATE OR REPLACE TRIGGER chat_messages_relearn AFTER UPDATE ON chat_messages
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn(
    'chat_messages', 'stemming=indonesian', 'public=shown:yes');
CREATE TRIGGER chat_messages_forget AFTER UPDATE ON chat_messages FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_unlearn('chat_messages');

UPDATE search_words SET stem = search_stem('indonesian', word)
WHERE corpus IN ('articles', 'gallery', 'testimonials', 'chat_messages');
UPDATE search_words w SET public_from = p.since FROM (
    SELECT 'articles' AS corpus, word, min(greatest(now(), published_at)) AS since
    FROM articles, unnest(tsvector_to_array(search)) AS word WHERE status = 'published' GROUP BY word
    UNION ALL SELECT 'testimonials', word, now()
    FROM testimonials, unnest(tsvector_to_array(search)) AS word WHERE status = 'approved' GROUP BY word
    UNION ALL SELECT 'chat_messages', word, now()
    FROM chat_messages, unnest(tsvector_to_array(search)) AS word WHERE status IN ('visible', 'flagged') GROUP BY word
) AS p WHERE w.corpus = p.corpus AND w.owner = 0 AND w.word = p.word;
