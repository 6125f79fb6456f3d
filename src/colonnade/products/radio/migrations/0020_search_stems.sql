-- Words keep their stems, and an article's excerpt, which is encoded, is read as HTML: nobody finds `amp` in it.
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
CREATE TRIGGER articles_learn AFTER INSERT ON articles FOR EACH ROW EXECUTE FUNCTION search_learn('articles', 'indonesian');
CREATE TRIGGER articles_relearn AFTER UPDATE ON articles FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('articles', 'indonesian');

CREATE OR REPLACE TRIGGER gallery_learn AFTER INSERT ON gallery
    FOR EACH ROW EXECUTE FUNCTION search_learn('gallery', 'indonesian');
CREATE OR REPLACE TRIGGER gallery_relearn AFTER UPDATE ON gallery
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('gallery', 'indonesian');
CREATE OR REPLACE TRIGGER testimonials_learn AFTER INSERT ON testimonials
    FOR EACH ROW EXECUTE FUNCTION search_learn('testimonials', 'indonesian');
CREATE OR REPLACE TRIGGER testimonials_relearn AFTER UPDATE ON testimonials
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('testimonials', 'indonesian');
CREATE OR REPLACE TRIGGER chat_messages_learn AFTER INSERT ON chat_messages
    FOR EACH ROW EXECUTE FUNCTION search_learn('chat_messages', 'indonesian');
CREATE OR REPLACE TRIGGER chat_messages_relearn AFTER UPDATE ON chat_messages
    FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION search_learn('chat_messages', 'indonesian');

UPDATE search_words SET stem = search_stem('indonesian', word)
WHERE corpus IN ('articles', 'gallery', 'testimonials', 'chat_messages');
