-- Contacts: the customers of an owner, by whatever a provider knows them by (ADR 0050).

-- name, language, labels and notes are the owner's words, profile_name is the customer's. A contact that was merged into
-- another is hidden and keeps what it was, for being split off again; `merge` holds what the merge wrote into the other,
-- and what was there before. found_by has the spellings of all identities, for search. Seen: when they wrote.
CREATE TABLE contacts (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id      integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name          text CHECK (length(name) BETWEEN 1 AND 100),
    profile_name  text CHECK (length(profile_name) BETWEEN 1 AND 100),
    language      text CHECK (length(language) <= 35),
    labels        text[] NOT NULL DEFAULT '{}' CHECK (cardinality(labels) <= 20),
    notes         text CHECK (length(notes) BETWEEN 1 AND 8000),
    merged_into   integer REFERENCES contacts ON DELETE CASCADE CHECK (merged_into <> id),
    merge         jsonb CHECK (jsonb_typeof(merge) = 'object'),
    found_by      text NOT NULL DEFAULT '',
    first_seen_at timestamptz,
    last_seen_at  timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    listed_at     timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(last_seen_at, created_at)) STORED,
    search        tsvector NOT NULL GENERATED ALWAYS AS (
        search_place(id, 'owner:' || owner_id)
        || search_field('pg_catalog.simple', name, 'A') || search_field('pg_catalog.simple', profile_name, 'A')
        || search_field('pg_catalog.simple', session_labels(labels), 'B')
        || search_field('pg_catalog.simple', found_by, 'C')
    ) STORED,
    CHECK ((merged_into IS NULL) = (merge IS NULL)),
    CHECK ((first_seen_at IS NULL) = (last_seen_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX contacts_list_idx ON contacts (owner_id, listed_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX contacts_merged_idx ON contacts (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX contacts_search_idx ON contacts USING gin (search) WITH (gin_pending_list_limit = 256);
CREATE TRIGGER contacts_learn AFTER INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION search_learn('contacts', 'owned');
CREATE TRIGGER contacts_relearn AFTER UPDATE ON contacts FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search)
    EXECUTE FUNCTION search_learn('contacts', 'owned');

-- By what a contact is known. value is the one form of all its spellings: E.164 as dialled today, a user name in lower
-- case. written is how the provider spells it (a wa_id). leader_id: the identity of the same account at the provider that
-- the others go with. home_id is the contact that had it first. One that has ended (a number that was given up) finds
-- nobody any more.
CREATE TABLE contact_identities (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id   integer NOT NULL,  -- the contact's, which never changes
    contact_id integer NOT NULL REFERENCES contacts ON DELETE CASCADE,
    home_id    integer NOT NULL REFERENCES contacts ON DELETE CASCADE,
    leader_id  integer REFERENCES contact_identities ON DELETE SET NULL CHECK (leader_id <> id),
    kind       text NOT NULL CHECK (kind IN ('phone', 'user_id', 'username')),
    value      text NOT NULL CHECK (length(value) BETWEEN 1 AND 150),
    written    text CHECK (length(written) BETWEEN 1 AND 150),
    found_by   text NOT NULL DEFAULT '' CHECK (length(found_by) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    CONSTRAINT contact_identities_place_key UNIQUE (id, contact_id),
    CHECK (kind <> 'phone' OR value ~ '^\+[1-9][0-9]{5,14}$')
);
CREATE UNIQUE INDEX contact_identities_value_key ON contact_identities (owner_id, kind, value) WHERE ended_at IS NULL;
CREATE INDEX contact_identities_contact_idx ON contact_identities (contact_id);
CREATE INDEX contact_identities_home_idx ON contact_identities (home_id);
CREATE INDEX contact_identities_leader_idx ON contact_identities (leader_id) WHERE leader_id IS NOT NULL;

CREATE FUNCTION contacts_found() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    changed integer[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.contact_id] WHEN 'DELETE' THEN ARRAY[OLD.contact_id]
        ELSE ARRAY[OLD.contact_id, NEW.contact_id] END;
BEGIN
    UPDATE contacts c SET found_by = coalesce(
        (SELECT string_agg(i.found_by, ' ' ORDER BY i.id) FROM contact_identities i WHERE i.contact_id = c.id), '')
    WHERE c.id = ANY (changed);
    RETURN NULL;
END
$$;
CREATE TRIGGER contacts_found AFTER INSERT OR DELETE OR UPDATE OF contact_id, found_by ON contact_identities
    FOR EACH ROW EXECUTE FUNCTION contacts_found();

-- A session belongs to the contact that has its identity: the foreign key takes it along.
ALTER TABLE channel_contacts ADD COLUMN contact_id integer, ADD COLUMN identity_id integer;

-- The form of today of a number as a provider writes it: Brazil's ninth digit, Mexico without its 1. (Argentina's 9 is in
-- what providers write.) Where two numbers of before are one, the one that wrote last keeps it.
DO $$
DECLARE
    one record;
    known record;
    spelt text;
BEGIN
    FOR one IN
        SELECT b.id, b.wa_id, b.profile_name, b.created_at, h.owner_id, said.first, said.last,
            '+' || regexp_replace(regexp_replace(b.wa_id, '^55([1-9][1-9])([6-9][0-9]{7})$', '55\19\2'),
                '^521([0-9]{10})$', '52\1') AS value
        FROM channel_contacts b JOIN channels h ON h.id = b.channel_id
        LEFT JOIN LATERAL (
            SELECT min(m.created_at) AS first, max(m.created_at) AS last FROM messages m
            WHERE m.session_id = b.session_id AND m.sender = 'customer'
        ) said ON true
        ORDER BY said.last DESC NULLS LAST, b.id
    LOOP
        SELECT i.id, i.contact_id, EXISTS (
            SELECT FROM channel_contacts o JOIN channel_contacts b ON b.channel_id = o.channel_id
            WHERE o.identity_id = i.id AND b.id = one.id) AS taken INTO known
        FROM contact_identities i
        WHERE i.owner_id = one.owner_id AND i.kind = 'phone' AND i.value = one.value AND i.ended_at IS NULL;
        IF known.id IS NULL THEN
            INSERT INTO contacts (owner_id, profile_name, first_seen_at, last_seen_at, created_at)
            VALUES (one.owner_id, one.profile_name, one.first, one.last, one.created_at)
            RETURNING NULL::integer AS id, id AS contact_id, false AS taken INTO known;
        ELSE
            UPDATE contacts SET first_seen_at = least(first_seen_at, one.first),
                last_seen_at = greatest(last_seen_at, one.last), created_at = least(created_at, one.created_at)
            WHERE id = known.contact_id;
        END IF;
        -- What else people write: without the ninth digit; without the 9, and with 15 behind the area.
        spelt := CASE
            WHEN one.value ~ '^\+55[1-9][1-9]9[6-9][0-9]{7}$' THEN left(one.value, 5) || substr(one.value, 7)
            WHEN one.value ~ '^\+54911[0-9]{8}$'
                THEN concat_ws(' ', '+54' || substr(one.value, 5), '+541115' || substr(one.value, 7))
            WHEN one.value ~ '^\+549[0-9]{10}$' THEN concat_ws(' ', '+54' || substr(one.value, 5),
                '+54' || substr(one.value, 5, 3) || '15' || substr(one.value, 8),
                '+54' || substr(one.value, 5, 4) || '15' || substr(one.value, 9))
        END;
        IF known.id IS NULL OR known.taken THEN
            INSERT INTO contact_identities (owner_id, contact_id, home_id, kind, value, written, found_by, created_at, ended_at)
            VALUES (one.owner_id, known.contact_id, known.contact_id, 'phone', one.value, one.wa_id,
                concat_ws(' ', one.value, nullif('+' || one.wa_id, one.value), spelt), one.created_at,
                CASE WHEN known.taken THEN now() END)
            RETURNING id INTO known.id;
        END IF;
        UPDATE channel_contacts SET contact_id = known.contact_id, identity_id = known.id WHERE id = one.id;
    END LOOP;
END
$$;

ALTER TABLE channel_contacts
    ADD CONSTRAINT channel_contacts_identity_fkey FOREIGN KEY (identity_id, contact_id)
        REFERENCES contact_identities (id, contact_id) ON UPDATE CASCADE ON DELETE CASCADE,
    ADD CONSTRAINT channel_contacts_identity_key UNIQUE (channel_id, identity_id);
CREATE INDEX channel_contacts_person_idx ON channel_contacts (contact_id);
CREATE INDEX channel_contacts_identity_idx ON channel_contacts (identity_id);
