"""What one client says over its session: Socket.IO's packets, put in order, refused, or passed to the hub.

The source is Socket.IO's protocol, revision 5. Connecting, leaving and events are handled one after the other, in the
order in which they were sent; pings and acknowledgements wait for none of them. What is no packet of Socket.IO is told
to the client and ends the session, as with Node's server; what is one, but asks for too much, is only refused.

Out of scope: what events mean, and who may connect (`hub`).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

import structlog

from colonnade.kernel.core import BadRequest, Invalid, Problem, TooManyRequests
from colonnade.kernel.realtime.background import background
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.codec import Kind, SocketPacket, packets_of
from colonnade.kernel.realtime.limits import Meter
from colonnade.kernel.realtime.packets import Malformed
from colonnade.kernel.realtime.session import Session

__all__ = ["RESERVED_EVENTS", "House", "Peer"]

log = structlog.get_logger(__name__)

RESERVED_EVENTS: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
_BEGINNING: Final = re.compile(r"[25](?:\d{1,9}-)?(?:(/[^,]{0,200}),)?(\d{1,15})?")
"""Namespace and number of an event whose rest cannot be read."""
_MAX_UNHANDLED_BYTES: Final = 1024 * 1024
_EVENT_BYTES: Final = 256
"""What an event counts at least while it waits to be handled."""
_SLOW_DOWN: Final = TooManyRequests("Rate limit exceeded. Please slow down.")


class House(Protocol):
    """What clients connect to."""

    @property
    def namespaces(self) -> Collection[str]:
        """Those that exist."""

    async def connect(self, peer: Peer, namespace: str, auth: Any) -> Client:
        """Return the client that is connected now. Raise Problem to refuse it."""

    async def handle(self, client: Client, event: str, arguments: list[Any]) -> list[Any]:
        """Handle an event and return the arguments of its acknowledgement; never raise."""

    async def disconnected(self, client: Client) -> None:
        """Handle that a client has gone; never raise."""


class Peer:
    """One session's clients, by namespace; `scope` is the ASGI scope of the request that opened the session."""

    def __init__(self, session: Session, scope: Mapping[str, Any], house: House) -> None:
        self.session = session
        self.scope = scope
        self.clients: dict[str, Client] = {}
        self._house = house
        self._connections = Meter(session.limits.connections_per_minute)
        self._partial: SocketPacket | None = None
        self._ignored_attachments = 0
        self._inbox: deque[tuple[int, Callable[[], Awaitable[None]]]] = deque()
        self._unhandled_bytes = 0
        self._working = False

    def receive(self, data: str | bytes) -> None:
        """Take one message. Raise Malformed, after the client was told, to end the session."""
        try:
            received = self._assemble(data)
            if received is not None:
                self._dispatch(received, len(data))
        except Malformed:
            beginning = _BEGINNING.match(data) if isinstance(data, str) else None
            namespace, number = beginning.groups() if beginning else (None, None)
            ack = int(number) if number else None
            self._refuse(
                (namespace or "/") if beginning else None, ack, BadRequest("The message could not be read.")
            )
            raise

    def ended(self) -> None:
        """Let every client leave, after what it sent before was handled."""
        for client in self.clients.values():
            client.gone()
        self._later(0, self._leave_all)

    def leave(self, client: Client) -> None:
        """Send a client away from its namespace."""
        self._say(SocketPacket(Kind.DISCONNECT, namespace=client.namespace))
        client.gone()

    def _assemble(self, data: str | bytes) -> SocketPacket | None:
        """Return a complete packet; None if attachments are missing, or were refused with their event."""
        if isinstance(data, bytes):
            if self._ignored_attachments:
                self._ignored_attachments -= 1
                return None
            partial = self._partial
            if partial is None:
                raise Malformed("an attachment of nothing")
            if not partial.complete(data):
                return None
            self._partial = None
            return partial
        if self._partial is not None:
            raise Malformed("attachments are missing")
        self._ignored_attachments = 0
        read = SocketPacket.read(data)
        if not read.lacks_attachments:
            return read
        if read.attachment_count > self.session.limits.attachments:
            self._ignored_attachments = read.attachment_count
            self._refuse(read.namespace or "/", read.id, Invalid("Too many attachments."))
        else:
            self._partial = read
        return None

    def _dispatch(self, received: SocketPacket, size: int) -> None:
        namespace = received.namespace or "/"
        kind = received.packet_type
        if kind == Kind.CONNECT:
            self._receive_connect(namespace, received.data, size)
        elif kind == Kind.DISCONNECT:
            self._later(size, lambda: self._disconnect(namespace))
        elif kind in (Kind.EVENT, Kind.BINARY_EVENT):
            self._receive_event(namespace, received, size)
        elif kind in (Kind.ACK, Kind.BINARY_ACK):
            self._receive_ack(namespace, received)
        else:
            raise Malformed("not a packet of a client")

    def _receive_connect(self, namespace: str, auth: Any, size: int) -> None:
        if self._connections.spend() and self._has_room(size):
            self._later(size + _EVENT_BYTES, lambda: self._connect(namespace, auth))
        else:
            self._refuse_connection(namespace, _SLOW_DOWN)

    def _receive_ack(self, namespace: str, received: SocketPacket) -> None:
        if received.id is None or not isinstance(received.data, list):
            raise Malformed("not an acknowledgement")
        client = self.clients.get(namespace)
        if client is not None:
            client.acknowledged(received.id, received.data)

    def _receive_event(self, namespace: str, received: SocketPacket, size: int) -> None:
        data, ack = received.data, received.id
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            raise Malformed("not an event")
        if data[0] in RESERVED_EVENTS:
            self._refuse(namespace, ack, Invalid("This is not an event."))
        elif not self.session.events.spend() or not self._has_room(size):
            self._refuse(namespace, ack, _SLOW_DOWN)
        else:
            self._later(size + _EVENT_BYTES, lambda: self._handle(namespace, data, ack))

    async def _connect(self, namespace: str, auth: Any) -> None:
        if self.session.closed or namespace in self.clients:
            return
        if namespace not in self._house.namespaces:
            self._say(SocketPacket(Kind.CONNECT_ERROR, {"message": "Invalid namespace"}, namespace))
            return
        try:
            client = await self._house.connect(self, namespace, auth)
        except Problem as problem:
            self._refuse_connection(namespace, problem)
            return
        self.clients[namespace] = client
        self.session.joined()
        self._say(SocketPacket(Kind.CONNECT, {"sid": client.id}, namespace))
        client.release()

    async def _disconnect(self, namespace: str) -> None:
        client = self.clients.pop(namespace, None)
        if client is not None:
            client.gone()
            await self._house.disconnected(client)
        if not self.clients and not self.session.closed:
            self.session.expect_join()

    async def _handle(self, namespace: str, data: list[Any], ack: int | None) -> None:
        client = self.clients.get(namespace)
        if client is None:
            return
        answer = await self._house.handle(client, data[0], data[1:])
        if ack is not None:
            self._say(SocketPacket(Kind.ACK, answer, namespace, ack))

    async def _leave_all(self) -> None:
        while self.clients:
            _, client = self.clients.popitem()
            await self._house.disconnected(client)

    def _refuse(self, namespace: str | None, ack: int | None, problem: Problem) -> None:
        """Tell the client of a namespace, or all clients if it is not known, that a message was refused."""
        self.session.counters.refused_events += 1
        names = list(self.clients) if namespace is None else [namespace]
        for client in [self.clients[name] for name in names if name in self.clients]:
            client.fail_with(problem)
            if ack is not None:
                answer = [{"error": {"message": problem.message, "code": problem.code}}]
                client.send(packets_of(SocketPacket(Kind.ACK, answer, client.namespace, ack)))

    def _refuse_connection(self, namespace: str, problem: Problem) -> None:
        data = {"message": problem.message, "code": problem.code}
        refusal = {"message": problem.message, "data": data}
        self._say(SocketPacket(Kind.CONNECT_ERROR, refusal, namespace))

    def _has_room(self, size: int) -> bool:
        """Return whether something of this size may wait to be handled."""
        return self._unhandled_bytes + size + _EVENT_BYTES <= _MAX_UNHANDLED_BYTES

    def _say(self, said: SocketPacket) -> None:
        for outgoing in packets_of(said):
            self.session.push(outgoing)

    def _later(self, size: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do this when everything before is done."""
        self._unhandled_bytes += size
        self._inbox.append((size, work))
        if not self._working:
            self._working = True
            background(self._work())

    async def _work(self) -> None:
        try:
            while self._inbox:
                size, work = self._inbox.popleft()
                try:
                    await work()
                except Exception:
                    log.exception("serving a socket failed")
                self._unhandled_bytes -= size
        finally:
            self._working = False
