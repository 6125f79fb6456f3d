-- Reports read an owner's messages of some days from indexes alone: who wrote when in which session, and orders.

-- `seq`, `sender` and `session_id` never change, so that no update writes this index.
DROP INDEX messages_owner_idx;
CREATE INDEX messages_owner_idx ON messages (owner_id, created_at DESC, id DESC) INCLUDE (session_id, seq, sender);

-- A word for an order with a number of three figures or more behind it.
CREATE FUNCTION message_names_order(content text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN content ~* '(order|pesanan|pedido|encomenda|commande|\u0637\u0644\u0628)'
    '\s*(no\.?|number|nomor|n[º°o]\.?)?\s*[:#]?\s*[a-z]{0,4}-?[0-9]{3,}';

-- Judged once, when a message is written: a report of many would look through all of their words.
CREATE INDEX messages_orders_idx ON messages (owner_id, created_at) INCLUDE (session_id)
    WHERE sender = 'customer' AND (kind = 'order' OR message_names_order(content));

-- Texts that rules sent, by the beginnings of their ids: they answer nobody.
CREATE INDEX messages_notices_idx ON messages (owner_id, created_at) INCLUDE (session_id, seq)
    WHERE sender = 'assistant' AND client_message_id ~ '^(closed:|handover:)';
