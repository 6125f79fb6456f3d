"""All SQL about model servers: the circuit breaker that all processes share, and the formats that a server accepts."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.assistant.schemas import AnswerFormat

__all__ = [
    "Admission",
    "admit_call",
    "find_outage",
    "give_up_trial",
    "note_failure",
    "note_success",
    "remember_format",
]

TRIAL_WAIT_SECONDS = 2.0
"""How long others wait while one call tries whether the server is back."""


class Admission(Struct, frozen=True):
    """Whether a server may be called now (`wait_seconds` 0), and the best format that it is known to accept."""

    wait_seconds: float
    format: AnswerFormat


async def admit_call(db: Executor, key: bytes, trial: timedelta) -> Admission:
    """Ask the breaker for a call; of those that ask after its pause, one at a time tries the server.

    `trial` is the longest that a call takes.
    """
    row = await db.fetch_row(
        """
        WITH tried AS (
            UPDATE model_servers SET trial_until = now() + $2::interval
            WHERE key = $1 AND open_until <= now() AND coalesce(trial_until <= now(), true) RETURNING key
        )
        SELECT CASE
                WHEN open_until IS NULL OR EXISTS (SELECT FROM tried) THEN 0
                WHEN open_until > now() THEN extract(epoch FROM open_until - now())
                ELSE $3::float
            END::float,
            CASE WHEN format_until > now() THEN format END
        FROM model_servers WHERE key = $1
        """,
        key,
        trial,
        TRIAL_WAIT_SECONDS,
    )
    return Admission(row[0], row[1] or "json_schema") if row else Admission(0.0, "json_schema")


async def give_up_trial(db: Executor, key: bytes) -> None:
    """Let another call try the server: this one isn't made."""
    await db.execute(
        "UPDATE model_servers SET trial_until = NULL WHERE key = $1 AND trial_until IS NOT NULL", key
    )


async def note_success(db: Executor, key: bytes) -> None:
    """Close the breaker: the server has answered."""
    await db.execute(
        """
        UPDATE model_servers SET failures = 0, openings = 0, open_until = NULL, trial_until = NULL
        WHERE key = $1 AND (failures > 0 OR open_until IS NOT NULL)
        """,
        key,
    )


async def note_failure(
    db: Executor,
    key: bytes,
    *,
    threshold: int,
    pause: timedelta,
    longest: timedelta,
    asked_for: timedelta | None,
) -> tuple[int, float]:
    """Count a failure; open the breaker from the `threshold`-th in a row on, or for as long as the server `asked_for`.

    The pause doubles with each opening, up to `longest`. Return the failures in a row, and the seconds until calls
    are let through again (0: the breaker is closed).
    """
    row = await db.fetch_row(
        """
        INSERT INTO model_servers AS s (key, failures, openings, open_until)
        VALUES ($1, 1, ($2::int <= 1)::int, CASE WHEN $2::int <= 1 OR $5::interval IS NOT NULL
            THEN now() + coalesce($5::interval, $3::interval) END)
        ON CONFLICT (key) DO UPDATE SET
            failures = s.failures + 1,
            trial_until = NULL,
            openings = s.openings + (s.failures + 1 >= $2::int AND coalesce(s.open_until <= now(), true))::int,
            open_until = CASE
                WHEN $5::interval IS NOT NULL THEN greatest(s.open_until, now() + $5::interval)
                WHEN s.open_until > now() THEN s.open_until
                WHEN s.failures + 1 >= $2::int
                    THEN now() + least($3::interval * 2 ^ least(s.openings, 20), $4::interval)
                ELSE s.open_until
            END
        RETURNING failures, greatest(extract(epoch FROM open_until - now()), 0)::float
        """,
        key,
        threshold,
        pause,
        longest,
        asked_for,
    )
    assert row is not None
    return row[0], row[1] or 0.0


async def remember_format(db: Executor, key: bytes, format_: AnswerFormat, span: timedelta) -> None:
    """Remember for `span` that the server accepts this format and none above it."""
    await db.execute(
        """
        INSERT INTO model_servers (key, format, format_until) VALUES ($1, $2, now() + $3::interval)
        ON CONFLICT (key) DO UPDATE SET format = $2, format_until = now() + $3::interval
        """,
        key,
        format_,
        span,
    )


async def find_outage(db: Executor, key: bytes) -> float | None:
    """Find the seconds until calls are let through again; None if the breaker is closed."""
    seconds: float | None = await db.fetch_value(
        """
        SELECT greatest(extract(epoch FROM open_until - now()), 0)::float FROM model_servers
        WHERE key = $1 AND open_until IS NOT NULL
        """,
        key,
    )
    return seconds
