-- Search reads less: words keep their stems, so that the words to mark are looked up, and what is rare is asked for at
-- once instead of window by window. And words say whether everybody may know them: what is similar or begins with what was
-- typed would tell visitors, letter by letter, which words are in rows that they may not see
-- (docs/adr/0040-search-newest-first.md).

ALTER TABLE search_words ADD COLUMN stem text COLLATE "C";
-- From when on the word is in a row that everybody may see, in a corpus that has such rows.
ALTER TABLE search_words ADD COLUMN public_from timestamptz;
ALTER TABLE search_words DROP CONSTRAINT search_words_pkey,
    ADD PRIMARY KEY (corpus, owner, word) INCLUDE (share, public_from);
CREATE INDEX search_words_stem_idx ON search_words (corpus, owner, stem) INCLUDE (word) WHERE stem IS NOT NULL;

-- The stem of a word; NULL without stemming.
CREATE FUNCTION search_stem(stemming regconfig, word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN stemming <> 'pg_catalog.simple'::regconfig THEN (tsvector_to_array(to_tsvector(stemming, word)))[1] END;

-- A trigger of a table with a column `search`: remember the words of a row. Its arguments are the corpus and
--   owned             the words are an owner's: the row has an owner_id
--   stemming=<name>   of its fields, unless that is `simple`
--   public=<scope>    rows in this scope may be seen by everybody,
--   from=<column>     from this moment on
CREATE OR REPLACE FUNCTION search_learn() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    whose integer := 0;
    stemming regconfig := 'pg_catalog.simple';
    since timestamptz;
    said text;
BEGIN
    FOR i IN 1 .. TG_NARGS - 1 LOOP
        said := substr(TG_ARGV[i], strpos(TG_ARGV[i], '=') + 1);
        CASE split_part(TG_ARGV[i], '=', 1)
            WHEN 'owned' THEN
                whose := NEW.owner_id;
            WHEN 'stemming' THEN
                stemming := said;
            WHEN 'public' THEN
                since := CASE WHEN NEW.search @@ quote_literal(said)::tsquery THEN now() END;
            WHEN 'from' THEN
                EXECUTE format('SELECT greatest($2, ($1).%I)', said) INTO said USING NEW, since;
                since := CASE WHEN since IS NOT NULL THEN said END;
        END CASE;
    END LOOP;
    INSERT INTO search_words AS w (corpus, owner, word, stem, public_from, grams)
    SELECT TG_ARGV[0], whose, seen, search_stem(stemming, seen), since,
        array_to_tsvector(search_trigrams(seen) || ('=' || TG_ARGV[0] || ':' || whose))
    FROM unnest(tsvector_to_array(NEW.search)) AS seen
    WHERE length(seen) BETWEEN 2 AND 40 AND seen !~ '^[0-9]{9}' AND seen ~
        '^[^~#:\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
        '\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff'
            '\u2000-\u2bff\U0001f000-\U0001faff][^:]*$'
        AND (SELECT true FROM search_words k WHERE k.corpus = TG_ARGV[0] AND k.owner = whose AND k.word = seen
            AND (since IS NULL OR k.public_from <= since)) IS NULL
    ORDER BY seen
    ON CONFLICT (corpus, owner, word) DO UPDATE SET public_from = excluded.public_from
    WHERE excluded.public_from < coalesce(w.public_from, 'infinity');
    RETURN NULL;
END
$$;

-- Estimate in how many of a table's rows each word is, from a sample of about 20,000.
CREATE OR REPLACE FUNCTION search_weigh(place regclass, corpus_of text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    percent real := least(100, 2000000 / greatest(1, (SELECT reltuples FROM pg_class WHERE oid = place)));
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT word, ndoc FROM ts_stat(format('SELECT search FROM %s TABLESAMPLE SYSTEM (%s) LIMIT 20000', place, percent))
    ), rows_read AS (
        SELECT greatest(1, sum(ndoc)) AS count FROM counted WHERE word LIKE '~22:%'
    ), shares AS (
        SELECT w.word, coalesce(c.ndoc::real / r.count, 0) AS share
        FROM search_words w CROSS JOIN rows_read r LEFT JOIN counted c ON c.word = w.word
        WHERE w.corpus = corpus_of AND w.owner = 0
    )
    UPDATE search_words w SET share = s.share FROM shares s
    WHERE w.corpus = corpus_of AND w.owner = 0 AND w.word = s.word
        AND (w.share IS NULL OR w.share > 1.5 * s.share OR w.share < s.share / 1.5);
END
$$;

DROP FUNCTION search_find, search_walk, search_query, search_word, search_similar, search_keep;

-- Up to three words of a corpus that were probably meant by `typed`: the first letter is right. Those that everybody may
-- know if `is_public`.
CREATE FUNCTION search_similar(corpus_of text, owner_of integer, is_public boolean, typed text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    own text[] := search_trigrams(typed);
    near tsquery;
BEGIN
    IF length(typed) NOT BETWEEN 4 AND 40 OR typed ~ '[0-9]' THEN
        RETURN;
    END IF;
    SELECT (format('''=%s:%s'' & (''%s'' | ', corpus_of, owner_of, own[cardinality(own)])
        || string_agg(format('''%s'' & ''%s''', own[a], own[b]), ' | ') || ')')::tsquery INTO near
    FROM generate_series(1, cardinality(own) - 2) AS a, generate_series(a + 1, cardinality(own) - 1) AS b;
    RETURN QUERY
    SELECT found.word FROM (
        SELECT w.word, w.share, search_trigrams(w.word) AS grams FROM search_words w
        WHERE w.grams @@ near AND left(w.word, 1) = left(typed, 1) AND w.word <> typed
            AND (NOT is_public OR w.public_from <= now())
            AND abs(length(w.word) - length(typed)) <= CASE WHEN length(typed) < 6 THEN 1 ELSE 2 END
        LIMIT 2000
    ) AS found, LATERAL (
        SELECT CASE WHEN own[cardinality(own)] = ANY (found.grams) THEN 0.9 ELSE
            count(*)::real / (cardinality(own) + cardinality(found.grams) - 2 - count(*)) END AS likeness
        FROM unnest(found.grams) AS gram WHERE gram = ANY (own)
    ) AS compared
    WHERE likeness >= 0.35 ORDER BY likeness DESC, found.share DESC NULLS LAST, found.word LIMIT 3;
END
$$;

-- What finds one typed word: itself, its stems, what `forms_of` knows (a function that returns `form` and `is_beginning`),
-- longer words if it is a beginning, and with `near` similar ones if the corpus has no such word. No more than `share` of
-- the rows have any of them, as far as is known. With `is_public` the corpus is the words that everybody may know.
CREATE FUNCTION search_word(
    corpus_of text, owner_of integer, is_public boolean, stemming regconfig, forms_of text,
    typed text, is_beginning boolean, near boolean,
    OUT words text[], OUT stems text[], OUT is_missing boolean, OUT share double precision
) LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    beginnings text[] := '{}';
    beginning text;
    further text[];
BEGIN
    words := ARRAY[typed];
    stems := '{}';
    is_missing := false;
    IF stemming <> 'pg_catalog.simple'::regconfig THEN
        stems := tsvector_to_array(to_tsvector(stemming, typed));
        IF forms_of IS NOT NULL THEN
            EXECUTE format('SELECT array_agg(form) FILTER (WHERE NOT is_beginning), array_agg(form) FILTER (WHERE is_beginning)'
                ' FROM %I($1)', forms_of) INTO further, beginnings USING typed;
            stems := stems || coalesce(further, '{}');
            beginnings := coalesce(beginnings, '{}');
        END IF;
    END IF;
    IF is_beginning THEN
        beginnings := beginnings || typed;
    END IF;
    FOREACH beginning IN ARRAY beginnings LOOP
        words := words || ARRAY(
            SELECT near_ones.word FROM (
                SELECT w.word, w.share FROM search_words w
                WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.word >= beginning AND w.word < beginning || chr(1114111)
                    AND (NOT is_public OR w.public_from <= now())
                LIMIT 5000
            ) AS near_ones ORDER BY near_ones.share DESC NULLS LAST, length(near_ones.word), near_ones.word LIMIT 50);
    END LOOP;
    SELECT sum(coalesce(w.share, 1)) INTO share FROM search_words w
    WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.word = ANY (words || stems)
        AND (NOT is_public OR w.public_from <= now());
    IF share IS NULL AND cardinality(words) = 1 AND typed !~ '^[0-9]' THEN
        is_missing := true;
        IF near THEN
            further := ARRAY(SELECT search_similar(corpus_of, owner_of, is_public, typed));
            words := words || further;
            IF stemming <> 'pg_catalog.simple'::regconfig AND cardinality(further) > 0 THEN
                stems := stems || tsvector_to_array(to_tsvector(stemming, array_to_string(further, ' ')));
            END IF;
        END IF;
    END IF;
    -- Nobody keeps single characters, long words and long numbers.
    share := CASE WHEN near OR length(typed) NOT BETWEEN 2 AND 40 OR typed ~ '^[0-9]{9}' THEN 1 ELSE coalesce(share, 0) END;
END
$$;

-- A query out of what was typed. Of each term: its number of alternative, its kind and text. Kinds: `w` a word, `l` the
-- last word (it may be a beginning), `p` a phrase; as capitals without it. NULL if nothing can be searched for.
-- An index knows no order of words: `loose` is what it can find, all words of a phrase anywhere, and equals `wanted`
-- where there is no phrase. `ranking` has what may be ranked by, `words` and `stems` what may be marked; `is_missing` if
-- the corpus lacks a word. No more than `share` of the rows match, as far as is known. `whole` is what the last word is if
-- it is no beginning; NULL if no longer words begin with it.
CREATE FUNCTION search_query(
    corpus_of text, owner_of integer, is_public boolean, stemming regconfig, forms_of text,
    alternatives integer[], kinds text[], texts text[], near boolean,
    OUT wanted tsquery, OUT loose tsquery, OUT ranking tsquery, OUT words text[], OUT stems text[], OUT is_missing boolean,
    OUT share double precision, OUT whole tsquery
) LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    folded text;
    kind text;
    run text;
    part text;
    parts text[];
    one record;
    expressions text[];
    ways text[];
    all_of text[] := '{}';
    any_of text[] := '{}';
    any_loose text[] := '{}';
    weighed text[] := '{}';
    shares double precision[] := '{}';
    share_of double precision;
    is_plain boolean;
    misses integer := 0;
    last integer;
BEGIN
    words := '{}';
    stems := '{}';
    is_missing := false;
    FOR i IN 1 .. cardinality(texts) LOOP
        -- Most words: what follows has no work with them.
        is_plain := texts[i] ~ '^[A-Za-z]+$';
        folded := CASE WHEN is_plain THEN lower(texts[i]) ELSE btrim(search_fold(texts[i]), ' ''./@_&+:,#-') END;
        kind := lower(kinds[i]);
        share_of := 1;
        expressions := '{}';
        FOR run IN SELECT search_runs(folded) WHERE NOT is_plain LOOP
            ways := CASE WHEN length(run) = 1 THEN ARRAY[run]
                ELSE ARRAY(SELECT substr(run, n, 2) FROM generate_series(1, length(run) - 1) AS n) END;
            expressions := expressions || array_to_string(ARRAY(SELECT quote_literal(way) FROM unnest(ways) AS way), ' <-> ');
            weighed := weighed || ways;
            words := words || run;
        END LOOP;
        IF is_plain THEN
            parts := ARRAY[folded];
            ways := '{}';
        ELSE
            parts := ARRAY(
                SELECT lexeme FROM string_to_table(search_spaced(folded), ' ') WITH ORDINALITY AS t (word, number),
                    unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', word))) AS lexeme ORDER BY number);
            ways := CASE WHEN kind = 'p' THEN '{}' ELSE search_number(folded) END;
        END IF;
        IF cardinality(parts) > 0 THEN
            IF kind <> 'p' AND folded ~ '[''./@_&+:,#-]' THEN
                ways := ways || translate(folded, ' ''./@_&+:,#-', '');
            END IF;
            weighed := weighed || ways;
            words := words || ways;
            ways := ARRAY(SELECT quote_literal(way) FROM unnest(ways) AS way);
            IF kind = 'p' OR cardinality(parts) > 1 AND folded ~ '[./@_&+:,#]' THEN
                words := words || parts;
                weighed := weighed || parts;
                ways := ways || array_to_string(ARRAY(SELECT quote_literal(word) FROM unnest(parts) AS word), ' <-> ');
                IF kind = 'l' THEN
                    one := search_word(
                        corpus_of, owner_of, is_public, 'pg_catalog.simple', NULL, parts[cardinality(parts)], true, false);
                    IF cardinality(one.words) > 1 THEN
                        words := words || one.words;
                        ways := ways || (array_to_string(ARRAY(
                            SELECT quote_literal(word) FROM unnest(parts[:cardinality(parts) - 1]) AS word), ' <-> ') || ' <-> ('
                            || array_to_string(ARRAY(SELECT quote_literal(word) FROM unnest(one.words) AS word), ' | ') || ')');
                    END IF;
                END IF;
            ELSE
                all_of := '{}';
                last := cardinality(parts);
                FOR n IN 1 .. last LOOP
                    CONTINUE WHEN parts[n] = ANY (parts[:n - 1]);
                    one := search_word(corpus_of, owner_of, is_public, stemming, forms_of, parts[n],
                        kind = 'l' AND n = last, near AND misses < 3);
                    is_missing := is_missing OR one.is_missing;
                    misses := misses + one.is_missing::integer;
                    IF kind = 'l' AND n = last AND cardinality(one.words) > 1 THEN
                        whole := (SELECT string_agg(quote_literal(lexeme), ' | ')
                            FROM unnest(parts[n] || one.stems) AS lexeme)::tsquery;
                    END IF;
                    share_of := CASE WHEN ways = '{}' AND kind = kinds[i] THEN least(share_of, one.share) ELSE 1 END;
                    words := words || one.words;
                    stems := stems || one.stems;
                    weighed := weighed || one.words || one.stems;
                    all_of := all_of || ('(' || array_to_string(ARRAY(
                        SELECT DISTINCT quote_literal(lexeme) FROM unnest(one.words || one.stems) AS lexeme), ' | ') || ')');
                END LOOP;
                ways := ways || ('(' || array_to_string(all_of, ' & ') || ')');
            END IF;
            expressions := expressions || ('(' || array_to_string(ways, ' | ') || ')');
        END IF;
        CONTINUE WHEN expressions = '{}';
        run := '(' || array_to_string(expressions, ' & ') || ')';
        part := replace(run, '<->', '&');
        IF kinds[i] <> kind THEN
            run := '!' || run;
            -- Rows with the words in another order are wanted: the index may leave none out. (No word is empty.)
            part := CASE WHEN run LIKE '%<->%' THEN '!' || quote_literal('~') ELSE '!' || part END;
        END IF;
        last := alternatives[i];
        shares[last] := least(shares[last], share_of);
        any_of[last] := CASE WHEN any_of[last] IS NULL THEN run ELSE any_of[last] || ' & ' || run END;
        any_loose[last] := CASE WHEN any_loose[last] IS NULL THEN part ELSE any_loose[last] || ' & ' || part END;
    END LOOP;
    any_of := array_remove(any_of, NULL);
    any_loose := array_remove(any_loose, NULL);
    share := (SELECT sum(one_share) FROM unnest(shares) AS one_share);
    IF any_of <> '{}' THEN
        loose := (SELECT string_agg('(' || alternative || ')', ' | ') FROM unnest(any_loose) AS alternative)::tsquery;
        wanted := (SELECT string_agg('(' || alternative || ')', ' | ') FROM unnest(any_of) AS alternative)::tsquery;
        ranking := (SELECT string_agg(DISTINCT quote_literal(lexeme), ' | ') FROM unnest(weighed) AS lexeme)::tsquery;
    END IF;
END
$$;

-- The newest `most` rows of a table whose `search` matches `wanted` and that `further` admits (SQL about a row `t`, with
-- `given` as $4), with keys below `bound`: window by window from the newest key on, each as large as the density so far
-- asks for. Where no more than half of `most` are `expected`, all are asked for at once. The index is asked for `loose`.
-- At most eight times `most` rows are read, in half a second; `is_cut` if that left rows out. Those with `whole` rank
-- above all others.
CREATE FUNCTION search_walk(
    place regclass, key name, wanted tsquery, loose tsquery, ranking tsquery, whole tsquery, further text, given text[],
    newest bigint, bound bigint, most integer, expected double precision, OUT keys bigint[], OUT ranks real[], OUT is_cut boolean
) LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off SET jit = off AS $$
DECLARE
    top bigint := least(bound, newest + 1);
    upper bigint := top;
    lower bigint := top - 1 >> 10 << 10;
    size double precision;
    found record;
    began timestamptz;
    left_ms double precision := 500;
    took_ms double precision;
    rows_at_once CONSTANT integer := greatest(4 * most, 1024);
    rows_left integer := 2 * rows_at_once;
    statement CONSTANT text := format(
        'SELECT count(*) AS visited, array_agg(key ORDER BY key DESC) FILTER (WHERE admitted) AS keys,'
        ' array_agg(rank ORDER BY key DESC) FILTER (WHERE admitted) AS ranks FROM ('
        '  SELECT key, admitted, CASE WHEN admitted THEN ts_rank(search, $2)'
        '   + CASE WHEN search @@ $7 THEN 1 ELSE 0 END END AS rank FROM ('
        '   SELECT %1$I::bigint AS key, search, (%1$I < $3 AND ($6 IS NULL OR search @@ $6) AND %3$s) IS TRUE AS admitted FROM ('
        '    SELECT * FROM %2$s WHERE search @@ $1 LIMIT $5'
        '   ) AS t OFFSET 0) AS read OFFSET 0) AS ranked',
        key, place, further);
BEGIN
    keys := '{}';
    ranks := '{}';
    is_cut := false;
    IF expected < most / 2 THEN
        EXECUTE statement INTO found USING
            loose, ranking, top, given, rows_at_once, CASE WHEN wanted <> loose THEN wanted END, whole;
        IF found.visited < rows_at_once THEN
            keys := coalesce(found.keys[:most], '{}');
            ranks := coalesce(found.ranks[:most], '{}');
            RETURN;
        END IF;
    END IF;
    WHILE upper > 0 AND cardinality(keys) < most LOOP
        IF left_ms <= 0 OR rows_left <= 0 THEN
            is_cut := true;
            RETURN;
        END IF;
        began := clock_timestamp();
        EXECUTE statement INTO found USING
            CASE WHEN lower = 0 AND upper > newest THEN loose
                ELSE loose && search_zones(lower, upper + 1023 >> 10 << 10)::tsquery END,
            ranking, upper, given, rows_at_once, CASE WHEN wanted <> loose THEN wanted END, whole;
        took_ms := 1000 * extract(epoch FROM clock_timestamp() - began);
        left_ms := left_ms - took_ms;
        rows_left := rows_left - found.visited;
        is_cut := is_cut OR found.visited >= rows_at_once;
        ranks := ranks || found.ranks[:most - cardinality(keys)];
        keys := keys || found.keys[:most - cardinality(keys)];
        -- As many keys as should have the rows that are still missing, many more if nobody can say; no more than can be
        -- read at once and in time, as the last window went.
        size := least(
            (upper - lower) * 32.0,
            CASE WHEN cardinality(keys) >= 4
                THEN (top - lower) * 1.25 * (most - cardinality(keys)) / cardinality(keys) END,
            CASE WHEN found.visited > 0 THEN (upper - lower) * 0.75 * rows_at_once / found.visited END,
            CASE WHEN took_ms > 5 THEN (upper - lower) * greatest(left_ms, 10) / took_ms END);
        upper := lower;
        lower := greatest(lower - size::bigint, 0);
        lower := CASE WHEN size < 16384 THEN lower >> 10 << 10 WHEN size < 131072 THEN lower >> 13 << 13
            WHEN size < 1048576 THEN lower >> 16 << 16 ELSE lower >> 19 << 19 END;
    END LOOP;
END
$$;

-- What is found for the terms of a search text (see search_query) in a table with a column `search`: the keys of one
-- page, out of the newest `most` rows that match, sorted by rank, or by `sorting` (SQL about a row `t`). `total` of them
-- there are; `is_floor` if there are more. If the text finds nothing, similar words are looked for (`is_similar`).
-- `marks` are the words to mark in the rows of the page.
CREATE FUNCTION search_find(
    place regclass, key name, corpus_of text, owner_of integer, is_public boolean, stemming regconfig, forms_of text,
    alternatives integer[], kinds text[], texts text[], scopes text[], further text, given text[], sorting text,
    bound bigint, most integer, size integer, skipped integer,
    OUT keys bigint[], OUT total integer, OUT is_floor boolean, OUT is_similar boolean, OUT marks text[]
) LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    query record;
    walk record;
    newest bigint;
    scope tsquery := coalesce(
        (SELECT string_agg(quote_literal(name), ' & ') FROM unnest(scopes) AS name), '')::tsquery;
BEGIN
    keys := '{}';
    marks := '{}';
    total := 0;
    is_floor := false;
    is_similar := false;
    query := search_query(corpus_of, owner_of, is_public, stemming, forms_of, alternatives, kinds, texts, false);
    EXECUTE format('SELECT max(%I) FROM %s', key, place) INTO newest;
    IF query.wanted IS NULL OR newest IS NULL THEN
        RETURN;
    END IF;
    walk := search_walk(place, key, query.wanted, query.loose && scope, query.ranking, query.whole,
        further, given, newest, bound, most + 1, query.share * newest);
    IF cardinality(walk.keys) = 0 AND query.is_missing AND NOT walk.is_cut THEN
        query := search_query(corpus_of, owner_of, is_public, stemming, forms_of, alternatives, kinds, texts, true);
        walk := search_walk(place, key, query.wanted, query.loose && scope, query.ranking, NULL,
            further, given, newest, bound, most + 1, query.share * newest);
        is_similar := cardinality(walk.keys) > 0;
    END IF;
    total := least(cardinality(walk.keys), most);
    is_floor := cardinality(walk.keys) > most OR walk.is_cut;
    IF sorting IS NULL THEN
        keys := ARRAY(
            SELECT found.key FROM unnest(walk.keys[:most], walk.ranks[:most]) AS found (key, rank)
            ORDER BY rank DESC, found.key DESC LIMIT size OFFSET skipped);
    ELSE
        EXECUTE format('SELECT ARRAY(SELECT %1$I FROM %2$s AS t WHERE %1$I = ANY ($1) ORDER BY %3$s LIMIT $2 OFFSET $3)',
            key, place, sorting) INTO keys USING walk.keys[:most], size, skipped;
    END IF;
    -- Every word of the corpus with one of the stems, whether or not it is in a row of the page.
    marks := query.words || ARRAY(
        SELECT w.word FROM search_words w
        WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.stem = ANY (query.stems)
            AND (NOT is_public OR w.public_from <= now())
        LIMIT 200);
END
$$;

-- Keep the words of a corpus behind a place in it, up to 500 of them: forget what is in no row any more, and of one
-- owner's more than 100,000 the rarest; what is in no row of the scope `public_in` is not public any more. Return the place to go on from; NULL at the end.
CREATE FUNCTION search_keep(
    place regclass, corpus_of text, public_in text, after_owner integer, after_word text,
    OUT last_owner integer, OUT last_word text
) LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    one record;
    known text;
    is_there boolean;
BEGIN
    FOR one IN
        SELECT batch.owner, array_agg(batch.word) AS words, max(batch.word) AS last
        FROM (
            SELECT w.owner, w.word FROM search_words w
            WHERE w.corpus = corpus_of AND (w.owner, w.word) > (after_owner, after_word) ORDER BY w.owner, w.word LIMIT 500
        ) AS batch GROUP BY batch.owner ORDER BY batch.owner
    LOOP
        last_owner := one.owner;
        last_word := one.last;
        PERFORM search_forget(place, corpus_of, one.owner, one.words);
        FOR known IN
            SELECT w.word FROM search_words w WHERE w.corpus = corpus_of AND w.owner = one.owner AND w.word = ANY (one.words)
                AND w.public_from IS NOT NULL AND coalesce(w.share, 0) < 0.001
        LOOP
            EXECUTE format('SELECT true FROM %s WHERE search @@ $1 LIMIT 1', place) INTO is_there USING
                (quote_literal(known) || ' & ' || quote_literal(public_in))::tsquery;
            UPDATE search_words w SET public_from = NULL
            WHERE w.corpus = corpus_of AND w.owner = one.owner AND w.word = known AND is_there IS NULL;
        END LOOP;
        DELETE FROM search_words w WHERE w.corpus = corpus_of AND w.owner = one.owner AND w.word IN (
            SELECT x.word FROM search_words x WHERE x.corpus = corpus_of AND x.owner = one.owner
            ORDER BY x.share DESC NULLS LAST, x.word OFFSET 100000);
    END LOOP;
END
$$;
