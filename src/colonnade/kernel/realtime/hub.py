"""The hub: one product's Socket.IO server in one process.

It serves the handlers of a SocketSetup as an ASGI application, knows the clients and their keys, and sends to rooms in
all processes.

Out of scope: authorisation (the product's `authenticate` and handlers), and keeping events that are not logged.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import socketio
import structlog

from colonnade.kernel.core import Dispatcher, NotFound, Problem, UnloggedEvent
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.origins import split_origin
from colonnade.kernel.core.providing import call, check_provided, provided
from colonnade.kernel.db import Executor, as_problem
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.delivery import Delivery, Joined, wait_for_others
from colonnade.kernel.realtime.engine import LeanSocket, background
from colonnade.kernel.realtime.fanout import SocketServer
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.log import Appended, Emit
from colonnade.kernel.realtime.persons import Persons, spend_budget
from colonnade.kernel.realtime.presence import Presence
from colonnade.kernel.realtime.routes import EventRoute, SocketRoutes, SocketSetup, convert_payload

__all__ = ["Hub", "HubStats", "UnknownEvent"]

log = structlog.get_logger(__name__)

P = TypeVar("P")

_STOP_TIMEOUT_SECONDS: Final = 5.0
_LAST_POLL_TIMEOUT_SECONDS: Final = 2.0
_SERVICE_RESTART: Final = 1012
_REMEMBER_CLOSED_SECONDS: Final = 60.0


class UnknownEvent(NotFound):
    """No handler is registered for an event of this name."""

    code = "UNKNOWN_EVENT"
    message = "There is no such event."


class HubStats(msgspec.Struct, frozen=True):
    """Counts of this process: current ones (sockets, clients) and others since start."""

    sockets: int
    clients: int
    slow_readers: int
    refused_sockets: int
    refused_events: int


@provided("hub")
class Hub:
    """Serves sockets: `hub.app` is the ASGI application, `origins` are those that browsers may connect from ("*": any).

    The page's own origin is always allowed. The owner of `db` and `bus` starts them before the hub and stops them after
    it.
    """

    def __init__(
        self,
        setup: SocketSetup,
        *,
        db: Executor,
        bus: Bus,
        limits: SocketLimits | None = None,
        origins: Sequence[str] = (),
    ) -> None:
        self.setup = setup
        self.limits = limits or setup.limits or SocketLimits()
        self._origins = frozenset(origin.rstrip("/") for origin in origins)
        self._services: Any = None
        self._clients: dict[str, Client] = {}
        self._keys: dict[str, set[Client]] = {}
        self._persons = Persons(self.limits.sockets_per_person, setup.person)
        self._closed_keys: dict[str, tuple[float, str, str]] = {}
        self.server = SocketServer(
            async_mode="asgi",
            namespaces=sorted({routes.namespace for routes in setup.routes}) or ["/"],
            limits=self.limits,
            max_http_buffer_size=self.limits.message_bytes,
            ping_interval=self.limits.ping_interval_seconds,
            ping_timeout=self.limits.ping_timeout_seconds,
            cors_allowed_origins=self._origin_allowed,
            cors_credentials="*" not in self._origins,
            logger=_quiet("socketio"),
            engineio_logger=_quiet("engineio"),
        )
        self._delivery = Delivery(
            self.server.manager,
            db,
            bus,
            replay_filters={k: v for routes in setup.routes for k, v in routes.replay_filters.items()},
            obey=self._obey,
            replay_events=self.limits.replay_events,
        )
        self._presence = Presence(self._delivery.deliver)
        for namespace in {routes.namespace for routes in setup.routes} or {"/"}:
            self._register(namespace, [routes for routes in setup.routes if routes.namespace == namespace])

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve any path of the setup (an ASGI application; it ignores the path)."""
        if scope["type"] in ("http", "websocket"):
            await self.server.handle_request(scope, receive, send)

    @property
    def stopping(self) -> bool:
        """Whether the process is shutting down: its clients are about to reconnect to others."""
        return bool(self.server.eio.stopping)

    def handles(self, path: str) -> bool:
        """Return whether a path, relative to where the product is mounted, belongs to the sockets."""
        return path.startswith(self.setup.paths) and any(
            path == own or path.startswith(f"{own}/") for own in self.setup.paths
        )

    def attach(self, dispatcher: Dispatcher) -> None:
        """Deliver the events of `tx.after_commit(Emit(…))` and `append_event` through this hub."""
        dispatcher.on(Emit, self.deliver)
        dispatcher.on(Appended, self.deliver)

    async def start(self, services: Any) -> None:
        """Start; handlers get parts of `services`. Raise TypeError for a handler that names a part these lack."""
        for routes in self.setup.routes:
            for handler in routes.handlers:
                check_provided(handler, services)
            if any(route.spends is not None for route in routes.events.values()):
                check_provided(spend_budget, services)
        if self.setup.authenticate is not None:
            check_provided(self.setup.authenticate, services)
        self._services = services
        await self._delivery.start(services)

    async def stop(self) -> None:
        """Close every socket within 5 s, so that clients reconnect to other processes; refuse new ones (503).

        Called before the HTTP server waits for its connections to end: polling clients keep theirs open for long.
        """
        engine = self.server.eio
        engine.stopping = True
        self._presence.stop()
        engine.close_code = _SERVICE_RESTART
        closing = [
            asyncio.ensure_future(socket.close(wait=False)) for socket in list(engine.sockets.values())
        ]
        if closing:
            await asyncio.wait(closing, timeout=_STOP_TIMEOUT_SECONDS)
        await self.server.shutdown()
        await self._delivery.stop()

    def deliver(self, event: Emit[Any] | Appended) -> Awaitable[None] | None:
        """Deliver an event after its commit, in this process; return what tells the others, if there may be any."""
        return self._delivery.deliver(event)

    async def emit(self, room: str, event: UnloggedEvent[P], data: P, *, skip: str = "") -> None:
        """Send to all clients in `room`, in all processes, at once; `skip` is the id of a client to leave out."""
        await wait_for_others(self._delivery.deliver(Emit(room=room, event=event, data=data, skip=skip)))

    async def show(self, key: Hashable, state: Hashable, event: Emit[Any]) -> None:
        """Send `event`, which tells that `key` (a person in a room) is now in `state`, at most once a second per key.

        Later changes wait for the second to end, where the latest is sent if it is another than the last.
        """
        await wait_for_others(self._presence.show(key, state, event))

    async def join_with_catchup(self, client: Client, room: str, after: int | None = None) -> Joined:
        """Let `client` enter a room with a log.

        With `after` (the last number it has) it is first sent the events it missed, each once and in order, as the
        replay filter shows them. Raise the errors of `Client.enter` and of the database; the client is then not in
        the room.
        """
        return await self._delivery.join(client, room, after)

    async def disconnect(self, key: str, code: str, message: str = "You have been disconnected.") -> None:
        """Close every socket tagged with `key`, in all processes; each is sent `error {message, code}` first.

        This includes sockets that are connecting at that moment. Within a transaction use `close_sockets`.
        """
        await self._delivery.order({"key": key, "code": code, "message": message})

    def count(self, room: str) -> int:
        """Return the number of clients in `room`, in this process."""
        rooms = self.server.manager.rooms
        return sum(len(rooms[name][room]) for name in self.server.manager.namespaces_with(room))

    def stats(self) -> HubStats:
        """Return figures for metrics."""
        counters = self.server.eio.counters
        return HubStats(
            sockets=len(self.server.eio.sockets),
            clients=len(self._clients),
            slow_readers=counters.slow_readers,
            refused_sockets=counters.refused_sockets,
            refused_events=counters.refused_events,
        )

    def tag(self, client: Client, key: str) -> None:
        """Close `client` whenever `key` is closed (`Client.tag`)."""
        client.keys.add(key)
        if self._clients.get(client.id) is client:
            self._keys.setdefault(key, set()).add(client)
        closed = self._closed_keys.get(key)
        if closed is not None and closed[0] >= client.opened_at:
            # The key was closed while this client was connecting: it was authenticated by the state before that.
            background(self._kick(client, closed[1], closed[2]))

    def _register(self, namespace: str, group: Sequence[SocketRoutes]) -> None:
        for routes in group:
            for route in routes.events.values():
                if route.event in self.server.handlers.get(namespace, {}):
                    raise ValueError(f"two handlers for {route.event!r} in {namespace}")
                self.server.on(route.event, self._event_handler(route), namespace=namespace)

        async def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
            await self._connect(namespace, group, sid, environ, auth)

        async def disconnect(sid: str, reason: str = "") -> None:
            await self._disconnected(group, sid)

        async def unknown(event: str, sid: str, *_: Any) -> Any:
            client = self._clients.get(sid)
            return self._failed(client, UnknownEvent()) if client is not None else None

        self.server.on("connect", connect, namespace=namespace)
        self.server.on("disconnect", disconnect, namespace=namespace)
        self.server.on("*", unknown, namespace=namespace)

    def _event_handler(self, route: EventRoute) -> Callable[..., Awaitable[Any]]:
        async def handle(sid: str, *arguments: Any) -> Any:
            client = self._clients.get(sid)
            if client is None:
                return None
            limit = asyncio.timeout(self.limits.handler_seconds)
            try:
                if route.spends is not None:
                    await call(spend_budget, self._services, client, route.spends)
                data = convert_payload(route, arguments[0] if arguments else None)
                async with limit:
                    answer = await call(route.handler, self._services, client, data)
                # A tuple would become several arguments of the acknowledgement.
                return msgspec.to_builtins(
                    list(answer) if isinstance(answer, tuple) else answer, builtin_types=(bytes, bytearray)
                )
            except Exception as error:
                hung = limit.expired()
                return self._failed(client, _problem_of(error, route.event, hung=hung))

        return handle

    def _failed(self, client: Client, problem: Problem) -> dict[str, Any]:
        client.fail_with(problem)
        return {"error": {"message": problem.message, "code": problem.code}}

    async def _connect(
        self, namespace: str, group: Sequence[SocketRoutes], sid: str, environ: dict[str, Any], auth: Any
    ) -> None:
        socket: LeanSocket = self.server.eio.sockets[self.server.manager.eio_sid_from_sid(sid, namespace)]
        opened_at = time.monotonic()
        problem: Problem | None = None
        try:
            async with asyncio.timeout(self.limits.handler_seconds):
                identity = await self._authenticate(auth, environ["asgi.scope"])
                client = self._clients[sid] = Client(
                    id=sid,
                    namespace=namespace,
                    identity=identity,
                    person=self._persons.find(identity),
                    opened_at=opened_at,
                    socket=socket,
                    manager=self.server.manager,
                    tagger=self,
                )
                self._persons.seat(client)
                for routes in group:
                    for handler in routes.connect_handlers:
                        await call(handler, self._services, client)
        except Exception as error:
            problem = _problem_of(error, "connect")
        if problem is None and (socket.closed or socket.closing):
            problem = Problem("The connection was closed.")
        if problem is not None:
            self._drop(sid)
            raise socketio.exceptions.ConnectionRefusedError(
                problem.message, {"message": problem.message, "code": problem.code}
            )

    async def _authenticate(self, auth: Any, scope: Mapping[str, Any]) -> Any:
        if self.setup.authenticate is None:
            return None
        return await call(
            self.setup.authenticate, self._services, auth if isinstance(auth, dict) else None, scope
        )

    async def _disconnected(self, group: Sequence[SocketRoutes], sid: str) -> None:
        client = self._drop(sid)
        if client is None:
            return
        for routes in group:
            for handler in routes.disconnect_handlers:
                try:
                    async with asyncio.timeout(self.limits.handler_seconds):
                        await call(handler, self._services, client)
                except Exception:
                    log.exception("socket disconnect handler failed")

    def _drop(self, sid: str) -> Client | None:
        client = self._clients.pop(sid, None)
        if client is not None:
            client.connected = False
            client.mute()
            self._persons.unseat(client)
            for key in client.keys:
                tagged = self._keys.get(key)
                if tagged is not None:
                    tagged.discard(client)
                    if not tagged:
                        del self._keys[key]
        return client

    def _obey(self, order: dict[str, Any]) -> None:
        key, code, message = order["key"], order["code"], order["message"]
        now = time.monotonic()
        self._closed_keys = {
            k: v for k, v in self._closed_keys.items() if now - v[0] < _REMEMBER_CLOSED_SECONDS
        }
        self._closed_keys[key] = (now, code, message)
        for client in list(self._keys.get(key, ())):
            background(self._kick(client, code, message))

    async def _kick(self, client: Client, code: str, message: str) -> None:
        if not client.connected:
            return
        client.fail(code, message)
        client.mute()
        manager = self.server.manager
        eio_sid = manager.eio_sid_from_sid(client.id, client.namespace)
        await self.server.disconnect(client.id, namespace=client.namespace)
        socket: LeanSocket | None = self.server.eio.sockets.get(eio_sid)
        if socket is not None:
            await socket.fetched(_LAST_POLL_TIMEOUT_SECONDS)
            await self.server.eio.disconnect(eio_sid)

    def _origin_allowed(self, origin: str | None, environ: dict[str, Any]) -> bool:
        if "*" in self._origins or origin in self._origins:
            return True
        _, authority = split_origin(origin or "")  # clients that are no browsers send none
        return bool(authority) and authority == str(environ.get("HTTP_HOST", "")).lower()


def _problem_of(error: Exception, event: str, *, hung: bool = False) -> Problem:
    """Return the Problem for the client; log errors of ours (and a handler that `hung`), whose text it does not get."""
    problem = None if hung else error if isinstance(error, Problem) else as_problem(error)
    if problem is None:
        log.error("socket handler failed", socket_event=event, exc_info=error)
        problem = Problem()
    return problem


def _quiet(name: str) -> logging.Logger:
    """Return a quiet logger for the library: malformed input of clients is no error of ours."""
    logger = logging.getLogger(f"colonnade.realtime.{name}")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)
    return logger
