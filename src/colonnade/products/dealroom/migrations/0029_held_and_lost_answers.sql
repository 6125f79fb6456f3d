-- Locks: chat_sessions is locked against everything for the column, its check, which reads the table, and both indexes:
-- about a second per million sessions.

-- A session's held answers are counted where the inbox looks for them: an index has those of one owner, in the inbox's order.

ALTER TABLE chat_sessions ADD COLUMN held_answers integer NOT NULL DEFAULT 0 CHECK (held_answers >= 0);
UPDATE chat_sessions s SET held_answers = h.held_answers
FROM (SELECT session_id, count(*) AS held_answers FROM answers WHERE state = 'held' GROUP BY session_id) h
WHERE s.id = h.session_id;

-- Whoever holds an answer, or decides on a held one, has locked its session.
CREATE FUNCTION answers_held() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'held' THEN
        UPDATE chat_sessions SET held_answers = held_answers - 1 WHERE id = OLD.session_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'held' THEN
        UPDATE chat_sessions SET held_answers = held_answers + 1 WHERE id = NEW.session_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER answers_held AFTER INSERT ON answers FOR EACH ROW WHEN (NEW.state = 'held')
    EXECUTE FUNCTION answers_held();
CREATE TRIGGER answers_held_changed AFTER UPDATE OF state ON answers FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND 'held' IN (OLD.state, NEW.state)) EXECUTE FUNCTION answers_held();
CREATE TRIGGER answers_held_deleted AFTER DELETE ON answers FOR EACH ROW WHEN (OLD.state = 'held')
    EXECUTE FUNCTION answers_held();

CREATE INDEX chat_sessions_held_idx ON chat_sessions (owner_id, pinned DESC, active_at DESC, id DESC)
    WHERE held_answers > 0 AND NOT archived;
DROP INDEX answers_held_idx;

-- Those who wait, in the inbox's order too: few of many.
CREATE INDEX chat_sessions_waiting_list_idx ON chat_sessions (owner_id, pinned DESC, active_at DESC, id DESC)
    WHERE waiting_since IS NOT NULL AND NOT archived;

-- Answers of the provider to sendings that were lost, since the last one that came. `failures` counts refusals too, and
-- begins again with each message of a customer.
ALTER TABLE channels ADD COLUMN lost_answers integer NOT NULL DEFAULT 0 CHECK (lost_answers >= 0);
