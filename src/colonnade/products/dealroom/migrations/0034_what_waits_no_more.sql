-- A held answer that something later has overtaken waits for a decision no more: the customer has written again, or one of
-- us has answered them. overtaken_seq is the message that did it first.
ALTER TABLE answers
    ADD COLUMN overtaken_seq bigint CHECK (overtaken_seq > 0),
    DROP CONSTRAINT answers_state_check,
    ADD CONSTRAINT answers_state_check
        CHECK (state IN ('queued', 'held', 'overtaken', 'sent', 'cancelled', 'rejected', 'failed')),
    DROP CONSTRAINT answers_check1,
    ADD CONSTRAINT answers_undecided_check CHECK ((decided_at IS NULL) = (state IN ('queued', 'held', 'overtaken'))),
    ADD CONSTRAINT answers_overtaken_check CHECK (
        CASE state WHEN 'overtaken' THEN overtaken_seq IS NOT NULL WHEN 'held' THEN overtaken_seq IS NULL ELSE true END);
CREATE INDEX answers_held_idx ON answers (session_id) WHERE state = 'held';

-- What says nothing overtakes none, nor do the texts of a channel's rules; an answer does not overtake itself.
CREATE FUNCTION overtakes(m messages, answer_id bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN m.deleted_at IS NULL AND m.sender <> 'system'
        AND coalesce(m.kind, '') <> ALL ('{reaction,request_welcome,revoke}')
        AND NOT (m.sender = 'assistant' AND (coalesce(m.client_message_id, '') ~ '^(closed|handover):'
            OR coalesce(m.client_message_id, '') = 'answer:' || answer_id::text));

-- Whoever writes has locked the session, and so has whoever holds an answer: of both the later one sees the other.
CREATE FUNCTION answers_overtaken() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE answers a SET state = 'overtaken', overtaken_seq = later.seq FROM (
        SELECT h.id, min(m.seq) AS seq FROM answers h JOIN messages m
            ON m.session_id = NEW.id AND m.seq > OLD.last_seq AND m.seq <= NEW.last_seq AND overtakes(m, h.id)
        WHERE h.session_id = NEW.id AND h.state = 'held' GROUP BY h.id) AS later
    WHERE a.id = later.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION answers_hold() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    later bigint;
BEGIN
    PERFORM FROM chat_sessions WHERE id = NEW.session_id FOR NO KEY UPDATE;
    SELECT min(m.seq) INTO later FROM messages m
    WHERE m.session_id = NEW.session_id AND m.seq > NEW.up_to_seq AND overtakes(m, NEW.id)
        AND NOT (m.sender = 'assistant' AND coalesce(m.client_message_id, '') ~ '^answer:');  -- it was written after those
    IF later IS NOT NULL THEN
        NEW.state := 'overtaken';
        NEW.overtaken_seq := later;
    END IF;
    RETURN NEW;
END
$$;

UPDATE answers a SET state = 'overtaken', overtaken_seq = later.seq FROM (
    SELECT h.id, min(m.seq) AS seq FROM answers h JOIN messages m
        ON m.session_id = h.session_id AND m.seq > h.up_to_seq AND overtakes(m, h.id)
    WHERE h.state = 'held' GROUP BY h.id) AS later
WHERE a.id = later.id;

CREATE TRIGGER answers_overtaken AFTER UPDATE OF last_seq ON chat_sessions FOR EACH ROW
    WHEN (NEW.held_answers > 0 AND NEW.last_seq > OLD.last_seq) EXECUTE FUNCTION answers_overtaken();
CREATE TRIGGER answers_hold BEFORE INSERT OR UPDATE OF state ON answers FOR EACH ROW WHEN (NEW.state = 'held')
    EXECUTE FUNCTION answers_hold();

-- A body that waits and cannot be read is set aside with the reason, and kept: it is in nobody's way.
ALTER TABLE webhook_deliveries
    ADD COLUMN problem      text CHECK (length(problem) BETWEEN 1 AND 300),
    ADD COLUMN set_aside_at timestamptz,
    ADD CONSTRAINT webhook_deliveries_set_aside_check
        CHECK ((problem IS NULL) = (set_aside_at IS NULL) AND (problem IS NULL OR people = '{}'));
DROP INDEX webhook_deliveries_first_idx;
CREATE INDEX webhook_deliveries_first_idx ON webhook_deliveries (channel_id, place)
    WHERE blocked = 0 AND problem IS NULL;
CREATE INDEX webhook_deliveries_set_aside_idx ON webhook_deliveries (channel_id, set_aside_at)
    WHERE problem IS NOT NULL;
