-- Whom a body that waits is about stands in a line for each of them: what is first in all its lines may be received. To
-- compare the people of each pair of bodies takes minutes where many are in many.
CREATE TABLE webhook_delivery_people (
    channel_id  integer NOT NULL,
    person      text NOT NULL,
    place       bigint GENERATED ALWAYS AS IDENTITY,
    delivery_id uuid NOT NULL,
    PRIMARY KEY (channel_id, person, place)
);
CREATE INDEX webhook_delivery_people_delivery_idx ON webhook_delivery_people (delivery_id);

-- blocked: how many lines the body is in without being first.
ALTER TABLE webhook_deliveries ADD COLUMN blocked integer NOT NULL DEFAULT 0 CHECK (blocked >= 0);
CREATE INDEX webhook_deliveries_first_idx ON webhook_deliveries (channel_id, place) WHERE blocked = 0;

-- One at a time of a channel enters lines or leaves them, so that places are in the order of the commits.
CREATE FUNCTION webhook_deliveries_lock(channel integer) RETURNS void LANGUAGE sql VOLATILE
    RETURN pg_advisory_xact_lock(hashtext('webhook_delivery_people'), channel);

CREATE FUNCTION webhook_deliveries_enter() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM webhook_deliveries_lock(NEW.channel_id);
    UPDATE webhook_deliveries SET blocked = (
        SELECT count(*) FROM (SELECT DISTINCT unnest(NEW.people) AS person) AS own WHERE EXISTS (
            SELECT FROM webhook_delivery_people p WHERE p.channel_id = NEW.channel_id AND p.person = own.person))
    WHERE id = NEW.id;
    INSERT INTO webhook_delivery_people (channel_id, person, delivery_id)
    SELECT DISTINCT NEW.channel_id, unnest(NEW.people), NEW.id;
    RETURN NULL;
END
$$;

-- Takes a body out of these people's lines; whoever is first in one then is blocked by one less.
CREATE FUNCTION webhook_deliveries_leave(channel integer, delivery uuid, leaving text[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM webhook_deliveries_lock(channel);
    WITH gone AS (
        DELETE FROM webhook_delivery_people p WHERE p.delivery_id = delivery AND p.person = ANY (leaving)
        RETURNING person, place
    ), freed AS (
        SELECT next.delivery_id, count(*) AS lines FROM gone g CROSS JOIN LATERAL (
            SELECT n.delivery_id FROM webhook_delivery_people n
            WHERE n.channel_id = channel AND n.person = g.person AND n.place > g.place ORDER BY n.place LIMIT 1) AS next
        WHERE NOT EXISTS (
            SELECT FROM webhook_delivery_people b
            WHERE b.channel_id = channel AND b.person = g.person AND b.place < g.place)
        GROUP BY next.delivery_id
    )
    UPDATE webhook_deliveries d SET blocked = d.blocked - freed.lines FROM freed WHERE d.id = freed.delivery_id;
END
$$;

CREATE FUNCTION webhook_deliveries_left() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM webhook_deliveries_leave(NEW.channel_id, NEW.id, ARRAY(
            SELECT person FROM webhook_delivery_people WHERE delivery_id = NEW.id EXCEPT SELECT unnest(NEW.people)));
    ELSIF EXISTS (SELECT FROM channels WHERE id = OLD.channel_id) THEN
        PERFORM webhook_deliveries_leave(OLD.channel_id, OLD.id, ARRAY(
            SELECT person FROM webhook_delivery_people WHERE delivery_id = OLD.id));
    ELSE  -- all of the channel's go
        DELETE FROM webhook_delivery_people WHERE delivery_id = OLD.id;
    END IF;
    RETURN NULL;
END
$$;

-- Those that wait now, in their order.
INSERT INTO webhook_delivery_people (channel_id, person, delivery_id)
SELECT channel_id, person, id FROM (
    SELECT DISTINCT channel_id, place, id, unnest(people) AS person FROM webhook_deliveries ORDER BY place) AS waiting;
UPDATE webhook_deliveries d SET blocked = (
    SELECT count(*) FROM webhook_delivery_people p WHERE p.delivery_id = d.id AND EXISTS (
        SELECT FROM webhook_delivery_people b
        WHERE b.channel_id = p.channel_id AND b.person = p.person AND b.place < p.place));

CREATE TRIGGER webhook_deliveries_enter AFTER INSERT ON webhook_deliveries FOR EACH ROW
    EXECUTE FUNCTION webhook_deliveries_enter();
CREATE TRIGGER webhook_deliveries_left AFTER DELETE ON webhook_deliveries FOR EACH ROW
    EXECUTE FUNCTION webhook_deliveries_left();
CREATE TRIGGER webhook_deliveries_changed AFTER UPDATE OF people ON webhook_deliveries FOR EACH ROW
    EXECUTE FUNCTION webhook_deliveries_left();
