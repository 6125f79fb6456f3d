"""Socket.IO on the lean engine: a broadcast is encoded once and written to each socket without a task.

It subclasses python-socketio's packet, client manager and server (5.18.1; tests/kernel/realtime/test_hooks.py verifies
the hooks relied on). Namespaces, rooms, acks, binary and polling work as documented there. It also refuses packets that
a client must not send: python-socketio would run the `connect` handler for a client's event of that name, collect any
number of attachments, and log a stack trace for every malformed packet.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec
import socketio
from socketio import packet

from colonnade.kernel.core import BadRequest, Invalid, Problem, TooManyRequests
from colonnade.kernel.realtime.engine import EngineServer, LeanSocket, Outgoing

__all__ = ["LeanManager", "SocketServer", "encode_event", "error_payload", "event_packets"]

log = logging.getLogger(__name__)

_RESERVED: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
_BINARY: Final = (bytes, bytearray)


class _Json:
    """msgspec in place of the json module: faster, and strict (no NaN, no lone surrogates)."""

    @staticmethod
    def dumps(data: Any, **_: Any) -> str:
        return msgspec.json.encode(data).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        return msgspec.json.decode(text)


class LeanPacket(packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet encoded by msgspec, so that datetimes, UUIDs and Structs can be sent."""

    json = _Json


def encode_event(event: str, data: Any) -> tuple[bytes, list[bytes]]:
    """Return the JSON of `[event, data]` (of `[event]` if data is None), and the bytes objects taken out of it."""
    if data is None:
        return msgspec.json.encode([event]), []
    plain = msgspec.to_builtins(data, builtin_types=_BINARY)
    if not LeanPacket.data_is_binary(plain):
        return msgspec.json.encode([event, plain]), []
    plain, attachments = LeanPacket.deconstruct_binary(plain)
    return msgspec.json.encode([event, plain]), [bytes(each) for each in attachments]


def event_packets(namespace: str, body: bytes, attachments: Sequence[bytes] = ()) -> list[Outgoing]:
    """Return the packets of an encoded event: its text, then its attachments."""
    kind = f"{packet.BINARY_EVENT}{len(attachments)}-" if attachments else str(packet.EVENT)
    prefix = kind if namespace == "/" else f"{kind}{namespace},"
    return [Outgoing.message(prefix + body.decode()), *map(Outgoing.message, attachments)]


def error_payload(problem: Problem) -> dict[str, Any]:
    """Return a Problem as clients see it: message, code, and details if there are any."""
    payload: dict[str, Any] = {"message": problem.message, "code": problem.code}
    if problem.details:
        payload["details"] = dict(problem.details)
    return payload


class LeanManager(socketio.AsyncManager):  # type: ignore[misc]
    """python-socketio's client manager, with broadcasts written straight to the sockets."""

    server: SocketServer

    def __init__(self) -> None:
        super().__init__()
        self._rooms_of: dict[tuple[str, str], set[str | None]] = {}

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        if callback:
            # Every recipient needs a packet of its own (an ack id): leave it to python-socketio.
            await super().emit(event, data, namespace, room, skip_sid, callback, to, **kwargs)
            return
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        encoded = self.server.packet_class(
            packet.EVENT, namespace=namespace, data=[event, *arguments]
        ).encode()
        packets = [Outgoing.message(each) for each in (encoded if isinstance(encoded, list) else [encoded])]
        skipped = skip_sid if isinstance(skip_sid, (list, tuple, set)) else (skip_sid,)
        self.broadcast(namespace, to or room, packets, skipped)

    def broadcast(
        self, namespace: str, room: Any, packets: Sequence[Outgoing], skip: Collection[str | None] = ()
    ) -> int:
        """Send to every socket in `room` (None: all of the namespace); return their number."""
        sockets = self.server.eio.sockets
        sent = 0
        for sid, eio_sid in self.get_participants(namespace, room):
            if sid in skip:
                continue
            socket: LeanSocket | None = sockets.get(eio_sid)
            if socket is not None:
                sent += 1
                for outgoing in packets:
                    socket.push(outgoing)
        return sent

    def namespaces_with(self, room: str) -> list[str]:
        """Return the namespaces in which a client of this process is in `room`."""
        return [namespace for namespace, rooms in self.rooms.items() if room in rooms]

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._rooms_of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        rooms = self._rooms_of.get((namespace, sid))
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._rooms_of[(namespace, sid)]

    def basic_disconnect(self, sid: str, namespace: str, **kwargs: Any) -> None:
        # python-socketio scans all rooms: with 10,000 sockets leaving at once, for minutes.
        for room in list(self._rooms_of.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio's server on the lean engine."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            client_manager=LeanManager(),
            serializer=LeanPacket,
            # A client's events are handled one at a time, in the order in which it sent them.
            async_handlers=False,
            **options,
        )
        self.manager: LeanManager

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        await super()._handle_connect(eio_sid, namespace, data)
        socket: LeanSocket | None = self.eio.sockets.get(eio_sid)
        if socket is not None and self.manager.sid_from_eio_sid(eio_sid, namespace or "/"):
            socket.joined = True

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # Handlers answer their own errors (routes.py): only malformed packets raise here.
            log.debug("malformed packet", exc_info=True)
            self._binary_packet.pop(eio_sid, None)
            self._refuse(eio_sid, None, None, BadRequest("The message could not be read."))
            return
        pending = self._binary_packet.get(eio_sid)
        if pending is not None and pending.attachment_count > self.eio.limits.attachments:
            del self._binary_packet[eio_sid]
            self._refuse(eio_sid, pending.namespace or "/", pending.id, Invalid("Too many attachments."))

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        socket: LeanSocket | None = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        namespace = namespace or "/"
        if not (isinstance(data, list) and data and isinstance(data[0], str)) or data[0] in _RESERVED:
            self._refuse(eio_sid, namespace, id, Invalid("This is not an event."))
        elif not socket.events.spend():
            problem = TooManyRequests("Rate limit exceeded. Please slow down.")
            self._refuse(eio_sid, namespace, id, problem)
        else:
            await super()._handle_event(eio_sid, namespace, id, data)

    def _refuse(self, eio_sid: str, namespace: str | None, ack: int | None, problem: Problem) -> None:
        """Tell one client, once per namespace it is in, that its message was refused."""
        socket: LeanSocket | None = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        self.eio.counters.refused_events += 1
        body, _ = encode_event("error", error_payload(problem))
        for name in self._joined(eio_sid, namespace):
            for outgoing in event_packets(name, body):
                socket.push(outgoing)
            if ack is not None:
                answer = self.packet_class(
                    packet.ACK, namespace=name, id=ack, data=[{"error": error_payload(problem)}]
                )
                socket.push(Outgoing.message(answer.encode()))

    def _joined(self, eio_sid: str, namespace: str | None) -> Iterable[str]:
        names = list(self.manager.get_namespaces()) if namespace is None else [namespace]
        return [name for name in names if self.manager.sid_from_eio_sid(eio_sid, name)]
