-- Excerpts are texts encoded as in HTML; those of before were plain.
UPDATE articles
SET excerpt = replace(replace(replace(excerpt, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
WHERE excerpt ~ '[&<>]';
UPDATE trash
SET item = jsonb_set(
    item,
    '{excerpt}',
    to_jsonb(replace(replace(replace(item ->> 'excerpt', '&', '&amp;'), '<', '&lt;'), '>', '&gt;')))
WHERE kind = 'articles' AND item ->> 'excerpt' ~ '[&<>]';
