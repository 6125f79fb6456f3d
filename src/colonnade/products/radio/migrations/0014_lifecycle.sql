-- Archived articles leave their table for the trash, like everything that is deleted: their addresses are free. Whether they
-- had been published is unknown by now, so they come back as drafts.

INSERT INTO trash (kind, item_id, title, key, item, along, deleted_at)
SELECT 'articles', a.id, a.title, a.slug, to_jsonb(a) - 'search' || '{"status": "draft"}',
    jsonb_build_object('article_old_slugs', (
        SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM article_old_slugs o WHERE o.article_id = a.id)),
    now()
FROM articles a WHERE a.status = 'archived';
DELETE FROM articles WHERE status = 'archived';
