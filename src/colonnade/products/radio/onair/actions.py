"""Gives requests to presenters: to those on air, else to the next, and on to the next at the end of a slot.

Several presenters of one broadcast get them in turn: whoever has the fewest open ones is next. What comes at night, or
while nobody is announced, waits for the next programme with presenters, in the order in which it came.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import structs

from colonnade.kernel.core import now
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import Emit
from colonnade.products.radio.onair import queries
from colonnade.products.radio.onair.schemas import (
    REQUEST_ROUTED,
    Broadcasting,
    RequestKind,
    RequestRouted,
)

__all__ = ["close_requests", "hand_over", "onair_room", "route_request"]

MAX_HANDED_OVER = 500
"""How many requests one run passes on; the next is a minute later."""

MAX_TURNS = 5
"""How many broadcasts are tried whose presenters are being deleted at that moment."""

close_requests = queries.close_requests


def onair_room(kind: RequestKind) -> str:
    """Return the room of those who are told who has requests of this kind; it has no log."""
    return f"onair:{kind}"


async def route_request(tx: Transaction, kind: RequestKind, item_id: UUID, zone: ZoneInfo) -> str | None:
    """Give a new request to a presenter and tell the staff; return the name, None if nobody is announced."""
    turn = await _take_turn(tx, now(), zone)
    presenter_id = None
    if turn is not None:
        counts = await queries.count_open(tx, turn)
        presenter_id = min(turn.presenters, key=counts.__getitem__)
    await queries.insert_route(tx, kind, item_id, turn, presenter_id)
    if turn is None or presenter_id is None:
        return None
    _tell(tx, kind, [item_id], turn, presenter_id, handed_over=False)
    return turn.presenters[presenter_id]


async def hand_over(tx: Transaction, zone: ZoneInfo) -> int:
    """Pass the open requests of broadcasts that have ended on to the next presenters; return their number."""
    moment = now()
    ended = await queries.list_ended(tx, moment, limit=MAX_HANDED_OVER)
    turn = await _take_turn(tx, moment, zone) if ended else None
    if turn is None:
        return 0
    counts = await queries.count_open(tx, turn)
    given: dict[tuple[RequestKind, int, bool], list[UUID]] = {}
    for row in ended:
        presenter_id = min(turn.presenters, key=counts.__getitem__)
        counts[presenter_id] += 1
        given.setdefault((row["kind"], presenter_id, row["presenter_id"] is not None), []).append(
            row["item_id"]
        )
    for (kind, presenter_id, handed_over), ids in given.items():
        await queries.pass_on(tx, kind, ids, turn, presenter_id)
        _tell(tx, kind, ids, turn, presenter_id, handed_over=handed_over)
    return len(ended)


async def _take_turn(tx: Transaction, moment: datetime, zone: ZoneInfo) -> Broadcasting | None:
    """Return whose turn it is, and keep the programme and its presenters from being deleted meanwhile.

    None if nobody is announced, or whoever was is being deleted each time: the hand-over finds somebody in a minute.
    """
    for _ in range(MAX_TURNS):
        turn = await queries.find_turn(tx, moment, zone)
        if turn is None:
            return None
        there = await queries.hold_turn(tx, turn)
        if there:
            return structs.replace(
                turn, presenters={each: name for each, name in turn.presenters.items() if each in there}
            )
    return None


def _tell(
    tx: Transaction,
    kind: RequestKind,
    ids: list[UUID],
    turn: Broadcasting,
    presenter_id: int,
    *,
    handed_over: bool,
) -> None:
    said = RequestRouted(
        kind,
        [str(id) for id in ids],
        presenter_id,
        turn.presenters[presenter_id],
        turn.program,
        turn.starts_at,
        turn.ends_at,
        handed_over,
    )
    tx.after_commit(Emit(room=onair_room(kind), event=REQUEST_ROUTED, data=said))
