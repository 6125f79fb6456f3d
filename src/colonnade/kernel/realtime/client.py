"""One connected client, as the handlers of a product see it.

Its methods act at once and do not wait: sending passes the packet to the transport, whose backlog is bounded (a client
that does not read is disconnected).
"""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

from colonnade.kernel.core import BadRequest, Problem, UnloggedEvent
from colonnade.kernel.realtime.engine import LeanSocket, Outgoing
from colonnade.kernel.realtime.fanout import LeanManager, encode_event, error_payload, event_packets

__all__ = ["Client", "TooManyRooms"]

_MAX_ROOM_NAME: Final = 200

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
    the peer's IP address.
    """

    __slots__ = (
        "_manager",
        "_rooms",
        "_socket",
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
        socket: LeanSocket,
        manager: LeanManager,
        tagger: Tagger,
    ) -> None:
        self.id = id
        self.namespace = namespace
        self.identity = identity
        self.person = person
        self.address = socket.address
        self.state: dict[str, Any] = {}
        self.connected = True
        self.keys: set[str] = set()
        self.opened_at = opened_at
        self._rooms: set[str] = set()
        self._socket = socket
        self._manager = manager
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
            try:
                self._manager.basic_enter_room(self.id, self.namespace, room)
            except ValueError:
                raise BadRequest("There is no such room.") from None
            self._rooms.add(room)

    def leave(self, room: str) -> None:
        """Receive no more events from `room`; does nothing if it is not in it."""
        if room in self._rooms:
            self._rooms.discard(room)
            self._manager.basic_leave_room(self.id, self.namespace, room)

    def emit(self, event: UnloggedEvent[P], data: P) -> None:
        """Send an event to this client only."""
        self._emit(event.name, data)

    def fail(self, code: str, message: str) -> None:
        """Send `error {message, code}`."""
        self._emit("error", {"message": message, "code": code})

    def fail_with(self, problem: Problem) -> None:
        """Send a Problem as `error {message, code, details?}`."""
        self._emit("error", error_payload(problem))

    def tag(self, key: str) -> None:
        """Let `Hub.disconnect(key)` close this client; keys are such as "account:7" or "session:…"."""
        self._tagger.tag(self, key)

    def check_room(self, room: str) -> None:
        """Raise BadRequest or TooManyRooms unless this client may enter a room of that name."""
        if not room or len(room) > _MAX_ROOM_NAME or room.startswith("$") or "\x00" in room:
            raise BadRequest("There is no such room.")
        if room not in self._rooms and len(self._rooms) >= self._socket.limits.rooms_per_socket:
            raise TooManyRooms

    def send(self, packets: list[Outgoing]) -> None:
        """Pass packets to the transport; do nothing if the client has gone."""
        if self.connected:
            for outgoing in packets:
                self._socket.push(outgoing)

    def _emit(self, event: str, data: Any) -> None:
        self.send(event_packets(self.namespace, *encode_event(event, data)))

    async def drained(self) -> None:
        """Wait until the client has read most of what was sent (back-pressure); only for senders of much data."""
        await self._socket.drained()

    def mute(self) -> None:
        """Take it out of its rooms; `rooms` keeps them for `on_disconnect`."""
        for room in self._rooms:
            self._manager.basic_leave_room(self.id, self.namespace, room)
