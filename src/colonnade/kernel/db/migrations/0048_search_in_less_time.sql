-- What is found by, and which words are new, in half the time: regular expressions only where they can match.

-- The vector of one text, as before: numbers are looked for where there are six digits.
CREATE OR REPLACE FUNCTION search_field(stemming regconfig, content text, weight "char") RETURNS tsvector
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
    IF folded ~ '[0-9](?:[ ()./\u2010-\u2015-]{0,3}[0-9]){5}' THEN
        special := special || ARRAY(SELECT search_numbers(folded));
    END IF;
    IF cardinality(special) > 0 THEN
        found := found || array_to_tsvector(special);
    END IF;
    RETURN found;
END
$$;

-- The trigger that remembers the words of a row, as before: a word of ASCII is told by its characters.
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
    WHERE length(seen) BETWEEN 2 AND 40 AND (length(seen) < 9 OR seen !~ '^[0-9]{9}')
        AND CASE WHEN octet_length(seen) = length(seen) THEN strpos(seen, ':') = 0 AND left(seen, 1) <> ALL ('{~,#}')
            ELSE seen ~
            '^[^~#:\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff'
            '\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff'
            '\u2000-\u2bff\U0001f000-\U0001faff][^:]*$' END
        AND (SELECT true FROM search_words k WHERE k.corpus = TG_ARGV[0] AND k.owner = whose AND k.word = seen
            AND (since IS NULL OR k.public_from <= since)) IS NULL
    ORDER BY seen
    ON CONFLICT (corpus, owner, word) DO UPDATE SET public_from = excluded.public_from
    WHERE excluded.public_from < coalesce(w.public_from, 'infinity');
    RETURN NULL;
END
$$;
