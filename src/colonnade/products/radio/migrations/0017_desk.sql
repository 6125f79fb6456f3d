-- Who works on what waits for a decision, and which presenter has which request.

-- A lease: after `expires_at` anybody may take the item on. `item_id` is that of a message, request, prayer or testimonial.
CREATE TABLE desk_claims (
    kind       text NOT NULL CHECK (kind IN ('chat', 'song', 'prayer', 'testimonial')),
    item_id    text NOT NULL CHECK (length(item_id) BETWEEN 1 AND 40),
    account_id integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (kind, item_id)
);
CREATE INDEX desk_claims_account_idx ON desk_claims (account_id);
CREATE INDEX desk_claims_expiry_idx ON desk_claims (expires_at);
CREATE INDEX chat_messages_queue_idx ON chat_messages (created_at, id)
    WHERE status IN ('pending', 'flagged') OR (status = 'visible' AND flags > 0);

-- The broadcast whose presenter has a request that is open; null: there is none for four weeks. `first_starts_at` is when
-- the first one that it was meant for begins: until then nobody could decide, and it does not expire.
CREATE TABLE onair_requests (
    kind             text NOT NULL CHECK (kind IN ('song', 'prayer')),
    item_id          uuid NOT NULL,
    presenter_id     integer REFERENCES presenters ON DELETE SET NULL,
    program_id       integer REFERENCES programs ON DELETE SET NULL,
    starts_at        timestamptz,
    ends_at          timestamptz,
    first_starts_at  timestamptz,
    handed_over_from integer REFERENCES presenters ON DELETE SET NULL,
    handed_over_at   timestamptz,
    routed_at        timestamptz NOT NULL DEFAULT now(),
    closed_at        timestamptz,
    PRIMARY KEY (kind, item_id)
);
CREATE INDEX onair_requests_open_idx ON onair_requests (ends_at) WHERE closed_at IS NULL;
CREATE INDEX onair_requests_presenter_idx ON onair_requests (presenter_id, starts_at) WHERE closed_at IS NULL;
CREATE INDEX onair_requests_program_idx ON onair_requests (program_id);
CREATE INDEX onair_requests_from_idx ON onair_requests (handed_over_from);

-- What is open is given out within a minute.
INSERT INTO onair_requests (kind, item_id) SELECT 'song', id FROM song_requests WHERE status IN ('pending', 'approved');
INSERT INTO onair_requests (kind, item_id)
SELECT 'prayer', id FROM prayer_requests WHERE status = 'new' AND visibility = 'on_air';
