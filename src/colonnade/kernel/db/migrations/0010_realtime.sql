-- The log of realtime rooms: the events of a room, numbered without gaps.

-- One row per room that ever had a logged event. Its row lock orders the appends of the room: numbers are
-- assigned in the order of the commits. pruned_seq: events up to this one are no longer in the log.
CREATE TABLE realtime_rooms (
    room text PRIMARY KEY CHECK (length(room) BETWEEN 1 AND 200),
    seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    pruned_seq bigint NOT NULL DEFAULT 0 CHECK (pruned_seq BETWEEN 0 AND seq)
) WITH (fillfactor = 70);

CREATE TABLE realtime_events (
    room text NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    event text NOT NULL,
    data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'),
    -- Not now(): this time is taken under the room's lock, so that it rises with seq.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room, seq)
);

CREATE INDEX realtime_events_created_at ON realtime_events (created_at);
