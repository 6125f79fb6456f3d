"""One connected client, as the handlers of a product see it.

Its methods act at once and do not wait: sending passes the packet to the transport, whose backlog is bounded (a client
that does not read is disconnected). `call` waits for the client's answer.

Out of scope: what a client says (`peer`), and who it is (`hub`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final, Protocol, TypeVar

from colonnade.kernel.core import BadRequest, Problem, UnloggedEvent
from colonnade.kernel.realtime.codec import encode_event, error_payload, event_packets
from colonnade.kernel.realtime.packets import Outgoing
from colonnade.kernel.realtime.rooms import Rooms
from colonnade.kernel.realtime.session import Session

__all__ = ["Client", "TooManyRooms"]

_MAX_ROOM_NAME: Final = 200
_ANSWER_SECONDS: Final = 10.0

P = TypeVar("P")


class TooManyRooms(Problem):
    """The client is in as many rooms as a socket may enter."""

    status = 429
    code = "TOO_MANY_ROOMS"
    message = "You are in too many rooms. Leave one first."


class Tagger(Protocol):
    """Closes sockets by key."""

    def tag(self, client: Client, key: str) -> None:
        """Close `client` whenever `key` is closed."""


class Client:
    """A connection to one namespace.

    `identity` is the result of the product's `authenticate` (None: anonymous), `person` the key of whom it stands for
    (`account:7`; None: nobody known); `state` belongs to the product, for as long as the connection lasts; `address` is
    the peer's IP address. What is sent before the client knows that it is connected is kept until then.
    """

    __slots__ = (
        "_acks",
        "_held",
        "_next_ack",
        "_rooms",
        "_rooms_of_process",
        "_session",
        "_tagger",
        "address",
        "connected",
        "id",
        "identity",
        "keys",
        "namespace",
        "opened_at",
        "person",
        "state",
    )

    def __init__(
        self,
        *,
        id: str,
        namespace: str,
        identity: Any,
        person: str | None,
        opened_at: float,
        session: Session,
        rooms: Rooms,
        tagger: Tagger,
    ) -> None:
        self.id = id
        self.namespace = namespace
        self.identity = identity
        self.person = person
        self.address = session.address
        self.state: dict[str, Any] = {}
        self.connected = True
        self.keys: set[str] = set()
        self.opened_at = opened_at
        self._acks: dict[int, asyncio.Future[list[Any]]] = {}
        self._next_ack = 0
        self._held: list[Outgoing] | None = []
        self._rooms: set[str] = set()
        self._rooms_of_process = rooms
        self._session = session
        self._tagger = tagger

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms that it has entered and not left, still available in `on_disconnect`."""
        return frozenset(self._rooms)

    def enter(self, room: str) -> None:
        """Receive the events sent to `room` from now on. For a room with a log use `Hub.join_with_catchup`.

        Raise TooManyRooms, or BadRequest for a name that is empty, longer than 200 characters or reserved.
        """
        self.check_room(room)
        if self.connected and room not in self._rooms:
            self._rooms_of_process.enter(room, self)
            self._rooms.add(room)

    def leave(self, room: str) -> None:
        """Receive no more events from `room`; does nothing if it is not in it."""
        if room in self._rooms:
            self._rooms.discard(room)
            self._rooms_of_process.leave(room, self)

    def emit(self, event: UnloggedEvent[P], data: P) -> None:
        """Send an event to this client only; a tuple is several arguments, None is none."""
        self._emit(event.name, data)

    async def call(self, event: UnloggedEvent[P], data: P, *, seconds: float = _ANSWER_SECONDS) -> Any:
        """Send an event and return the client's acknowledgement: its argument, a tuple of several, or None.

        The client may answer anything: convert it before use. Raise TimeoutError without an answer in time, and
        ConnectionError if the client is gone before.
        """
        if not self.connected:
            raise ConnectionError("the client is gone")
        number, self._next_ack = self._next_ack, self._next_ack + 1
        waiting = self._acks[number] = asyncio.get_running_loop().create_future()
        try:
            self.send(event_packets(self.namespace, *encode_event(event.name, data), ack=number))
            async with asyncio.timeout(seconds):
                answer = await waiting
        finally:
            self._acks.pop(number, None)
        return tuple(answer) if len(answer) > 1 else answer[0] if answer else None

    def fail(self, error: dict[str, Any]) -> None:
        """Send `error {message, code, details?}` (`error_payload`)."""
        self._emit("error", error)

    def fail_with(self, problem: Problem) -> None:
        """Send a Problem as `error {message, code, details?}`."""
        self.fail(error_payload(problem))

    def tag(self, key: str) -> None:
        """Let `Hub.disconnect(key)` close this client; keys are such as "account:7" or "session:…"."""
        self._tagger.tag(self, key)

    def check_room(self, room: str) -> None:
        """Raise BadRequest or TooManyRooms unless this client may enter a room of that name."""
        if not room or len(room) > _MAX_ROOM_NAME or room.startswith("$") or "\x00" in room:
            raise BadRequest("There is no such room.")
        if room not in self._rooms and len(self._rooms) >= self._session.limits.rooms_per_socket:
            raise TooManyRooms

    def send(self, packets: Iterable[Outgoing]) -> None:
        """Pass packets to the transport; do nothing if the client has gone."""
        if not self.connected:
            return
        if self._held is not None:
            self._held.extend(packets)
            return
        for outgoing in packets:
            self._session.push(outgoing)

    async def drained(self) -> None:
        """Wait until the client has read most of what was sent (back-pressure); only for senders of much data."""
        if self._held is None:
            await self._session.drained()

    def release(self) -> None:
        """Send what was kept until the client knew that it is connected."""
        held, self._held = self._held, None
        if held:
            self.send(held)

    def acknowledged(self, number: int, answer: list[Any]) -> None:
        """Take the answer to a call; one that nobody waits for is ignored."""
        waiting = self._acks.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def gone(self) -> None:
        """Take it out of its rooms; `rooms` keeps them for `on_disconnect`."""
        if not self.connected:
            return
        self.connected = False
        for room in self._rooms:
            self._rooms_of_process.leave(room, self)
        for waiting in self._acks.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the client is gone"))

    def _emit(self, event: str, data: Any) -> None:
        self.send(event_packets(self.namespace, *encode_event(event, data)))
