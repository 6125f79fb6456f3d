-- The ids of chat messages are strings wherever they are sent, in the rooms' logs as well: clients that catch up compare them.

UPDATE realtime_events SET data = jsonb_set(data, '{id}', to_jsonb(data ->> 'id'))
WHERE event = 'new-message' AND jsonb_typeof(data -> 'id') = 'number';
