-- Programmes, their presenters, the weekly plan and its overrides on single dates.

CREATE TABLE programs (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 2 AND 255),
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$' AND length(slug) <= 500),
    type        text NOT NULL CHECK (length(type) BETWEEN 1 AND 40),
    description text CHECK (length(description) <= 5000),
    image       text CHECK (length(image) <= 500),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX programs_type_idx ON programs (type, name);

CREATE TABLE presenters (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 2 AND 255),
    bio        text CHECK (length(bio) <= 5000),
    photo      text CHECK (length(photo) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE program_presenters (
    program_id   integer NOT NULL REFERENCES programs ON DELETE CASCADE,
    presenter_id integer NOT NULL REFERENCES presenters ON DELETE CASCADE,
    position     smallint NOT NULL,
    PRIMARY KEY (program_id, presenter_id)
);
CREATE INDEX program_presenters_presenter_idx ON program_presenters (presenter_id);

-- One broadcast a week, in local time; one that does not end after it starts ends on the next day.
-- `first_week` and `last_week` are the Mondays of the weeks of its first and last broadcast: two slots meet if
-- and only if they share minutes of the week and weeks (a validity that ends on a Wednesday is, for a slot on
-- Mondays, one that ended on the Monday before).
CREATE TABLE program_slots (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    program_id   integer NOT NULL REFERENCES programs,
    weekday      smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts_at    time NOT NULL CHECK (date_trunc('minute', starts_at) = starts_at::interval),
    ends_at      time NOT NULL CHECK (date_trunc('minute', ends_at) = ends_at::interval),
    valid_from   date,
    valid_until  date,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    start_minute integer NOT NULL GENERATED ALWAYS AS (
        (weekday - 1) * 1440 + extract(hour FROM starts_at)::int * 60 + extract(minute FROM starts_at)::int
    ) STORED,
    minutes      integer NOT NULL GENERATED ALWAYS AS (
        (extract(hour FROM ends_at)::int * 60 + extract(minute FROM ends_at)::int
         - extract(hour FROM starts_at)::int * 60 - extract(minute FROM starts_at)::int + 1440) % 1440
    ) STORED,
    first_week   date NOT NULL GENERATED ALWAYS AS (
        CASE WHEN valid_from IS NULL THEN '-infinity'::date
             ELSE valid_from - (extract(isodow FROM valid_from)::int - 1)
                  + CASE WHEN extract(isodow FROM valid_from)::int > weekday THEN 7 ELSE 0 END END
    ) STORED,
    last_week    date NOT NULL GENERATED ALWAYS AS (
        CASE WHEN valid_until IS NULL THEN 'infinity'::date
             ELSE valid_until - (extract(isodow FROM valid_until)::int - 1)
                  - CASE WHEN extract(isodow FROM valid_until)::int < weekday THEN 7 ELSE 0 END END
    ) STORED,
    CHECK (starts_at <> ends_at),
    CHECK (valid_from <= valid_until),
    CONSTRAINT program_slots_on_air CHECK (first_week <= last_week),
    UNIQUE (id, start_minute, minutes, first_week, last_week)
);
CREATE INDEX program_slots_program_idx ON program_slots (program_id);
CREATE INDEX program_slots_weekday_idx ON program_slots (weekday, starts_at);

-- The minutes of the week of a broadcast: part 0 (up to the end of Sunday) and part 1 (from the next Monday on,
-- usually empty).
CREATE FUNCTION program_piece_span(part int, start_minute int, minutes int) RETURNS int4range
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE part WHEN 0 THEN int4range(start_minute, least(start_minute + minutes, 10080))
                     ELSE int4range(0, greatest(start_minute + minutes - 10080, 0)) END
$$;

-- The weeks, as their Mondays, in which a part is on air.
CREATE FUNCTION program_piece_weeks(part int, first_week date, last_week date) RETURNS daterange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT daterange(first_week + 7 * part, last_week + 7 * part, '[]')
$$;

-- Always two rows per slot; the foreign key propagates every change of a slot to them. No two broadcasts may
-- ever be on air at once.
CREATE TABLE program_slot_pieces (
    slot_id      integer NOT NULL,
    part         integer NOT NULL CHECK (part IN (0, 1)),
    start_minute integer NOT NULL,
    minutes      integer NOT NULL,
    first_week   date NOT NULL,
    last_week    date NOT NULL,
    span         int4range NOT NULL GENERATED ALWAYS AS (program_piece_span(part, start_minute, minutes)) STORED,
    weeks        daterange NOT NULL GENERATED ALWAYS AS (program_piece_weeks(part, first_week, last_week)) STORED,
    PRIMARY KEY (slot_id, part),
    FOREIGN KEY (slot_id, start_minute, minutes, first_week, last_week)
        REFERENCES program_slots (id, start_minute, minutes, first_week, last_week)
        ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT program_slots_overlap EXCLUDE USING gist (span WITH &&, weeks WITH &&)
);

-- A broadcast that is cancelled on one date, or replaced by another programme. `date` is the local
-- date on which the broadcast starts.
CREATE TABLE program_overrides (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slot_id    integer NOT NULL REFERENCES program_slots ON DELETE CASCADE,
    date       date NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('cancel', 'replace')),
    program_id integer REFERENCES programs,
    note       text CHECK (length(note) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT program_overrides_once UNIQUE (slot_id, date),
    CHECK ((kind = 'replace') = (program_id IS NOT NULL))
);
CREATE INDEX program_overrides_date_idx ON program_overrides (date);
CREATE INDEX program_overrides_program_idx ON program_overrides (program_id);
