"""What one client says over its session: Socket.IO's packets, put in order, refused, or passed to the hub.

The source is Socket.IO's protocol, revision 5. Connecting, leaving and events are handled one after the other, in the
order in which they were sent; pings and acknowledgements wait for none of them. What is no packet of Socket.IO is told
to the client and ends the session, as with Node's server; what is one, but asks for too much, is only refused.

Out of scope: what events mean, and who may connect (`hub`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

import structlog

from colonnade.kernel.core import BadRequest, Invalid, Problem, TooManyRequests
from colonnade.kernel.realtime.background import background
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.codec import (
    Beginning,
    Kind,
    SocketPacket,
    beginning_of,
    count_values,
    error_payload,
    packets_of,
)
from colonnade.kernel.realtime.limits import Meter
from colonnade.kernel.realtime.packets import Malformed
from colonnade.kernel.realtime.routes import RESERVED_EVENTS
from colonnade.kernel.realtime.session import Session

__all__ = ["House", "Peer"]

log = structlog.get_logger(__name__)

_MAX_UNHANDLED_BYTES: Final = 256 * 1024
_MAX_ATTACHED_BYTES: Final = 256 * 1024
_MAX_VALUES: Final = 10_000
"""Values of one message: as text they take at most 64 KiB, as objects twenty times as much."""
_MAX_CREDENTIALS_CHARACTERS: Final = 16 * 1024
_EVENT_BYTES: Final = 256
"""What an event counts at least while it waits to be handled."""
_SLOW_DOWN: Final = TooManyRequests("Rate limit exceeded. Please slow down.")


_KEPT_HEADERS: Final = frozenset(
    {b"authorization", b"cookie", b"host", b"origin", b"user-agent", b"accept-language"}
)
_MAX_KEPT_BYTES: Final = 32 * 1024


def _kept_of(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a session may keep of a request's scope: thousands of headers would stay as long as it does."""
    headers = [
        (bytes(name), bytes(value)) for name, value in scope["headers"] if name.lower() in _KEPT_HEADERS
    ]
    while sum(len(name) + len(value) for name, value in headers) > _MAX_KEPT_BYTES:
        headers.remove(max(headers, key=lambda header: len(header[1])))
    return {"type": scope["type"], "path": scope["path"], "client": scope.get("client"), "headers": headers}


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
    """One session's clients, by namespace.

    `scope` is what is kept of the ASGI scope of the request that opened the session: path, client, and the headers that
    tell who asks, and from where.
    """

    def __init__(self, session: Session, scope: Mapping[str, Any], house: House) -> None:
        self.session = session
        self.scope = _kept_of(scope)
        self.clients: dict[str, Client] = {}
        self._house = house
        self._connections = Meter(session.limits.connections_per_minute)
        self._partial = ""
        self._begun: Beginning | None = None
        self._attachments: list[bytes] = []
        self._ignored_attachments = 0
        self._inbox: deque[tuple[int, Callable[[], Awaitable[None]]]] = deque()
        self._unhandled_bytes = 0
        self._working = False
        self._knocked = False  # whether it has tried to connect; before that it may say nothing else
        session.expect_join()

    def receive(self, data: str | bytes) -> None:
        """Take one message. Raise Malformed, after the client was told, to end the session."""
        beginning = beginning_of(data) if isinstance(data, str) else self._begun
        try:
            text = self._complete(data, beginning)
            if text is not None:
                attachments, self._attachments = self._attachments, []
                self._dispatch(SocketPacket.read(text, attachments), len(text) + sum(map(len, attachments)))
        except Malformed:
            problem = BadRequest("The message could not be read.")
            if beginning is not None:
                self._refuse(beginning.namespace, beginning.number, problem)
            else:
                self._refuse(None, None, problem)
            raise

    def ended(self) -> None:
        """Let every client leave, after what it sent before was handled."""
        for client in self.clients.values():
            client.gone()
        self._partial, self._attachments = "", []
        self._later(0, self._leave_all)

    def dismiss(self, client: Client) -> None:
        """Send a client away; what waits to be handled is not handled any more."""
        self._say(SocketPacket(Kind.DISCONNECT, namespace=client.namespace))
        client.gone()
        if self.session.closed:
            return  # the others' leaving is among what waits
        self._unhandled_bytes -= sum(size for size, _ in self._inbox)
        self._inbox.clear()

    def _complete(self, data: str | bytes, beginning: Beginning | None) -> str | None:
        """Return the text of a complete packet; None if attachments are missing, or were refused with their event.

        An event with attachments is kept as text until they are there: its values would take many times as much.
        """
        if isinstance(data, bytes):
            return self._complete_with(data)
        if self._partial:
            raise Malformed("attachments are missing")
        self._ignored_attachments = 0
        if beginning is not None and self._has_too_much(data, beginning):
            return None
        if beginning is None or not beginning.attachments:
            return data
        self._partial, self._begun = data, beginning
        return None

    def _complete_with(self, attachment: bytes) -> str | None:
        if self._ignored_attachments:
            self._ignored_attachments -= 1
            return None
        if not self._partial or self._begun is None:
            raise Malformed("an attachment of nothing")
        self._attachments.append(attachment)
        if sum(map(len, self._attachments)) > _MAX_ATTACHED_BYTES:
            raise Malformed("too large attachments")
        if len(self._attachments) < self._begun.attachments:
            return None
        text, self._partial = self._partial, ""
        return text

    def _has_too_much(self, text: str, beginning: Beginning) -> bool:
        """Refuse an event with too many attachments or values; return whether it was refused."""
        if beginning.attachments > self.session.limits.attachments:
            problem = Invalid("Too many attachments.")
        elif len(text) > _MAX_VALUES and count_values(text) > _MAX_VALUES:
            problem = Invalid("Too many values.")
        else:
            return False
        self._ignored_attachments = beginning.attachments
        self._refuse(beginning.namespace, beginning.number, problem)
        return True

    def _dispatch(self, received: SocketPacket, size: int) -> None:
        namespace = received.namespace or "/"
        kind = received.packet_type
        if kind != Kind.CONNECT and not self._knocked:
            raise Malformed("not connected")
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
        self._knocked = True
        if size > _MAX_CREDENTIALS_CHARACTERS:
            self._refuse_connection(namespace, Invalid("The credentials are too long."))
        elif self._connections.spend() and self._has_room(size):
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
                answer = [{"error": error_payload(problem)}]
                client.send(packets_of(SocketPacket(Kind.ACK, answer, client.namespace, ack)))

    def _refuse_connection(self, namespace: str, problem: Problem) -> None:
        refusal = {"message": problem.message, "data": error_payload(problem)}
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
