"""All SQL of the reports: figures are one statement, which reads the owner's messages of the days and around them."""

from __future__ import annotations

from datetime import date

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.assistant.rules.notices import CLOSED, HANDOVER
from colonnade.products.dealroom.messages.schemas import SILENT_KINDS
from colonnade.products.dealroom.reports.schemas import DayFigures, TooManyMessages

__all__ = ["MOST_MESSAGES", "find_zone", "list_days"]

MOST_MESSAGES = 500_000
"""Of the days and those around them: what a statement counts in a fifth of its time on a machine at rest."""
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(SILENT_KINDS))
_SILENT = f"""(m.sender = 'assistant' AND m.client_message_id ~ '^({CLOSED}|{HANDOVER})'
        OR m.kind IN ({_KINDS}))"""
"""Texts that rules send, and what says nothing: the condition of `messages_silent_idx`."""
_RANGE = """m.created_at >= ($2::date - 1)::timestamp AT TIME ZONE $4
        AND m.created_at < ($3::date + 2)::timestamp AT TIME ZONE $4"""
"""The days, and what the first answers of their messages may need."""

_FEW = "(SELECT messages FROM counted) <= $6"
_ON_CHANNEL = "($5::integer IS NULL OR m.session_id IN (SELECT session_id FROM chosen))"

_SPEAKS = "NOT EXISTS (SELECT FROM silent n WHERE n.session_id = m.session_id AND n.seq = m.seq)"

# Whatever is read of all messages is in an index; of their words only those are looked at that have one of their own.
# A turn, and what answers it, begin where a session goes over from the customer to us, or back.
_DAYS = f"""
WITH chosen AS MATERIALIZED (SELECT session_id FROM channel_contacts WHERE channel_id = $5),
said AS MATERIALIZED (
    SELECT m.session_id, m.seq, m.sender, m.created_at, (m.created_at AT TIME ZONE $4)::date AS day
    FROM messages m WHERE m.owner_id = $1 AND {_RANGE} LIMIT $6::integer + 1
), counted AS MATERIALIZED (
    SELECT count(*) AS messages FROM said
), silent AS MATERIALIZED (
    SELECT m.session_id, m.seq FROM messages m WHERE m.owner_id = $1 AND {_SILENT} AND {_RANGE} AND {_FEW}
), marked AS (
    SELECT session_id, seq, sender, created_at, day, sender = 'customer' AS asks,
        lag(sender = 'customer') OVER (PARTITION BY session_id ORDER BY seq) AS asked_before
    FROM said m
    WHERE sender <> 'system' AND {_ON_CHANNEL} AND {_FEW} AND {_SPEAKS}
), runs AS (
    SELECT day, asks, created_at, lead(sender) OVER later AS answerer, lead(created_at) OVER later AS answered_at
    FROM marked WHERE asks IS DISTINCT FROM asked_before
    WINDOW later AS (PARTITION BY session_id ORDER BY seq)
), turns AS (
    SELECT day, answerer, extract(epoch FROM answered_at - created_at)::float8 AS seconds,
        answered_at < created_at + interval '1 day' AS answered
    FROM runs WHERE asks AND day BETWEEN $2 AND $3
), answered AS (
    SELECT day, count(*) AS turns, count(*) FILTER (WHERE answered) AS answered,
        percentile_cont('{{0.5,0.9}}'::float8[]) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE answered) AS seconds,
        avg((answerer = 'assistant')::integer) FILTER (WHERE answered) AS assistant
    FROM turns GROUP BY day
), sessions AS MATERIALIZED (
    SELECT day, session_id, bool_or(sender = 'customer') AS asked, bool_or(sender = 'human') AS taken_over
    FROM said m WHERE {_ON_CHANNEL} AND {_FEW} AND {_SPEAKS} GROUP BY day, session_id
), spoken AS (
    SELECT day, count(*) FILTER (WHERE asked) AS conversations FROM sessions GROUP BY day
), taken AS (
    SELECT day, count(*) AS taken_over FROM (
        SELECT day, session_id FROM sessions WHERE taken_over
        UNION SELECT (m.created_at AT TIME ZONE $4)::date, m.session_id
        FROM takeovers m WHERE m.owner_id = $1 AND {_RANGE} AND {_ON_CHANNEL}
    ) AS either GROUP BY day
), orders AS (
    SELECT (m.created_at AT TIME ZONE $4)::date AS day, count(*) AS orders
    FROM messages m
    WHERE m.owner_id = $1 AND m.sender = 'customer' AND (m.kind = 'order' OR message_names_order(m.content))
        AND m.created_at >= $2::date::timestamp AT TIME ZONE $4
        AND m.created_at < ($3::date + 1)::timestamp AT TIME ZONE $4
        AND {_ON_CHANNEL} AND {_FEW}
    GROUP BY 1
), held AS (
    SELECT (a.created_at AT TIME ZONE $4)::date AS day, count(*) AS held
    FROM answers a
    WHERE a.session_id IN (SELECT session_id FROM sessions)
        AND (a.state IN ('held', 'overtaken') OR a.decided_by IS NOT NULL)
    GROUP BY 1
)
SELECT (SELECT messages FROM counted) AS messages, d.day::date, coalesce(s.conversations, 0), coalesce(t.turns, 0),
    coalesce(t.answered, 0), t.seconds[1], t.seconds[2], t.assistant::float8, coalesce(h.held, 0),
    coalesce(k.taken_over, 0), coalesce(o.orders, 0)
FROM generate_series($2::date::timestamp, $3::date::timestamp, interval '1 day') AS d (day)
LEFT JOIN spoken s ON s.day = d.day LEFT JOIN answered t ON t.day = d.day LEFT JOIN orders o ON o.day = d.day
LEFT JOIN held h ON h.day = d.day LEFT JOIN taken k ON k.day = d.day
ORDER BY d.day
"""


async def list_days(
    db: Executor,
    owner_id: int,
    first: date,
    last: date,
    zone: str,
    channel_id: int | None,
    *,
    most: int = MOST_MESSAGES,
) -> list[DayFigures]:
    """List the figures of each day from `first` to `last`, days of the `zone`, of all channels or of one.

    Raise TooManyMessages if the days and those around them have more than `most` messages.
    """
    rows = await db.fetch(_DAYS, owner_id, first, last, zone, channel_id, most)
    if rows and rows[0]["messages"] > most:
        raise TooManyMessages
    return [DayFigures(*row[1:]) for row in rows]


async def find_zone(db: Executor, owner_id: int, channel_id: int | None) -> str | None:
    """Find the zone of a channel, else that of the owner's first channel which has one."""
    zone: str | None = await db.fetch_value(
        """
        SELECT time_zone FROM channels WHERE owner_id = $1 AND time_zone IS NOT NULL
        ORDER BY id = $2 DESC NULLS LAST, id LIMIT 1
        """,
        owner_id,
        channel_id,
    )
    return zone
