"""Engine.IO beneath the fan-out: sockets that write to their transport at once, within bounds in both directions.

It subclasses python-engineio's server, socket and ASGI driver (4.15.1; tests/kernel/realtime/test_hooks.py verifies the
hooks relied on). A WebSocket with a Wire is written to directly, with a bounded backlog; polling clients and other ASGI
servers keep python-engineio's queue, bounded as well.

Out of scope: changes of the protocol, and Engine.IO's session cookie.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

import engineio
from engineio import async_socket, exceptions, packet
from engineio.async_drivers import asgi

from colonnade.kernel.realtime.limits import AddressGate, Budget, Meter, SocketLimits
from colonnade.kernel.realtime.transport import Wire, encode_frame, find_wire

__all__ = ["Counters", "EngineServer", "LeanSocket", "Outgoing", "background"]

log = logging.getLogger(__name__)

_UPGRADE_TIMEOUT_SECONDS: Final = 10.0
_running: set[asyncio.Task[None]] = set()


def background(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` as a task, and keep a reference to it (the loop itself keeps only a weak one)."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)


@dataclass(slots=True)
class Counters:
    """Counters since start, for metrics."""

    slow_readers: int = 0
    refused_sockets: int = 0
    refused_events: int = 0


class Outgoing:
    """One Engine.IO packet for many sockets; its WebSocket frame is encoded once, on demand."""

    __slots__ = ("_frame", "packet")

    def __init__(self, pkt: Any) -> None:
        self.packet = pkt
        self._frame: bytes | None = None

    @classmethod
    def message(cls, data: str | bytes) -> Outgoing:
        """Return an Engine.IO message: a Socket.IO packet's text, or one binary attachment."""
        return cls(packet.Packet(packet.MESSAGE, data=data))

    @property
    def frame(self) -> bytes:
        """The WebSocket frame."""
        if self._frame is None:
            # Not `packet.encode()` for binary: its cache holds base64 once a polling client has received it.
            raw = self.packet.data if self.packet.binary else self.packet.encode()
            self._frame = encode_frame(raw)
        return self._frame

    @property
    def size_bytes(self) -> int:
        """Its approximate size in a queue."""
        data = self.packet.data
        return 64 + (len(data) if isinstance(data, (str, bytes)) else 256)


class _WebSocket(asgi.WebSocket):  # type: ignore[misc]
    """python-engineio's ASGI driver, extended to find the Wire."""

    wire: Wire | None = None

    async def __call__(self, environ: dict[str, Any]) -> Any:
        self.wire = find_wire(environ["asgi.scope"])
        return await super().__call__(environ)


