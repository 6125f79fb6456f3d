"""Engine.IO over ASGI: opens sessions, by long polling and by WebSocket, and upgrades one to the other.

The source is Engine.IO's protocol, revision 4. A session lives in one process. Its id names the process, so that the
others can pass a connection on that asks for it (`core.handover`).

Out of scope: JSONP and revision 3, whose clients are told so; Engine.IO's session cookie.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from colonnade.kernel.core.asgi import DETACH
from colonnade.kernel.core.handover import Handover
from colonnade.kernel.realtime.exchange import Exchange, Refusal
from colonnade.kernel.realtime.limits import AddressGate, SocketLimits
from colonnade.kernel.realtime.packets import (
    CLOSE,
    PROBE,
    PROBED,
    UPGRADE,
    Malformed,
    Outgoing,
    TooLarge,
    decode_payload,
    encode_payload,
)
from colonnade.kernel.realtime.session import NOOP_PACKET, Counters, Listener, Session
from colonnade.kernel.realtime.transport import Wire, encode_frame, find_wire

__all__ = ["Engine"]

log = logging.getLogger(__name__)

_SID_BYTES: Final = 15
_POST_SECONDS: Final = 20.0
_UPGRADE_SECONDS: Final = 10.0
_POLICY_VIOLATION: Final = 1008
_FIRST_RELEASE_SECONDS: Final = 0.1
"""How long a poll waits that comes during an upgrade; the next waits twice as long."""

Listen = Callable[[Session, Mapping[str, Any]], Listener]
"""Returns what is spoken over a new session; the mapping is the ASGI scope of the request that opened it."""
OriginAllowed = Callable[[str, str], bool]
"""Whether pages of this Origin may connect, when they name the host so."""


_UNKNOWN_TRANSPORT: Final = Refusal(0, "Transport unknown")
_UNKNOWN_SESSION: Final = Refusal(1, "Session ID unknown")
_BAD_METHOD: Final = Refusal(2, "Bad handshake method")
_BAD_REQUEST: Final = Refusal(3, "Bad request")
_FOREIGN_ORIGIN: Final = Refusal(3, "This origin is not allowed")
_TOO_MANY: Final = Refusal(3, "Too many connections", 429)
_TOO_LARGE: Final = Refusal(3, "Payload too large", 413)
_RESTARTING: Final = Refusal(3, "Restarting", 503)
_OLD_PROTOCOL: Final = Refusal(5, "Unsupported protocol version")


def _refusal_of(error: Exception) -> Refusal:
    """Return why a posted payload is not taken."""
    return _TOO_LARGE if isinstance(error, TooLarge) else _BAD_REQUEST


class Engine:
    """The sessions of one process."""

    def __init__(
        self,
        listen: Listen,
        *,
        limits: SocketLimits,
        origin_allowed: OriginAllowed,
        credentials: bool = True,
        handover: Handover | None = None,
    ) -> None:
        self.limits = limits
        self.sessions: dict[str, Session] = {}
        self.counters = Counters()
        self.stopping = False
        self._emptied = asyncio.Event()
        self._gate = AddressGate(limits.sockets_per_address, limits.openings_per_minute)
        self._listen = listen
        self._origin_allowed = origin_allowed
        self._credentials = credentials
        self._handover = handover

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request or a WebSocket, whatever its path."""
        exchange = Exchange(scope, receive, send)
        origin = exchange.header(b"origin")
        if origin and not self._origin_allowed(origin, exchange.header(b"host")):
            await exchange.refuse(_FOREIGN_ORIGIN)
            return
        if origin:
            exchange.allow(origin, credentials=self._credentials)
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            await exchange.answer(204, b"")
        elif exchange.query.get("EIO") != "4":
            await exchange.refuse(_OLD_PROTOCOL)
        elif exchange.query.get("transport") != exchange.transport:
            await exchange.refuse(_UNKNOWN_TRANSPORT)
        elif sid := exchange.query.get("sid"):
            await self._continue(exchange, sid)
        else:
            await self._begin(exchange)

    async def stop(self, code: int, seconds: float) -> None:
        """Close every session, WebSockets with `code`, within `seconds`; open no more."""
        self.stopping = True
        for session in list(self.sessions.values()):
            session.close(code)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.sessions:
                    self._emptied.clear()
                    await self._emptied.wait()

    # A session begins.

    async def _begin(self, exchange: Exchange) -> None:
        refusal = self._check_new(exchange)
        if refusal is not None:
            await exchange.refuse(refusal)
            return
        session = self._open(exchange)
        if exchange.transport == "polling":
            await exchange.answer(200, encode_payload(session.take()))
            return
        wire = await self._accept(exchange)
        if wire is None:
            session.lost()
            return
        session.attach(wire)
        await self._speak(session, wire)

    def _check_new(self, exchange: Exchange) -> Refusal | None:
        if self.stopping:
            return _RESTARTING
        if exchange.transport == "polling" and exchange.scope["method"] != "GET":
            return _BAD_METHOD
        if not self._gate.enter(exchange.address):
            self.counters.refused_sockets += 1
            return _TOO_MANY
        return None

    def _open(self, exchange: Exchange) -> Session:
        random = secrets.token_urlsafe(_SID_BYTES)
        sid = random if self._handover is None else f"{self._handover.name}.{random}"
        limits = self.limits
        session = Session(sid, exchange.address, limits, self.counters, self._forget)
        session.listener = self._listen(session, exchange.scope)
        self.sessions[sid] = session
        hello = {
            "sid": sid,
            "upgrades": ["websocket"] if exchange.transport == "polling" else [],
            "pingInterval": round(limits.ping_interval_seconds * 1000),
            "pingTimeout": round(limits.ping_timeout_seconds * 1000),
            "maxPayload": limits.message_bytes,
        }
        session.push(Outgoing("0" + msgspec.json.encode(hello).decode()))
        session.begin()
        return session

    def _forget(self, session: Session) -> None:
        self._gate.leave(session.address)
        self.sessions.pop(session.sid, None)
        if not self.sessions:
            self._emptied.set()

    # It goes on.

    async def _continue(self, exchange: Exchange, sid: str) -> None:
        session = self.sessions.get(sid)
        if session is None:
            await self._pass_on(exchange, sid)
        elif exchange.transport == "websocket":
            await self._upgrade(exchange, session)
        elif session.wire is not None:
            await exchange.refuse(_BAD_REQUEST)
        elif exchange.scope["method"] == "GET":
            await self._poll(exchange, session)
        elif exchange.scope["method"] == "POST":
            await self._post(exchange, session)
        else:
            await exchange.refuse(_BAD_METHOD)

    async def _pass_on(self, exchange: Exchange, sid: str) -> None:
        """Give the connection to the process that has the session; refuse it if there is none."""
        process, _, rest = sid.partition(".")
        detach = exchange.extension(DETACH)
        if self._handover is None or not rest or detach is None or not self._handover.reaches(process):
            await exchange.refuse(_UNKNOWN_SESSION)
            return
        body = b""
        if exchange.transport == "polling" and exchange.scope["method"] == "POST":
            try:
                body = await exchange.body(self.limits.message_bytes)
            except Malformed as error:
                await exchange.refuse(_refusal_of(error))
                return
        if not await self._handover.give(process, detach, body):
            await exchange.refuse(_UNKNOWN_SESSION)

    async def _poll(self, exchange: Exchange, session: Session) -> None:
        if session.polled:  # two at once: neither is known to reach the client
            session.push(Outgoing(CLOSE))
            session.end()
            await exchange.refuse(_BAD_REQUEST)
            return
        if not session.unread and not session.closed and not await self._until_news(exchange, session):
            session.lost()
            return
        # Nothing is left when the session has moved to a WebSocket at this very moment.
        await exchange.answer(200, encode_payload(session.take() or [NOOP_PACKET]))

    async def _until_news(self, exchange: Exchange, session: Session) -> bool:
        """Wait for something to tell the client; return False if its connection is lost before."""
        news = session.wait()
        gone = asyncio.ensure_future(exchange.disconnected())
        try:
            await asyncio.wait((news, gone), return_when=asyncio.FIRST_COMPLETED)
            return news.done() and not gone.done()
        finally:
            session.unwait()
            gone.cancel()

    async def _post(self, exchange: Exchange, session: Session) -> None:
        if session.posting:  # two at once: nobody knows which the client sent first
            session.lost()
            await exchange.refuse(_BAD_REQUEST)
            return
        session.posting = True
        try:
            async with asyncio.timeout(_POST_SECONDS):
                body = await exchange.body(self.limits.message_bytes)
            if session.sid not in self.sessions:
                await exchange.refuse(_UNKNOWN_SESSION)
                return
            for packet in decode_payload(body):
                session.receive(packet)
        except (Malformed, TimeoutError) as error:
            session.lost()
            await exchange.refuse(_refusal_of(error))
            return
        finally:
            session.posting = False
        await exchange.answer(200, b"ok")

    # WebSocket.

    async def _accept(self, exchange: Exchange) -> Wire | None:
        wire = find_wire(exchange.scope)
        if wire is None:
            if exchange.scope.get("extensions"):  # none are left once the client is gone
                log.error("WebSockets need uvicorn with colonnade.kernel.realtime.UVICORN_OPTIONS")
                await exchange.refuse(_UNKNOWN_TRANSPORT)
            return None
        await exchange.accept()
        return wire

    async def _speak(self, session: Session, wire: Wire) -> None:
        """Serve an open WebSocket until it is gone."""
        try:
            await wire.listen(session.hear, self.limits.message_bytes)
        finally:
            session.lost()

    async def _upgrade(self, exchange: Exchange, session: Session) -> None:
        if session.closed:
            await exchange.refuse(_BAD_REQUEST)
            return
        if session.wire is not None or session.upgrading:
            await self._close_second(exchange)
            return
        session.upgrading = True
        try:
            wire = await self._accept(exchange)
            if wire is not None:
                await _Upgrade(session, wire, self.limits.message_bytes).run()
        finally:
            session.upgrading = False

    async def _close_second(self, exchange: Exchange) -> None:
        """Open and close a WebSocket of a session that has one, as Node's server does."""
        wire = await self._accept(exchange)
        if wire is not None:
            await wire.finish(_POLICY_VIOLATION)


