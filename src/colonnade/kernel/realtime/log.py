"""The log of rooms: events numbered without gaps, appended in the caller's transaction.

All SQL of this package is here: `realtime_rooms` has the last number of each room, `realtime_events` the events.

An append holds the room's row lock until the transaction ends, so that a room's numbers follow its commits: a client
that has seen number n can read every number below it.

Out of scope: delivery (`hub`), and numbers across rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from colonnade.kernel.core import Event, LoggedEvent, Problem, UnloggedEvent
from colonnade.kernel.db import Executor, Pool
from colonnade.kernel.realtime.codec import error_payload

__all__ = [
    "CONTROL_ROOM",
    "EVENT_HIDDEN",
    "Appended",
    "Emit",
    "HiddenEvent",
    "LogTransaction",
    "RoomEvent",
    "RoomHead",
    "announce",
    "append_each",
    "append_event",
    "appending",
    "close_sockets",
    "erase_room",
    "prune_events",
    "rewrite_events",
]

CONTROL_ROOM: Final = "$control"
"""The room whose events are orders to the hubs; clients cannot enter it."""


P = TypeVar("P")


class Emit(Event, Generic[P], frozen=True):
    """Send `event` with `data` to all clients in `room`, unlogged; `skip` is the id of a client to leave out."""

    room: str
    event: UnloggedEvent[P]
    data: P
    skip: str = ""


class Appended(Event, frozen=True):
    """A logged event that has been committed; `event` is its name, `data` plain JSON."""

    room: str
    seq: int
    event: str
    data: dict[str, Any]


class RoomEvent(msgspec.Struct, frozen=True):
    """One event of a room's log. `seq` is added to `data` when it is sent."""

    seq: int
    event: str
    data: dict[str, Any]


class RoomHead(msgspec.Struct, frozen=True):
    """The last number assigned in a room, and the last one that is no longer kept (0: none)."""

    seq: int = 0
    pruned_seq: int = 0


class HiddenEvent(msgspec.Struct, frozen=True):
    """The place of an event in a room's log."""

    room: str
    seq: int


EVENT_HIDDEN: Final = UnloggedEvent(
    "event-hidden",
    HiddenEvent,
    to="whoever catches up with a room",
    when="An event that the client has missed is not shown any more: it had this number, and is not lost.",
)


class LogTransaction(Executor, Protocol):
    """The part of a transaction that `append_event` needs."""

    def after_commit(self, event: Event) -> None:
        """Dispatch `event` after the commit."""


def appending(source: str, *, room: str, event: str, data: str) -> str:
    """Return CTEs that append an event to a room's log if the CTE `source` has a row (it has one at most).

    `room`, `event` and `data` are SQL, which may name columns of `source`; the event's number is `room_logged.seq`.
    With them a statement writes what happened and its event; `announce` delivers it. Like `append_event` they hold the
    room's row lock until the transaction ends.
    """
    return f"""room_numbered AS (
        INSERT INTO realtime_rooms AS r (room, seq) SELECT {room}, 1 FROM {source}
        ON CONFLICT (room) DO UPDATE SET seq = r.seq + 1 RETURNING r.seq
    ), room_logged AS (
        INSERT INTO realtime_events (room, seq, event, data)
        SELECT {room}, room_numbered.seq, {event}, {data} FROM room_numbered, {source} RETURNING seq
    )"""


_APPEND: Final = f"""
WITH said AS (SELECT), {appending("said", room="$1::text", event="$2", data="$3")} SELECT seq FROM room_logged
"""
_APPEND_ALL: Final = """
WITH said AS (
    SELECT data, place FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS given (data, place)
), numbered AS (
    INSERT INTO realtime_rooms AS r (room, seq) SELECT $1, count(*) FROM said
    ON CONFLICT (room) DO UPDATE SET seq = r.seq + excluded.seq RETURNING r.seq
), logged AS (
    INSERT INTO realtime_events (room, seq, event, data)
    SELECT $1, numbered.seq - (SELECT count(*) FROM said) + said.place, $2, said.data FROM numbered, said
)
SELECT seq FROM numbered
"""
_APPEND_EACH: Final = """
WITH said AS (
    SELECT room, data FROM unnest($1::text[]) WITH ORDINALITY AS rooms (room, place)
        JOIN jsonb_array_elements($3::jsonb) WITH ORDINALITY AS given (data, place) USING (place)
), numbered AS (
    INSERT INTO realtime_rooms AS r (room, seq) SELECT room, 1 FROM said ORDER BY room
    ON CONFLICT (room) DO UPDATE SET seq = r.seq + 1 RETURNING r.room, r.seq
), logged AS (
    INSERT INTO realtime_events (room, seq, event, data)
    SELECT room, numbered.seq, $2, said.data FROM numbered JOIN said USING (room)
)
SELECT room, seq FROM numbered
"""
_READ: Final = """
SELECT seq, event, data FROM realtime_events WHERE room = $1 AND seq > $2 ORDER BY seq LIMIT $3
"""
_HEAD: Final = "SELECT seq, pruned_seq FROM realtime_rooms WHERE room = $1"
_HEADS: Final = "SELECT room, seq FROM realtime_rooms WHERE room = ANY($1::text[])"
_PRUNE: Final = """
WITH old AS (
    SELECT room, seq FROM realtime_events WHERE created_at < now() - $1::interval ORDER BY created_at LIMIT $2
), gone AS (
    DELETE FROM realtime_events e USING old WHERE e.room = old.room AND e.seq = old.seq
    RETURNING e.room, e.seq
), last AS (
    SELECT room, max(seq) AS seq FROM gone GROUP BY room
), marked AS (
    UPDATE realtime_rooms r SET pruned_seq = greatest(r.pruned_seq, last.seq)
    FROM last WHERE r.room = last.room
)
SELECT count(*) FROM gone
"""
_PRUNE_BATCH: Final = 5_000
_REWRITE: Final = "UPDATE realtime_events SET data = $3 WHERE room = $1 AND data @> $2"
_ERASE: Final = """
WITH marked AS (UPDATE realtime_rooms SET pruned_seq = seq WHERE room = $1)
DELETE FROM realtime_events WHERE room = $1
"""