class LeanSocket(async_socket.AsyncSocket):  # type: ignore[misc]
    """One client's Engine.IO session."""

    def __init__(self, server: EngineServer, sid: str, address: str) -> None:
        super().__init__(server, sid)
        self.limits = server.limits
        self.connected: bool
        self.last_ping: float | None
        self.address = address
        self.wire: Wire | None = None
        self.joined = False
        self.events = Budget(self.limits.messages_per_minute)
        self._packets = Meter(self.limits.packets_per_minute)
        self._queued_bytes = 0
        self._polled = asyncio.Event()
        self._ping_timer: asyncio.TimerHandle | None = None
        self._join_timer: asyncio.TimerHandle | None = None
        self._lost = False
        self._backlog_bytes = self.limits.backlog_bytes

    def push(self, outgoing: Outgoing) -> None:
        """Send without waiting. A client whose backlog exceeds its bound is disconnected, so that it slows no other."""
        wire = self.wire
        if self.closed or self._lost:
            return
        if wire is not None:
            if not wire.write(outgoing.frame, self._backlog_bytes):
                self._cut_off("websocket")
                wire.abort()
            return
        self._queued_bytes += outgoing.size_bytes
        if self._queued_bytes > self._backlog_bytes:
            self._cut_off("queue")
            self._forget_queue()
            background(self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR))
        else:
            self.queue.put_nowait(outgoing.packet)

    async def drained(self) -> None:
        """Wait until the client has read most of what was sent (back-pressure), for senders of much data at once."""
        wire = self.wire
        try:
            async with asyncio.timeout(self.limits.ping_timeout_seconds):
                if wire is not None:
                    await wire.drained()
                    return
                while self._queued_bytes > self.limits.backlog_bytes // 4 and not self.closed:
                    self._polled.clear()
                    await self._polled.wait()
        except TimeoutError:
            if wire is not None:
                wire.abort()

    async def fetched(self, seconds: float) -> None:
        """Wait until a polling client has fetched its queue, for `seconds` at most."""
        try:
            async with asyncio.timeout(seconds):
                while self.wire is None and self._queued_bytes and not self.closed:
                    self._polled.clear()
                    await self._polled.wait()
        except TimeoutError:
            pass

    async def send(self, pkt: Any) -> None:
        if self.closed:
            raise exceptions.SocketIsClosedError()
        self.push(Outgoing(pkt))

    async def poll(self) -> list[Any]:
        packets: list[Any] = await super().poll()
        self._queued_bytes = 0
        self._polled.set()
        return packets

    async def receive(self, pkt: Any) -> None:
        if not self._packets.spend():
            log.info("socket closed: too many packets")
            raise exceptions.SocketIsClosedError()
        await super().receive(pkt)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        try:
            await super().handle_post_request(environ)
        except (ValueError, LookupError) as error:
            # python-engineio would log a stack trace for any malformed request.
            raise exceptions.EngineIOError("malformed payload") from error

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        for timer in (self._ping_timer, self._join_timer):
            if timer is not None:
                timer.cancel()
        if not self.closing:
            self.server.gate.leave(self.address)
        # Never `wait`: a polling client that does not return would block the caller for ever.
        await super().close(wait=False, abort=abort, reason=reason)
        self._polled.set()
        wire, self.wire = self.wire, None
        if wire is None:
            return
        if reason == self.server.reason.PING_TIMEOUT:
            wire.abort()
        else:
            await wire.finish(self.server.close_code)

    def schedule_ping(self) -> None:
        if self.last_ping:
            self.last_ping = None
            # A timer instead of python-engineio's sleeping task per socket.
            loop = asyncio.get_running_loop()
            self._ping_timer = loop.call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.push(_PING)

    def expect_join(self) -> None:
        """Close this socket unless it joins a namespace in time."""
        loop = asyncio.get_running_loop()
        self._join_timer = loop.call_later(self.limits.connect_seconds, self._close_unless_joined)

    def _close_unless_joined(self) -> None:
        if not self.joined:
            background(self.close(wait=False, reason=self.server.reason.TRANSPORT_CLOSE))

    async def _websocket_handler(self, ws: Any) -> None:
        wire: Wire | None = getattr(ws, "wire", None)
        if wire is None:
            await super()._websocket_handler(ws)
            return
        if self.connected:
            if self.upgrading or not await self._upgrade(ws):
                return
        else:
            self.connected = self.upgraded = True
        self._attach(wire)
        try:
            await self._read(ws)
        finally:
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _upgrade(self, ws: Any) -> bool:
        """Upgrade from polling to WebSocket: probe, answer, release the pending poll, await confirmation."""
        self.upgrading = True
        try:
            async with asyncio.timeout(_UPGRADE_TIMEOUT_SECONDS):
                probe = packet.Packet(encoded_packet=await ws.wait())
                if probe.packet_type != packet.PING or probe.data != "probe":
                    return False
                await ws.send(packet.Packet(packet.PONG, data="probe").encode())
                self.push(Outgoing(packet.Packet(packet.NOOP)))
                self.upgraded = (
                    packet.Packet(encoded_packet=await ws.wait()).packet_type == packet.UPGRADE
                    and not self.closed
                )
                return self.upgraded
        except (TimeoutError, OSError, ValueError):
            return False
        finally:
            self.upgrading = False

    def _attach(self, wire: Wire) -> None:
        """Send the queue, then directly from now on. Nothing here may await: the order depends on it."""
        waiting = self._forget_queue()
        self.wire = wire
        for pkt in waiting:
            self.push(Outgoing(pkt))

    async def _read(self, ws: Any) -> None:
        while not self.closed:
            try:
                data = await ws.wait()
            except OSError:
                return
            if len(data) > self.server.max_http_buffer_size:
                return
            try:
                await self.receive(packet.Packet(encoded_packet=data))
            except (exceptions.EngineIOError, ValueError):
                return
            except Exception:
                log.exception("receiving failed")
                return

    def _cut_off(self, where: str) -> None:
        self._lost = True
        self.server.counters.slow_readers += 1
        log.info("socket disconnected: slow reader (%s)", where)

    def _forget_queue(self) -> list[Any]:
        packets = []
        while not self.queue.empty():
            pkt = self.queue.get_nowait()
            self.queue.task_done()
            if pkt is not None:
                packets.append(pkt)
        self._queued_bytes = 0
        return packets


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """python-engineio's server with lean sockets, a limit per address and a graceful shutdown."""

    _async: dict[str, Any]
    start_service_task: bool

    def __init__(self, limits: SocketLimits | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.limits = limits or SocketLimits()
        self.gate = AddressGate(self.limits.sockets_per_address)
        self.counters = Counters()
        self.close_code = 1000
        self.stopping = False
        self._async = {**self._async, "websocket": _WebSocket}

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        address = address_of(environ["asgi.scope"])
        if self.stopping:
            return _refusal("503 SERVICE UNAVAILABLE", b'"Restarting"')
        if not self.gate.enter(address):
            self.counters.refused_sockets += 1
            return _refusal("429 TOO MANY REQUESTS", b'"Too many connections"')
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)
        sid = self.generate_id()
        socket = self.sockets[sid] = LeanSocket(self, sid, address)
        try:
            return await self._open(socket, environ, transport, jsonp_index)
        finally:
            if transport == "websocket" or not socket.connected:
                await socket.close(wait=False, abort=True, reason=self.reason.TRANSPORT_ERROR)
                self.sockets.pop(sid, None)

    async def _open(
        self, socket: LeanSocket, environ: dict[str, Any], transport: str, jsonp_index: int | None
    ) -> Any:
        hello = {
            "sid": socket.sid,
            "upgrades": self._upgrades(socket.sid, transport),
            "pingInterval": int(self.ping_interval * 1000),
            "pingTimeout": int(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        socket.push(Outgoing(packet.Packet(packet.OPEN, hello)))
        accepted = await self._trigger_event("connect", socket.sid, environ, run_async=False)
        if accepted is not None and accepted is not True:
            return self._unauthorized(accepted or None)
        socket.schedule_ping()
        socket.expect_join()
        if transport == "websocket":
            return await socket.handle_get_request(environ)
        socket.connected = True
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)


def address_of(scope: Any) -> str:
    """Return the client's address as the server, or the proxy middleware before it, put it into the scope."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _refusal(status: str, body: bytes) -> dict[str, Any]:
    return {"status": status, "headers": [("Content-Type", "application/json")], "response": body}


_PING: Final = Outgoing(packet.Packet(packet.PING))
