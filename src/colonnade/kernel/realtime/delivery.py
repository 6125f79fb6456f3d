"""Delivers published and logged events to this process's sockets, in order, and replays missed ones from the log.

The logged events of a room are delivered in the order of their numbers, each exactly once. Events that do not arrive (a
process died between commit and publish, Redis was unreachable) are read from the log, at the latest at the next
comparison with it. Events that are not logged are delivered as they arrive.

Out of scope: which client is in which room (`rooms`), and the log's SQL (`log`).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
import structlog

from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.providing import call
from colonnade.kernel.db import Database, Executor, mark_as_background
from colonnade.kernel.realtime import log as room_log
from colonnade.kernel.realtime.background import background
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.codec import encode_event, event_packets
from colonnade.kernel.realtime.feed import RoomFeed
from colonnade.kernel.realtime.log import CONTROL_ROOM, EVENT_HIDDEN, Appended, Emit, HiddenEvent, RoomEvent
from colonnade.kernel.realtime.rooms import Rooms
from colonnade.kernel.realtime.routes import ReplayFilter

__all__ = ["Delivery", "Joined"]

log = structlog.get_logger(__name__)

_TOPIC: Final = "realtime"
_BATCH: Final = 200
_GAP_WAIT_SECONDS: Final = 0.03
"""How long to wait for an event that later ones have overtaken before reading it from the log."""
_COMPARE_SECONDS: Final = 2.0
_COMPARE_WITHOUT_BUS_SECONDS: Final = 0.5
"""How often the rooms are compared with the log while the bus is connected, and while it is not."""


class Joined(msgspec.Struct, frozen=True):
    """A client's position in a room's log, to be returned as the acknowledgement of a join event.

    The client has every event up to `seq` and will receive those that follow. `reset` means that its `after` is older
    than the log (or from another one): it must load the room's state again, which is then at least as new as `seq`.
    """

    room: str
    seq: int
    replayed: int = 0
    reset: bool = False


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """An event encoded once for this process's sockets and for the other processes; seq 0: not logged."""

    origin: str
    room: str
    body: bytes
    attachments: tuple[bytes, ...] = ()
    skip: str = ""
    seq: int = 0


async def wait_for_others(waiting: Awaitable[None] | None) -> None:
    """Await what tells other processes, as `deliver` has returned it."""
    if waiting is not None:
        await waiting


