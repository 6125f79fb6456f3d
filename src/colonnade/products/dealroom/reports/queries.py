"""All SQL of the reports: one statement, which reads the owner's messages of the days and of a day around them."""

from __future__ import annotations

from datetime import date

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.assistant.rules.notices import CLOSED, HANDOVER
from colonnade.products.dealroom.reports.schemas import DayFigures

__all__ = ["list_days"]

_ORDER = (
    r"(order|pesanan|pedido|encomenda|commande|\u0637\u0644\u0628)"
    r"\s*(no\.?|number|nomor|n[º°o]\.?)?\s*[:#]?\s*[a-z]{0,4}-?[0-9]{3,}"
)
"""A word for an order with a number behind it."""
_NOTICE = f"^({CLOSED}|{HANDOVER})"
"""The ids of texts that rules send: they answer nobody."""

# The windows run from the last message to the first, so that each is one pass: what has been seen are later ones. An
# answer's id is doubled, and odd for a person's, so that the first one brings its sender along.
_DAYS = """
WITH said AS MATERIALIZED (
    SELECT m.id, m.session_id, m.sender, m.created_at, (m.created_at AT TIME ZONE $4)::date AS day,
        m.sender = 'customer' AND (m.kind = 'order' OR m.content ~* $6) AS orders,
        lead(m.sender) OVER later AS sender_before,
        min(m.id * 2 + (m.sender = 'human')::integer)
            FILTER (WHERE m.sender <> 'customer') OVER later AS answer,
        min(m.created_at) FILTER (WHERE m.sender <> 'customer') OVER later AS answered_at
    FROM messages m
    WHERE m.owner_id = $1 AND m.sender <> 'system'
        AND NOT (m.sender = 'assistant' AND coalesce(m.client_message_id, '') ~ $7)
        AND m.created_at >= ($2::date - 1)::timestamp AT TIME ZONE $4
        AND m.created_at < ($3::date + 2)::timestamp AT TIME ZONE $4
        AND ($5::integer IS NULL
             OR m.session_id IN (SELECT c.session_id FROM channel_contacts c WHERE c.channel_id = $5))
    WINDOW later AS (PARTITION BY m.session_id ORDER BY m.seq DESC)
), turns AS (
    SELECT day, answer, extract(epoch FROM answered_at - created_at)::float8 AS seconds,
        answered_at < created_at + interval '1 day' AS answered
    FROM said WHERE sender = 'customer' AND sender_before IS DISTINCT FROM 'customer'
), spoken AS (
    SELECT day, count(DISTINCT session_id) FILTER (WHERE sender = 'customer') AS conversations,
        count(DISTINCT session_id) FILTER (WHERE sender = 'human') AS taken_over,
        count(*) FILTER (WHERE orders) AS orders
    FROM said GROUP BY day
), answered AS (
    SELECT day, count(*) AS turns, count(*) FILTER (WHERE answered) AS answered,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE answered) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE answered) AS p90,
        avg((answer % 2 = 0)::integer) FILTER (WHERE answered) AS assistant
    FROM turns GROUP BY day
), held AS (
    SELECT (a.created_at AT TIME ZONE $4)::date AS day, count(*) AS held
    FROM answers a
    WHERE a.session_id IN (SELECT session_id FROM said) AND (a.state = 'held' OR a.decided_by IS NOT NULL)
    GROUP BY 1
)
SELECT d.day::date, coalesce(s.conversations, 0), coalesce(t.turns, 0), coalesce(t.answered, 0), t.median, t.p90,
    t.assistant::float8, coalesce(h.held, 0), coalesce(s.taken_over, 0), coalesce(s.orders, 0)
FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 day') AS d (day)
LEFT JOIN spoken s ON s.day = d.day LEFT JOIN answered t ON t.day = d.day LEFT JOIN held h ON h.day = d.day
ORDER BY d.day
"""


async def list_days(
    db: Executor, owner_id: int, first: date, last: date, zone: str, channel_id: int | None
) -> list[DayFigures]:
    """List the figures of each day from `first` to `last`, days of the `zone`, of all channels or of one."""
    rows = await db.fetch(_DAYS, owner_id, first, last, zone, channel_id, _ORDER, _NOTICE)
    return [DayFigures(*row) for row in rows]