async def append_event(tx: LogTransaction, *, room: str, event: LoggedEvent[P], data: P) -> int:
    """Append to the room's log and deliver to all its clients, in all processes, once `tx` has committed.

    It takes one round trip. `data` is an object (a Struct is stored as JSON); clients receive it with `seq` added.
    Return the event's number: 1 for a room's first, and no number is ever skipped. Appends to one room wait for each
    other until their transactions end: append late, and always in the same order of rooms.
    """
    return await _append(tx, room, event.name, msgspec.to_builtins(data))


async def append_events(tx: LogTransaction, *, room: str, event: LoggedEvent[P], data: Sequence[P]) -> None:
    """Append several events of one kind, in order, in one round trip; otherwise as `append_event`."""
    if not data:
        return
    plain = [msgspec.to_builtins(each) for each in data]
    last: int = await tx.kernel.fetch_value(_APPEND_ALL, room, event.name, plain)
    for seq, each in enumerate(plain, last - len(plain) + 1):
        tx.after_commit(Appended(room=room, seq=seq, event=event.name, data=each))


async def append_each(tx: LogTransaction, *, event: LoggedEvent[P], data: Mapping[str, P]) -> None:
    """Append an event to each of several rooms, by their names, in one round trip; otherwise as `append_event`."""
    if not data:
        return
    plain = {room: msgspec.to_builtins(each) for room, each in data.items()}
    for room, seq in await tx.kernel.fetch(_APPEND_EACH, list(plain), event.name, list(plain.values())):
        tx.after_commit(Appended(room=room, seq=seq, event=event.name, data=plain[room]))


async def _append(tx: LogTransaction, room: str, event: str, plain: dict[str, Any]) -> int:
    seq = await append(tx, room, event, plain)
    tx.after_commit(Appended(room=room, seq=seq, event=event, data=plain))
    return seq


def announce(tx: LogTransaction, *, room: str, event: LoggedEvent[P], seq: int, data: P) -> None:
    """Deliver an event that a statement of `tx` has logged itself (`appending`), once that has committed.

    `data` must be what was logged: clients that return later are sent that.
    """
    tx.after_commit(Appended(room=room, seq=seq, event=event.name, data=msgspec.to_builtins(data)))


async def close_sockets(tx: LogTransaction, *, key: str, problem: Problem) -> None:
    """Close every socket tagged with `key`, in all processes, once `tx` has committed.

    Each client is sent the problem first, `error {message, code, details?}`. Outside a transaction use
    `Hub.disconnect`.
    """
    await _append(tx, CONTROL_ROOM, "close", {"key": key, "error": error_payload(problem)})


async def prune_events(db: Executor, older_than: timedelta) -> int:
    """Delete logged events older than this; return their number.

    A client that asks for deleted events is told to load the state again (`Joined.reset`).
    """
    total = 0
    while True:
        gone: int = await db.fetch_value(_PRUNE, older_than, _PRUNE_BATCH)
        total += gone
        if gone < _PRUNE_BATCH:
            return total


async def rewrite_events(
    tx: Executor, *, room: str, having: Mapping[str, Any], data: Mapping[str, Any] | msgspec.Struct
) -> None:
    """Replace the data of the events in the room's log whose data contains `having` (jsonb's `@>`).

    This is for redaction: clients that catch up from now on receive `data` instead.
    """
    await tx.kernel.execute(_REWRITE, room, having, msgspec.to_builtins(data))


async def erase_room(tx: Executor, *, room: str) -> None:
    """Delete a room's log. Its numbers continue, so that clients still in the room miss nothing."""
    await tx.kernel.execute(_ERASE, room)


async def append(db: Executor, room: str, event: str, data: dict[str, Any]) -> int:
    """Append only and return the event's number; the caller delivers it."""
    seq: int = await db.kernel.fetch_value(_APPEND, room, event, data)
    return seq


async def read_events(db: Executor, room: str, after: int, limit: int) -> list[RoomEvent]:
    """Return the next events of a room after number `after`, in order."""
    return [
        RoomEvent(row["seq"], row["event"], row["data"]) for row in await db.fetch(_READ, room, after, limit)
    ]


async def find_head(db: Executor, room: str) -> RoomHead:
    """Return the room's numbers; zeros for a room without a log."""
    row = await db.fetch_row(_HEAD, room)
    return RoomHead() if row is None else RoomHead(row["seq"], row["pruned_seq"])


class Reader(Protocol):
    """Reads rows for `list_heads`."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return all rows."""


class BackgroundReader:
    """Reads with a database's connections without counting in its `statements`, which are the cost of requests."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Return all rows. Raise Unavailable when no connection is free."""
        connection = await self._pool.acquire()
        try:
            rows: list[Any] = await connection.fetch(sql, *args)
            return rows
        finally:
            self._pool.release(connection)


async def list_heads(db: Reader, rooms: Sequence[str]) -> dict[str, int]:
    """Return the last number of each of these rooms that has a log."""
    return {row["room"]: row["seq"] for row in await db.fetch(_HEADS, rooms)}