class _Upgrade:
    """A polling client's WebSocket: it probes, finishes its poll, and says that it will use the WebSocket from now on.

    A client may begin another poll before it knows that its probe has arrived, so polls are released again and again,
    ever more slowly, until it speaks or the time is over; meanwhile they are answered with whatever there is.
    """

    def __init__(self, session: Session, wire: Wire, max_bytes: int) -> None:
        self._session = session
        self._wire = wire
        self._max_bytes = max_bytes
        self._probed = False
        self._upgraded = False
        self._delay = _FIRST_RELEASE_SECONDS
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Serve the WebSocket until it is gone."""
        loop = asyncio.get_running_loop()
        deadline = loop.call_later(_UPGRADE_SECONDS, self._give_up)
        try:
            await self._wire.listen(self._take, self._max_bytes)
        finally:
            deadline.cancel()
            if self._timer is not None:
                self._timer.cancel()
            if self._upgraded:
                self._session.lost()

    def _take(self, packet: str | bytes) -> None:
        session = self._session
        if self._upgraded:
            session.hear(packet)
        elif packet == PROBE and not self._probed and not session.closed:
            self._probed = True
            self._wire.write(encode_frame(PROBED), self._max_bytes)
            self._release()
        elif packet == UPGRADE and self._probed and not session.closed:
            self._upgraded = True
            session.attach(self._wire)
        else:
            self._wire.abort()

    def _release(self) -> None:
        if self._upgraded:
            return
        self._session.release()
        self._timer = asyncio.get_running_loop().call_later(self._delay, self._release)
        self._delay *= 2

    def _give_up(self) -> None:
        if not self._upgraded:
            self._wire.abort()
