-- Search: one normaliser for what is stored and for what is typed, vectors that can be read newest first, and a table
-- of the words that occur, for prefixes and typing errors (docs/adr/0040-search-newest-first.md).
--
-- Lexemes that are no words have a character that no word has: `~10:7` a zone of keys, `status:new` a scope, `#7890` the
-- last digits of a number.

-- Text as it is compared: compatibility forms resolved, without accents, vowel signs and what is invisible, lower case.
-- kernel/search/folding.py does the same for marking; a test holds both equal.
-- Normalisation sorts the marks behind a character in the square of their number: a grapheme joiner, which is taken out
-- at the end, parts what may be marks after 32 characters.
CREATE FUNCTION search_fold(typed text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN octet_length(typed) = length(typed) THEN translate(lower(typed), '`', '''') ELSE
    replace(normalize(replace(replace(replace(replace(translate(
        lower(regexp_replace(
            left(normalize(translate(regexp_replace(typed,
                '[^\x01-\u02ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff66-\uff9d]{32}',
                '\&' || chr(847), 'g'),
                '`´‘’ʼʹ′＇‐‑‒−', '''''''''''''''''----'), NFKD), 300000),
            '[\u00ad\u0300-\u034e\u0350-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640'
            '\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff'
            '\U0001f3fb-\U0001f3ff]+', '', 'g')),
        'øłđħıŋŧðƒɓɗςٱىیکةە٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९',
        'oldhintdfbdσاييكهه012345678901234567890123456789'),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), NFC), chr(847), '') END;

