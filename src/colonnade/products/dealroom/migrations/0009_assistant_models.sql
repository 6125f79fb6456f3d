-- The assistant's model servers, what owners have used of them, and the prompts that were sent.

-- key is the SHA-256 of a server's address and the model's name. A row exists once something is known of it: failures
-- since the last success, when the breaker lets calls through again (open_until) and until when one call tries it
-- (trial_until), and the best answer format that the server accepts, which is believed until format_until.
CREATE TABLE model_servers (
    key          bytea PRIMARY KEY CHECK (length(key) = 32),
    failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    openings     integer NOT NULL DEFAULT 0 CHECK (openings >= 0),
    open_until   timestamptz,
    trial_until  timestamptz,
    failing_from timestamptz,
    format       text CHECK (format IN ('json_schema', 'json_object', 'text')),
    format_until timestamptz
);

-- day is a day of UTC. told: the owner was told of 80 % (1) and of the end (2).
CREATE TABLE assistant_usage (
    owner_id integer NOT NULL REFERENCES accounts ON DELETE CASCADE,
    day      date NOT NULL,
    calls    integer NOT NULL DEFAULT 0 CHECK (calls >= 0),
    tokens   bigint NOT NULL DEFAULT 0 CHECK (tokens >= 0),
    told     smallint NOT NULL DEFAULT 0 CHECK (told BETWEEN 0 AND 2),
    PRIMARY KEY (owner_id, day)
);

-- turns is the JSON that was sent (role and content of each turn), compressed (zlib). It has the session's messages
-- from_seq to to_seq: when one of them is deleted, so is the prompt.
CREATE TABLE answer_prompts (
    answer_id  bigint PRIMARY KEY REFERENCES answers ON DELETE CASCADE,
    session_id uuid NOT NULL,
    from_seq   bigint NOT NULL,
    to_seq     bigint NOT NULL CHECK (to_seq >= from_seq),
    format     text NOT NULL CHECK (format IN ('json_schema', 'json_object', 'text')),
    turns      bytea NOT NULL CHECK (length(turns) <= 2000000),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX answer_prompts_session_idx ON answer_prompts (session_id, to_seq);
CREATE INDEX answer_prompts_age_idx ON answer_prompts (created_at);

-- When the answer to the last message was planned: how late it is counts from then.
ALTER TABLE answers ADD COLUMN planned_at timestamptz NOT NULL DEFAULT now();