class Delivery:
    """The rooms of one process. `obey` is called with the data of each order in the control room."""

    def __init__(
        self,
        rooms: Rooms,
        db: Executor,
        bus: Bus,
        *,
        replay_filters: Mapping[str, ReplayFilter],
        obey: Callable[[dict[str, Any]], None],
        replay_events: int,
    ) -> None:
        self._rooms = rooms
        self._db = db
        self._background: room_log.Reader = (
            room_log.BackgroundReader(db.pool) if isinstance(db, Database) else db
        )
        self._bus = bus
        self._filters = sorted(replay_filters.items(), key=lambda item: -len(item[0]))
        self._obey = obey
        self._replay_events = replay_events
        self._origin = secrets.token_urlsafe(9)
        self._feeds: dict[str, RoomFeed[Packed]] = {CONTROL_ROOM: RoomFeed(self._send)}
        self._services: Any = None
        self._comparer: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self, services: Any) -> None:
        """Start receiving from the other processes. Raise the database's errors."""
        self._services = services
        self._unsubscribe = self._bus.subscribe(_TOPIC, self._on_bus)
        self._bus.on_gap(self._compare)
        self._feeds[CONTROL_ROOM].prime((await room_log.find_head(self._db, CONTROL_ROOM)).seq)
        self._comparer = asyncio.create_task(self._compare_forever(), name="realtime:compare")

    async def stop(self) -> None:
        """Stop delivering."""
        self._unsubscribe()
        if self._comparer is not None:
            self._comparer.cancel()
            await asyncio.gather(self._comparer, return_exceptions=True)
            self._comparer = None

    def deliver(self, event: Emit[Any] | Appended) -> Awaitable[None] | None:
        """Deliver `event` to the clients of this process; return what tells other processes, if there may be any."""
        if not self._bus.shared and not self._has_clients(event.room):
            return None
        if isinstance(event, Appended):
            packed = self._pack(event.room, event.event, {**event.data, "seq": event.seq}, seq=event.seq)
        else:
            packed = self._pack(event.room, event.event.name, event.data, skip=event.skip)
        self._accept(packed)
        return self._relay(packed)

    async def order(self, data: dict[str, Any]) -> None:
        """Log an order and deliver it to every process; without the database, to those that the bus reaches."""
        try:
            seq = await room_log.append(self._db, CONTROL_ROOM, "close", data)
        except Exception:
            log.exception("socket close order not logged")
            packed = self._pack(CONTROL_ROOM, "close", data)
            self._send(packed)
            await wait_for_others(self._relay(packed))
        else:
            await wait_for_others(
                self.deliver(Appended(room=CONTROL_ROOM, seq=seq, event="close", data=data))
            )

    async def join(self, client: Client, room: str, after: int | None) -> Joined:
        """Replay the events that the client missed, then let it enter, without a gap or a duplicate in between."""
        client.check_room(room)
        if after is None and room in client.rooms and room in self._feeds:
            return Joined(room=room, seq=self._feeds[room].position)
        client.leave(room)
        feed = self._feeds.setdefault(room, RoomFeed(self._send))
        feed.joiners += 1
        try:
            head = await room_log.find_head(self._db, room)
            feed.prime(head.seq)
            newest = max(head.seq, feed.position)
            reset = after is not None and not (
                head.pruned_seq <= after <= newest and newest - after <= self._replay_events
            )
            known = newest if after is None or reset else after
            replayed, too_short = await self._catch_up(client, room, feed, known, head.seq)
            client.enter(room)
            return Joined(room=room, seq=feed.position, replayed=replayed, reset=reset or too_short)
        finally:
            feed.joiners -= 1

    async def _catch_up(
        self, client: Client, room: str, feed: RoomFeed[Packed], known: int, head: int
    ) -> tuple[int, bool]:
        """Deliver the log up to `head` to the room, and to the client what it does not know.

        A room may be behind the log, and behind a client that comes from another process: then all its clients get the
        events now, and a later arrival is dropped. Return (events sent, log too short).
        """
        sent = 0
        cursor = min(known, feed.position)
        while cursor < max(head, feed.position):
            rows = await room_log.read_events(self._db, room, cursor, _BATCH)
            if not rows or rows[0].seq != cursor + 1:
                feed.skip_to(head)
                return sent, known < head
            visible, hidden = await self._visible(room, rows)
            # Nothing awaits from here to the comparison above (or to the client's entry, in `join`): an event
            # reaches this client either through this loop or through the room that it is then in.
            for row in rows:
                packed = visible[row.seq]
                feed.offer(row.seq, packed)
                if row.seq > known:
                    sent += row.seq not in hidden
                    client.send(event_packets(client.namespace, packed.body, packed.attachments))
            cursor = rows[-1].seq
            if cursor < max(head, feed.position):
                await client.drained()
        return sent, False

    def _has_clients(self, room: str) -> bool:
        """Return whether an event of the room concerns this process; a feed may have clients that are joining."""
        return room in self._feeds or room in self._rooms

    def _relay(self, packed: Packed) -> Awaitable[None] | None:
        return self._bus.relay(_TOPIC, msgspec.msgpack.encode(packed)) if self._bus.shared else None

    async def _on_bus(self, payload: bytes) -> None:
        packed = msgspec.msgpack.decode(payload, type=Packed)
        if packed.origin != self._origin:
            self._accept(packed)

    def _accept(self, packed: Packed) -> None:
        if packed.seq == 0:
            self._send(packed)
            return
        feed = self._feeds.get(packed.room)
        if feed is None:
            if packed.room not in self._rooms:
                return
            # A client has entered without using the log: the feed begins here.
            feed = self._feeds[packed.room] = RoomFeed(self._send, packed.seq - 1)
        feed.offer(packed.seq, packed)
        if feed.waiting and feed.delivered is not None and not feed.mending:
            feed.mending = True
            background(self._mend(packed.room, feed))

    def _send(self, packed: Packed) -> None:
        if packed.room == CONTROL_ROOM:
            self._obey(msgspec.json.decode(packed.body)[1])
            return
        for namespace in self._rooms.namespaces_of(packed.room):
            packets = event_packets(namespace, packed.body, packed.attachments)
            self._rooms.broadcast(packed.room, namespace, packets, packed.skip)

    async def _mend(self, room: str, feed: RoomFeed[Packed]) -> None:
        await asyncio.sleep(_GAP_WAIT_SECONDS)
        feed.mending = False
        if feed.waiting:
            with contextlib.suppress(Exception):  # the next comparison tries again and logs the error
                await self._fetch(room, feed)

    async def _fetch(self, room: str, feed: RoomFeed[Packed]) -> None:
        """Deliver the events in the log beyond the feed's position."""
        if feed.fetching:
            return
        feed.fetching = True
        try:
            full = True
            while full:
                position = feed.position
                rows = await room_log.read_events(self._db, room, position, _BATCH)
                full = len(rows) == _BATCH
                visible, _ = await self._visible(room, rows)
                if self._feeds.get(room) is not feed:
                    return  # all clients have left meanwhile; those here now have a new feed
                if rows and rows[0].seq > position + 1:
                    log.warning("room log pruned before delivery", room=room)
                    feed.skip_to(rows[0].seq - 1)
                for row in rows:
                    feed.offer(row.seq, visible[row.seq])
        finally:
            feed.fetching = False

    async def _visible(self, room: str, rows: list[RoomEvent]) -> tuple[dict[int, Packed], set[int]]:
        """Return the rows by number, packed as clients may see them now, and the numbers of those they may not.

        In place of an event that the replay filter leaves out, clients get its number: else they could not tell a
        hidden event from a lost one.
        """
        shown: Any = rows
        for prefix, replay_filter in self._filters:
            if rows and room.startswith(prefix):
                shown = await call(replay_filter, self._services, room, list(rows))
                break
        packed = {
            event.seq: self._pack(room, event.event, {**event.data, "seq": event.seq}, seq=event.seq)
            for event in shown
        }
        hidden = {row.seq for row in rows} - packed.keys()
        for seq in hidden:
            packed[seq] = self._pack(room, EVENT_HIDDEN.name, HiddenEvent(room, seq), seq=seq)
        return packed, hidden

    async def _compare_forever(self) -> None:
        mark_as_background()
        while True:
            await self._pause()
            try:
                await self._compare()
            except Exception as error:
                log.warning("comparing rooms with their logs failed", error=repr(error))

    async def _pause(self) -> None:
        """Return when the next comparison is due; a bus that is lost meanwhile makes it due at once."""
        if not self._bus.connected:
            await asyncio.sleep(_COMPARE_WITHOUT_BUS_SECONDS)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bus.wait_until_lost(), _COMPARE_SECONDS)

    async def _compare(self) -> None:
        """Read missing events from the log, and drop rooms without clients in this process."""
        if self._comparer is None:
            return
        for room, feed in list(self._feeds.items()):
            if room != CONTROL_ROOM and not feed.joiners and room not in self._rooms:
                del self._feeds[room]
        heads = await room_log.list_heads(self._background, list(self._feeds))
        for room, seq in heads.items():
            known = self._feeds.get(room)
            if known is not None and known.delivered is not None and seq > known.delivered:
                await self._fetch(room, known)

    def _pack(self, room: str, event: str, data: Any, *, skip: str = "", seq: int = 0) -> Packed:
        if seq:  # from the log, or for it: JSON already, without bytes objects
            return Packed(self._origin, room, msgspec.json.encode((event, data)), seq=seq)
        body, attachments = encode_event(event, data)
        return Packed(self._origin, room, body, tuple(attachments), skip)