-- Folded text as words with spaces between them: marks are spaces, apostrophes nothing, and what is written without
-- spaces is left out. (The first way is the second one, faster.)
CREATE FUNCTION search_spaced(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(CASE WHEN octet_length(folded) = length(folded)
    THEN regexp_replace(replace(folded, '''', ''), '[^a-z0-9]+', ' ', 'g')
    ELSE regexp_replace(replace(folded, '''', ''), '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf'
        '\xd7\xf7\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
        '\u2000-\u2bff\u2e80-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]+', ' ', 'g') END);

-- Folded text of the same words with the marks that may stand inside of a token: ' . / @ _ & + : , # -
CREATE FUNCTION search_tokens(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(folded, '[\x01-\x22\x24\x25\x28-\x2a\x3b-\x3f\x5b-\x5e\x60\x7b-\xbf'
    '\xd7\xf7\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
        '\u2000-\u2bff\u2e80-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]+', ' ', 'g');

-- Each stretch that is written without spaces (Han, kana, Hangul, Thai, Lao, Tibetan, Burmese, Khmer), each picture.
CREATE FUNCTION search_runs(folded text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT ROWS 10
BEGIN ATOMIC
    SELECT m[1] FROM regexp_matches(folded,
        '([\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
        '\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]+'
        '|[\u2600-\u27bf\U0001f000-\U0001faff])', 'g') AS m;
END;

-- The pairs of neighbouring characters of each run with their positions, and each character.
CREATE FUNCTION search_grams(folded text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path FROM CURRENT AS $$
DECLARE
    found tsvector;
BEGIN
    WITH characters AS (
        SELECT c, lead(c) OVER (PARTITION BY r.number ORDER BY t.number) AS next,
            row_number() OVER (ORDER BY r.number, t.number) AS place
        FROM search_runs(left(folded, 50000)) WITH ORDINALITY AS r (run, number)
        CROSS JOIN LATERAL string_to_table(run, NULL) WITH ORDINALITY AS t (c, number)
        LIMIT 8000
    )
    SELECT coalesce(string_agg('''' || c || next || ''':' || place, ' ') FILTER (WHERE next IS NOT NULL), '')::tsvector
        || array_to_tsvector(coalesce(array_agg(DISTINCT c), '{}')) INTO found
    FROM characters;
    RETURN found;
END
$$;

-- Tokens with marks inside as one word each (budi@gereja.id, AC/DC, 2026-11-30), and the parts of those with an
-- apostrophe, which parts no words elsewhere (O'Brien).
CREATE FUNCTION search_wholes(tokens text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT ROWS 10
BEGIN ATOMIC
    WITH found AS MATERIALIZED (
        SELECT m[1] AS token
        FROM regexp_matches(tokens, '(\S*[^''./@_&+:,#\s-][''./@_&+:,#-]{1,3}[^''./@_&+:,#\s-]\S*)', 'g') AS m
    )
    SELECT translate(token, '''./@_&+:,#-', '') FROM found
    UNION ALL
    SELECT part FROM found, regexp_split_to_table(token, '[./@_&+:,#-]+') AS word, string_to_table(word, '''') AS part
    WHERE token LIKE '%_''_%' AND word LIKE '%_''_%' AND part <> '';
END;

-- The numbers of 4 to 15 digits, however they are divided, by their last 4, 5, … digits: a telephone number is found in
-- its national and its international form, and by its end. Leading zeros do not count.
CREATE FUNCTION search_numbers(folded text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT ROWS 10
BEGIN ATOMIC
    SELECT '#' || right(digits, size) FROM (
        SELECT ltrim(regexp_replace(m[1], '[^0-9]', '', 'g'), '0') AS digits FROM regexp_matches(
            folded, '([0-9](?:[ ()./\u2010-\u2015-]{0,3}[0-9]){5,24})', 'g') AS m LIMIT 200
    ) AS numbers, generate_series(4, length(digits)) AS size
    WHERE length(digits) <= 15;
END;

-- HTML that has been made safe, as text: inline elements part no words.
CREATE FUNCTION search_html(content text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN replace(replace(replace(replace(replace(replace(replace(regexp_replace(regexp_replace(content,
    '</?(?:a|abbr|b|bdi|bdo|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?>', '', 'gi'),
    '<[^<>]*>', ' ', 'g'),
    '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#39;', ''''), '&#x27;', ''''), '&amp;', '&');

-- The vector of one text: its words, their stems under `stemming`, and what stands for marks, numbers and runs.
CREATE FUNCTION search_field(stemming regconfig, content text, weight "char") RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
    folded text := search_fold(left(content, 150000));
    words text;
    found tsvector;
    special text[];
BEGIN
    IF folded IS NULL OR folded = '' THEN
        RETURN '';
    END IF;
    words := search_spaced(folded);
    found := to_tsvector('pg_catalog.simple', words);
    IF octet_length(folded) <> length(folded) THEN
        found := search_grams(folded) || found;
    END IF;
    IF stemming <> 'pg_catalog.simple'::regconfig THEN
        found := found || to_tsvector(stemming, words);
    END IF;
    found := setweight(found, weight);
    IF folded ~ '[^\s''./@_&+:,#-][''./@_&+:,#-]{1,3}[^\s''./@_&+:,#-]' THEN
        special := ARRAY(
            SELECT word FROM search_wholes(search_tokens(folded)) AS word WHERE length(word) BETWEEN 1 AND 100 LIMIT 2000);
    END IF;
    IF folded ~ '[0-9]' THEN
        special := special || ARRAY(SELECT search_numbers(folded));
    END IF;
    IF cardinality(special) > 0 THEN
        found := found || array_to_tsvector(special);
    END IF;
    RETURN found;
END
$$;

-- What every vector begins with: the zones of the row's key, and the scopes it is in (`name:value`; NULL is none).
CREATE FUNCTION search_place(key bigint, VARIADIC scopes text[] DEFAULT '{}') RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(array_remove(
    ARRAY['~10:' || (key >> 10), '~13:' || (key >> 13), '~16:' || (key >> 16), '~19:' || (key >> 19), '~22:' || (key >> 22)]
    || scopes, NULL));

-- The words of a table's vectors: `owner` is 0, or the account in whose rows they are. `share` of the rows that have the
-- word is an estimate, NULL for a new one.
CREATE TABLE search_words (
    corpus text NOT NULL CHECK (length(corpus) <= 40),
    owner  integer NOT NULL,
    word   text COLLATE "C" NOT NULL CHECK (length(word) BETWEEN 2 AND 40),
    share  real,
    grams  tsvector NOT NULL,
    PRIMARY KEY (corpus, owner, word) INCLUDE (share)
);
CREATE INDEX search_words_grams_idx ON search_words USING gin (grams) WITH (gin_pending_list_limit = 256);

-- The trigrams of a word, its letters in order (for two that are exchanged), and whose word it is.
CREATE FUNCTION search_trigrams(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT DISTINCT substr('  ' || word || ' ', n, 3) FROM generate_series(1, length(word) + 1) AS n)
    || ('*' || (SELECT string_agg(c, '' ORDER BY c) FROM string_to_table(word, NULL) AS c));

-- A trigger of a table with a column `search`: remember the words of a row. Its arguments are the corpus and, if the
-- words are an owner's, `owned`: the row has an owner_id.
CREATE FUNCTION search_learn() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    whose integer := 0;
BEGIN
    IF TG_NARGS > 1 THEN
        whose := NEW.owner_id;
    END IF;
    INSERT INTO search_words (corpus, owner, word, grams)
    SELECT TG_ARGV[0], whose, seen, array_to_tsvector(search_trigrams(seen) || ('=' || TG_ARGV[0] || ':' || whose))
    FROM unnest(tsvector_to_array(NEW.search)) AS seen
    WHERE length(seen) BETWEEN 2 AND 40 AND seen !~ '^[0-9]{9}' AND seen ~
        '^[^~#:\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
        '\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff'
            '\u2000-\u2bff\U0001f000-\U0001faff][^:]*$'
        AND (SELECT true FROM search_words k WHERE k.corpus = TG_ARGV[0] AND k.owner = whose AND k.word = seen) IS NULL
    ORDER BY seen
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Up to three words of a corpus that were probably meant by `typed`: the first letter is right.
CREATE FUNCTION search_similar(corpus_of text, owner_of integer, typed text) RETURNS SETOF text
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
-- longer words if it is a beginning, and with `near` similar ones if the corpus has no such word.
CREATE FUNCTION search_word(
    corpus_of text, owner_of integer, stemming regconfig, forms_of text, typed text, is_beginning boolean, near boolean,
    OUT words text[], OUT stems text[], OUT is_missing boolean
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
                LIMIT 5000
            ) AS near_ones ORDER BY share DESC NULLS LAST, length(near_ones.word), near_ones.word LIMIT 50);
    END LOOP;
    IF cardinality(words) = 1 AND typed !~ '^[0-9]' AND NOT EXISTS (
        SELECT FROM search_words w WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.word = ANY (typed || stems)
    ) THEN
        is_missing := true;
        IF near THEN
            further := ARRAY(SELECT search_similar(corpus_of, owner_of, typed));
            words := words || further;
            IF stemming <> 'pg_catalog.simple'::regconfig AND cardinality(further) > 0 THEN
                stems := stems || tsvector_to_array(to_tsvector(stemming, array_to_string(further, ' ')));
            END IF;
        END IF;
    END IF;
END
$$;

-- The lexemes of a typed number: its digits, and those behind each country code that it may begin with.
CREATE FUNCTION search_number(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
BEGIN ATOMIC
    SELECT CASE WHEN folded ~ '^[0-9 +()./\u2010-\u2015-]+$' THEN ARRAY(
        SELECT '#' || substr(digits, cut + 1) FROM ltrim(regexp_replace(folded, '[^0-9]', '', 'g'), '0') AS digits,
            generate_series(0, 3) AS cut
        WHERE length(digits) BETWEEN 4 AND 15
            AND (cut = 0 OR length(digits) - cut >= 8 AND length(digits) >= 10 AND folded !~ '^[ (]*0[ ()-]*[1-9]')
    ) ELSE '{}' END;
END;

-- A query out of what was typed. Of each term: its number of alternative, its kind and text. Kinds: `w` a word, `l` the
-- last word (it may be a beginning), `p` a phrase; as capitals without it. NULL if nothing can be searched for.
-- An index knows no order of words: `loose` is what it can find, all words of a phrase anywhere, and equals `wanted`
-- where there is no phrase. `ranking` has what may be ranked by, `words` and `stems` what may be marked; `is_missing` if
-- the corpus lacks a word.
CREATE FUNCTION search_query(
    corpus_of text, owner_of integer, stemming regconfig, forms_of text, alternatives integer[], kinds text[],
    texts text[], near boolean,
    OUT wanted tsquery, OUT loose tsquery, OUT ranking tsquery, OUT words text[], OUT stems text[], OUT is_missing boolean
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
    last integer;
BEGIN
    words := '{}';
    stems := '{}';
    is_missing := false;
    FOR i IN 1 .. cardinality(texts) LOOP
        folded := btrim(search_fold(texts[i]), ' ''./@_&+:,#-');
        kind := lower(kinds[i]);
        expressions := '{}';
        FOR run IN SELECT search_runs(folded) LOOP
            ways := CASE WHEN length(run) = 1 THEN ARRAY[run]
                ELSE ARRAY(SELECT substr(run, n, 2) FROM generate_series(1, length(run) - 1) AS n) END;
            expressions := expressions || array_to_string(ARRAY(SELECT quote_literal(way) FROM unnest(ways) AS way), ' <-> ');
            weighed := weighed || ways;
            words := words || run;
        END LOOP;
        parts := ARRAY(
            SELECT lexeme FROM string_to_table(search_spaced(folded), ' ') WITH ORDINALITY AS t (word, number),
                unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', word))) AS lexeme ORDER BY number);
        ways := CASE WHEN kind = 'p' THEN '{}' ELSE search_number(folded) END;
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
                    one := search_word(corpus_of, owner_of, 'pg_catalog.simple', NULL, parts[cardinality(parts)], true, false);
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
                    one := search_word(corpus_of, owner_of, stemming, forms_of, parts[n], kind = 'l' AND n = last, near);
                    is_missing := is_missing OR one.is_missing;
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
        any_of[last] := CASE WHEN any_of[last] IS NULL THEN run ELSE any_of[last] || ' & ' || run END;
        any_loose[last] := CASE WHEN any_loose[last] IS NULL THEN part ELSE any_loose[last] || ' & ' || part END;
    END LOOP;
    any_of := array_remove(any_of, NULL);
    any_loose := array_remove(any_loose, NULL);
    IF any_of <> '{}' THEN
        loose := (SELECT string_agg('(' || alternative || ')', ' | ') FROM unnest(any_loose) AS alternative)::tsquery;
        wanted := (SELECT string_agg('(' || alternative || ')', ' | ') FROM unnest(any_of) AS alternative)::tsquery;
        ranking := (SELECT string_agg(DISTINCT quote_literal(lexeme), ' | ') FROM unnest(weighed) AS lexeme)::tsquery;
    END IF;
END
$$;

-- The zones that cover the keys from `first` up to `bound`, both multiples of 1024, as alternatives of a query.
CREATE FUNCTION search_zones(first bigint, bound bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    found text[] := '{}';
    place bigint := first;
    bits integer;
BEGIN
    WHILE place < bound LOOP
        bits := 22;
        WHILE bits > 10 AND (place % (1::bigint << bits) <> 0 OR place + (1::bigint << bits) > bound) LOOP
            bits := bits - 3;
        END LOOP;
        found := found || format('''~%s:%s''', bits, place >> bits);
        place := place + (1::bigint << bits);
    END LOOP;
    RETURN array_to_string(found, ' | ');
END
$$;

-- The newest `most` rows of a table whose `search` matches `wanted` and that `further` admits (SQL about a row `t`, with
-- `given` as $4), with keys below `bound`: window by window from the newest key on, each as large as the density so far
-- asks for. The index is asked for `loose`. At most eight times `most` rows are read, in half a second; `is_cut` if
-- that left rows out.
CREATE FUNCTION search_walk(
    place regclass, key name, wanted tsquery, loose tsquery, ranking tsquery, further text, given text[], newest bigint,
    bound bigint, most integer, OUT keys bigint[], OUT ranks real[], OUT is_cut boolean
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
        '  SELECT key, admitted, CASE WHEN admitted THEN ts_rank(search, $2) END AS rank FROM ('
        '   SELECT %1$I::bigint AS key, search, (%1$I < $3 AND ($6 IS NULL OR search @@ $6) AND %3$s) IS TRUE AS admitted FROM ('
        '    SELECT * FROM %2$s WHERE search @@ $1 LIMIT $5'
        '   ) AS t OFFSET 0) AS read OFFSET 0) AS ranked',
        key, place, further);
BEGIN
    keys := '{}';
    ranks := '{}';
    is_cut := false;
    WHILE upper > 0 AND cardinality(keys) < most LOOP
        IF left_ms <= 0 OR rows_left <= 0 THEN
            is_cut := true;
            RETURN;
        END IF;
        began := clock_timestamp();
        EXECUTE statement INTO found USING
            CASE WHEN lower = 0 AND upper > newest THEN loose
                ELSE loose && search_zones(lower, upper + 1023 >> 10 << 10)::tsquery END,
            ranking, upper, given, rows_at_once, CASE WHEN wanted <> loose THEN wanted END;
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
    place regclass, key name, corpus_of text, owner_of integer, stemming regconfig, forms_of text,
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
    query := search_query(corpus_of, owner_of, stemming, forms_of, alternatives, kinds, texts, false);
    EXECUTE format('SELECT max(%I) FROM %s', key, place) INTO newest;
    IF query.wanted IS NULL OR newest IS NULL THEN
        RETURN;
    END IF;
    walk := search_walk(place, key, query.wanted, query.loose && scope, query.ranking,
        further, given, newest, bound, most + 1);
    IF cardinality(walk.keys) = 0 AND query.is_missing AND NOT walk.is_cut THEN
        query := search_query(corpus_of, owner_of, stemming, forms_of, alternatives, kinds, texts, true);
        walk := search_walk(place, key, query.wanted, query.loose && scope, query.ranking,
            further, given, newest, bound, most + 1);
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
    marks := query.words;
    IF cardinality(query.stems) > 0 AND cardinality(keys) > 0 THEN
        EXECUTE format('SELECT $3 || ARRAY(SELECT DISTINCT word FROM %1$s AS t, unnest(tsvector_to_array(t.search)) AS word,'
            ' unnest($2) AS stem WHERE t.%2$I = ANY ($1) AND strpos(word, substr(stem, 2, greatest(length(stem) - 2, 1))) > 0'
            ' AND tsvector_to_array(to_tsvector($4, word)) && $2)', place, key)
            INTO marks USING keys, query.stems, query.words, stemming;
    END IF;
END
$$;

-- Forget those of a corpus's words that are in no row any more.
CREATE FUNCTION search_forget(place regclass, corpus_of text, owner_of integer, words text[]) RETURNS integer
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    seen text;
    is_there boolean;
    gone text[] := '{}';
BEGIN
    FOR seen IN
        SELECT w.word FROM search_words w WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.word = ANY (words)
            AND coalesce(w.share, 0) < 0.001
    LOOP
        EXECUTE format('SELECT true FROM %s WHERE search @@ $1 LIMIT 1', place) INTO is_there USING
            (quote_literal(seen) || CASE WHEN owner_of = 0 THEN '' ELSE format(' & ''owner:%s''', owner_of) END)::tsquery;
        IF is_there IS NULL THEN
            gone := gone || seen;
        END IF;
    END LOOP;
    DELETE FROM search_words w WHERE w.corpus = corpus_of AND w.owner = owner_of AND w.word = ANY (gone);
    RETURN cardinality(gone);
END
$$;

-- A trigger of the same tables, for what is about people: a word goes with its last row.
CREATE FUNCTION search_unlearn() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM search_forget(TG_RELID::regclass, TG_ARGV[0], 0, ARRAY(
        SELECT unnest(tsvector_to_array(OLD.search))
        EXCEPT SELECT unnest(tsvector_to_array(CASE WHEN TG_OP = 'UPDATE' THEN NEW.search ELSE '' END))));
    RETURN NULL;
END
$$;

-- Estimate in how many of a table's rows each word is, from a sample of about 20,000.
CREATE FUNCTION search_weigh(place regclass, corpus_of text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    percent real := least(100, 2000000 / greatest(1, (SELECT reltuples FROM pg_class WHERE oid = place)));
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT word, ndoc FROM ts_stat(format('SELECT search FROM %s TABLESAMPLE SYSTEM (%s) LIMIT 20000', place, percent))
    ), rows_read AS (
        SELECT greatest(1, sum(ndoc)) AS count FROM counted WHERE word LIKE '~22:%'
    ), shares AS (
        SELECT w.word, coalesce(c.ndoc / r.count, 0)::real AS share
        FROM search_words w CROSS JOIN rows_read r LEFT JOIN counted c ON c.word = w.word
        WHERE w.corpus = corpus_of AND w.owner = 0
    )
    UPDATE search_words w SET share = s.share FROM shares s
    WHERE w.corpus = corpus_of AND w.owner = 0 AND w.word = s.word
        AND (w.share IS NULL OR w.share > 1.5 * s.share OR w.share < s.share / 1.5);
END
$$;

-- Keep the words of a corpus behind a place in it, up to 500 of them: forget what is in no row any more, and of one
-- owner's more than 100,000 the rarest. Return the place to go on from; NULL at the end.
CREATE FUNCTION search_keep(
    place regclass, corpus_of text, after_owner integer, after_word text, OUT last_owner integer, OUT last_word text
) LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    one record;
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
        DELETE FROM search_words w WHERE w.corpus = corpus_of AND w.owner = one.owner AND w.word IN (
            SELECT x.word FROM search_words x WHERE x.corpus = corpus_of AND x.owner = one.owner
            ORDER BY x.share DESC NULLS LAST, x.word OFFSET 100000);
    END LOOP;
END
$$;

-- Accounts are searched by name and address, and by what a product adds.
ALTER TABLE accounts ADD COLUMN also_found_by text CHECK (length(also_found_by) <= 200);
ALTER TABLE accounts ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    search_place(id, CASE WHEN deleted_at IS NULL THEN 'state:kept' END)
    || search_field('pg_catalog.simple', name, 'A') || search_field('pg_catalog.simple', email, 'B')
    || search_field('pg_catalog.simple', also_found_by, 'C')
) STORED;
CREATE INDEX accounts_search_idx ON accounts USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER accounts_learn AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION search_learn('accounts');
CREATE TRIGGER accounts_relearn AFTER UPDATE ON accounts FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('accounts');
CREATE TRIGGER accounts_forget AFTER UPDATE ON accounts FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_unlearn('accounts');
CREATE TRIGGER accounts_forget_deleted AFTER DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION search_unlearn('accounts');
