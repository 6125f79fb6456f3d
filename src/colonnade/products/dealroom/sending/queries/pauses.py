"""The pauses of whole channels: begun by the provider's refusal, ended by a probe that succeeds."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.channels.schemas import PauseKind

__all__ = ["Pause", "begin_probe", "end_pause", "end_probe", "list_overdue", "pause_channel"]

PROBE_TTL = timedelta(seconds=90)
"""How long a probe may take before another run may try: longer than its two calls."""

# Seconds of the first pause, and of the longest: each that follows without a success between lasts twice as long.
_FIRST_SECONDS = {"token": 60, "blocked": 300, "throttled": 5, "unreachable": 5}
_LONGEST_SECONDS = {"token": 3600, "blocked": 3600, "throttled": 600, "unreachable": 600}


class Pause(Struct, frozen=True):
    """A pause: its number, and the time until its probe."""

    number: int
    delay: timedelta


async def pause_channel(
    tx: Transaction, channel_id: int, kind: PauseKind, *, wait_seconds: int | None, probed: bool = False
) -> Pause | None:
    """Pause a channel; return None if it is paused already, unless the probe has failed (`probed`).

    The pause lasts for `wait_seconds`, if given; else it doubles with each that follows.
    """
    row = await tx.fetch_row(
        """
        UPDATE channels SET paused_until = now() + make_interval(
                secs => coalesce($6, least($4, $3 * 2 ^ least(pauses_in_a_row, 12))::integer)), pause_kind = $2,
            pauses = pauses + 1, pauses_in_a_row = pauses_in_a_row + 1, probing_until = NULL
        WHERE id = $1 AND (paused_until IS NULL OR ($5 AND probing_until IS NOT NULL))
        RETURNING pauses, paused_until - now() AS delay
        """,
        channel_id,
        kind,
        _FIRST_SECONDS[kind],
        _LONGEST_SECONDS[kind],
        probed,
        wait_seconds,
    )
    return Pause(row["pauses"], row["delay"]) if row else None


async def begin_probe(db: Executor, channel_id: int, number: int | None) -> PauseKind | None:
    """Claim the probe of a pause (`number`, or whichever lasts); return its kind, None if there is nothing to probe."""
    kind: PauseKind | None = await db.fetch_value(
        """
        UPDATE channels SET probing_until = now() + $3::interval
        WHERE id = $1 AND paused_until IS NOT NULL AND pauses = coalesce($2, pauses)
            AND coalesce(probing_until <= now(), true)
        RETURNING pause_kind
        """,
        channel_id,
        number,
        PROBE_TTL,
    )
    return kind


async def end_probe(tx: Transaction, contact_id: int) -> int | None:
    """Let the pause of the contact's channel be probed again; return the channel, if it is paused."""
    id_: int | None = await tx.fetch_value(
        """
        UPDATE channels ch SET probing_until = NULL FROM channel_contacts c
        WHERE c.id = $1 AND ch.id = c.channel_id AND ch.paused_until IS NOT NULL RETURNING ch.id
        """,
        contact_id,
    )
    return id_


async def end_pause(tx: Transaction, channel_id: int) -> bool:
    """End a channel's pause; return False if it was not paused."""
    return bool(
        await tx.fetch_value(
            """
            UPDATE channels SET paused_until = NULL, pause_kind = NULL, pauses_in_a_row = 0, probing_until = NULL
            WHERE id = $1 AND paused_until IS NOT NULL RETURNING true
            """,
            channel_id,
        )
    )


async def list_overdue(db: Executor) -> list[int]:
    """List paused channels whose probe is a minute overdue, because its job was lost."""
    rows = await db.fetch(
        """
        SELECT id FROM channels
        WHERE paused_until < now() - interval '1 minute' AND coalesce(probing_until <= now(), true)
        ORDER BY id
        """
    )
    return [row["id"] for row in rows]
