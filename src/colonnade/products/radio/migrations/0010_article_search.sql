-- The query of an article search. Indonesian prefixes swallow a root's first letter (kuat -> menguatkan, tulis ->
-- penulis), and the stemmer does not always bring it back (uat, ulis): the other form is searched as well.

-- Roots that a word may come from although the stemmer returns `stem`.
CREATE FUNCTION roots_behind(word text, stem text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN word ~ '^[mp]eng[aiueo]' AND stem ~ '^[aiueo]' THEN ARRAY['k' || stem]
        WHEN word ~ '^[mp]eny[aiueo]' AND stem ~ '^s[aiueo]' THEN ARRAY['ny' || substr(stem, 2)]
        WHEN word ~ '^[mp]en[aiueo]' AND stem ~ '^[aiueo]' THEN ARRAY['t' || stem, 'n' || stem]
        WHEN word ~ '^[mp]em[aiueo]' AND stem ~ '^p[aiueo]' THEN ARRAY['m' || substr(stem, 2)]
        ELSE '{}'
    END
$$;

-- The beginning that a root's prefixed forms share after `me` or `pe`; NULL if the stemmer is right.
CREATE FUNCTION swallowed_beginning(root text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN length(root) < 4 THEN NULL
        WHEN root ~ '^k[aiueo]' THEN 'ng' || substr(root, 2)
        WHEN root ~ '^[tn][aiueo]' THEN 'n' || substr(root, 2)
        WHEN root ~ '^ny[aiueo]' THEN 'ny' || substr(root, 3)
        WHEN root ~ '^m[aiueo]' THEN 'm' || substr(root, 2)
    END
$$;

-- The query of `words` (in the syntax of web searches). Prefixed forms of a root are found by their beginning;
-- with `marking` by the stem that the highlighter sees, which would be too loose for finding.
CREATE FUNCTION article_query(words text, marking boolean DEFAULT false) RETURNS tsquery
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    found tsquery := websearch_to_tsquery('indonesian', words);
    known text;
    others text;
BEGIN
    FOR known, others IN
        WITH stems AS (
            SELECT DISTINCT word, (ts_lexize('indonesian_stem', word))[1] AS stem
            FROM (SELECT lower(match[1]) AS word FROM regexp_matches(words, '[[:alnum:]]+', 'g') AS match) AS typed
        ), roots AS (
            SELECT stem, root FROM stems, unnest(roots_behind(word, stem) || stem) AS root
        ), forms AS (
            SELECT stem, '''' || root || '''' AS form FROM roots WHERE root <> stem
            UNION
            SELECT stem, CASE
                WHEN marking THEN '''' || regexp_replace(beginning, '^n[gy]?|^m', '') || ''''
                ELSE '''me' || beginning || ''':* | ''pe' || beginning || ''':*'
            END
            FROM (SELECT stem, swallowed_beginning(root) AS beginning FROM roots) AS shared
            WHERE beginning IS NOT NULL
        )
        SELECT stem, string_agg(form, ' | ' ORDER BY form) FROM forms GROUP BY stem
    LOOP
        found := ts_rewrite(found, quote_literal(known)::tsquery, (quote_literal(known) || ' | ' || others)::tsquery);
    END LOOP;
    RETURN found || websearch_to_tsquery('simple', words);
END
$$;
