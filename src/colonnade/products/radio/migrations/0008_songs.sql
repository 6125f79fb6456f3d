-- Song requests of listeners.

-- The id is the requester's key to the status: it cannot be guessed.
CREATE TABLE song_requests (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    song_title      text NOT NULL CHECK (length(song_title) BETWEEN 1 AND 200),
    artist          text CHECK (length(artist) BETWEEN 1 AND 200),
    requester_name  text NOT NULL CHECK (length(requester_name) BETWEEN 2 AND 100),
    message         text CHECK (length(message) BETWEEN 1 AND 500),
    contact         text CHECK (length(contact) BETWEEN 3 AND 255),
    chat_session_id uuid REFERENCES chat_sessions ON DELETE SET NULL,
    status          text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'approved', 'played', 'rejected', 'expired')),
    decided_by      integer REFERENCES accounts ON DELETE SET NULL,
    decided_at      timestamptz,
    reject_reason   text CHECK (length(reject_reason) BETWEEN 1 AND 500),
    played_at       timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'rejected') = (reject_reason IS NOT NULL)),
    CHECK ((status = 'played') = (played_at IS NOT NULL))
);
CREATE INDEX song_requests_created_idx ON song_requests (created_at DESC, id DESC);
CREATE INDEX song_requests_status_idx ON song_requests (status, created_at DESC, id DESC);

-- When a listener (an address, a chat session) last asked for a song. One row each: concurrent requests wait for each
-- other here, and one of them succeeds.
CREATE TABLE song_listeners (
    listener text PRIMARY KEY CHECK (length(listener) <= 100),
    asked_at timestamptz NOT NULL
);
CREATE INDEX song_listeners_asked_idx ON song_listeners (asked_at);
