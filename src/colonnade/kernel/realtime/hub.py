"""The hub: one product's Socket.IO server in one process.

It serves the handlers of a SocketSetup as an ASGI application, knows the clients and their keys, and sends to rooms in
all processes.

Out of scope: authorisation (the product's `authenticate` and handlers), and keeping events that are not logged.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Hashable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog

from colonnade.kernel.core import Dispatcher, NotFound, Problem, UnloggedEvent
from colonnade.kernel.core.bus import Bus
from colonnade.kernel.core.handover import Handover
from colonnade.kernel.core.origins import split_origin
from colonnade.kernel.core.providing import call, check_provided, provided
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.db import Executor, as_problem
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.closings import Closings
from colonnade.kernel.realtime.codec import arguments_of, error_payload
from colonnade.kernel.realtime.delivery import Delivery, Joined, wait_for_others
from colonnade.kernel.realtime.engine import Engine
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.log import Appended, Emit
from colonnade.kernel.realtime.peer import Peer
from colonnade.kernel.realtime.persons import Persons, spend_budget
from colonnade.kernel.realtime.presence import Presence
from colonnade.kernel.realtime.rooms import Rooms
from colonnade.kernel.realtime.routes import EventRoute, SocketRoutes, SocketSetup, convert_payload

__all__ = ["Hub", "HubStats", "UnknownEvent"]

log = structlog.get_logger(__name__)

P = TypeVar("P")

_STOP_SECONDS: Final = 5.0
_SERVICE_RESTART: Final = 1012
_ID_BYTES: Final = 15


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
        handover: Handover | None = None,
        reading: Reading | None = None,
    ) -> None:
        self.setup = setup
        self._reading = reading or Reading()
        self.limits = limits or setup.limits or SocketLimits()
        self._origins = frozenset(origin.rstrip("/") for origin in origins)
        self._services: Any = None
        self._clients: dict[str, Client] = {}
        self._peers: dict[str, Peer] = {}
        self._keys: dict[str, set[Client]] = {}
        self._persons = Persons(self.limits.sockets_per_person, setup.person)
        self._closings = Closings()
        self._rooms = Rooms()
        self._groups: dict[str, list[SocketRoutes]] = {}
        for routes in setup.routes:
            self._groups.setdefault(routes.namespace, []).append(routes)
        self._groups = self._groups or {"/": []}
        self.namespaces = frozenset(self._groups)
        self._events = {name: _events_of(name, group) for name, group in self._groups.items()}
        self._engine = Engine(
            lambda session, scope: Peer(session, scope, self),
            limits=self.limits,
            origin_allowed=self._origin_allowed,
            credentials="*" not in self._origins,
            handover=handover,
        )
        self._delivery = Delivery(
            self._rooms,
            db,
            bus,
            replay_filters={k: v for routes in setup.routes for k, v in routes.replay_filters.items()},
            obey=self._obey,
            replay_events=self.limits.replay_events,
        )
        self._presence = Presence(self._delivery.deliver)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve any path of the setup (an ASGI application; it ignores the path)."""
        if scope["type"] in ("http", "websocket"):
            await self._engine(scope, receive, send)

    @property
    def stopping(self) -> bool:
        """Whether the process is shutting down: its clients are about to reconnect to others."""
        return self._engine.stopping

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
        self._presence.stop()
        await self._engine.stop(_SERVICE_RESTART, _STOP_SECONDS)
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
        await self._delivery.order({"key": key, "error": {"message": message, "code": code}})

    def count(self, room: str) -> int:
        """Return the number of clients in `room`, in this process."""
        return self._rooms.count(room)

    def stats(self) -> HubStats:
        """Return figures for metrics."""
        counters = self._engine.counters
        return HubStats(
            sockets=len(self._engine.sessions),
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
        error = self._closings.find(key, since=client.opened_at)
        if error is not None:
            # The key was closed while this client was connecting: it was authenticated by the state before that.
            asyncio.get_running_loop().call_soon(self._kick, client, error)

    async def connect(self, peer: Peer, namespace: str, auth: Any) -> Client:
        """Return the client that `peer` has in a namespace from now on. Raise Problem to refuse it."""
        session = peer.session
        opened_at = time.monotonic()
        client: Client | None = None
        try:
            async with asyncio.timeout(self.limits.handler_seconds):
                identity = await self._authenticate(auth, peer.scope)
                if session.closed:
                    raise Problem("The connection was closed.")
                id = secrets.token_urlsafe(_ID_BYTES)
                client = self._clients[id] = Client(
                    id=id,
                    namespace=namespace,
                    identity=identity,
                    person=self._persons.find(identity),
                    opened_at=opened_at,
                    session=session,
                    rooms=self._rooms,
                    tagger=self,
                )
                self._peers[id] = peer
                self._persons.seat(client)
                for routes in self._groups[namespace]:
                    for handler in routes.connect_handlers:
                        await call(handler, self._services, client)
            if session.closed or not client.connected:
                raise Problem("The connection was closed.")
        except Exception as error:
            if client is not None:
                client.gone()
                await self.disconnected(client)  # what the handlers have begun for it is to end
            raise _problem_of(error, "connect") from None
        return client

    async def handle(self, client: Client, event: str, arguments: list[Any]) -> list[Any]:
        """Handle an event; return the handler's acknowledgement, or the error that the client is told as well."""
        limit = asyncio.timeout(self.limits.handler_seconds)
        try:
            route = self._events[client.namespace].get(event)
            if route is None:
                raise UnknownEvent
            if route.spends is not None:
                await call(spend_budget, self._services, client, route.spends)
            data = convert_payload(route, arguments, self._reading)
            async with limit:
                return arguments_of(await call(route.handler, self._services, client, data))
        except Exception as error:
            problem = _problem_of(error, event, hung=limit.expired())
            client.fail_with(problem)
            return [{"error": error_payload(problem)}]

    async def disconnected(self, client: Client) -> None:
        """Handle that a client has gone."""
        if not self._drop(client):
            return
        for routes in self._groups[client.namespace]:
            for handler in routes.disconnect_handlers:
                try:
                    async with asyncio.timeout(self.limits.handler_seconds):
                        await call(handler, self._services, client)
                except Exception:
                    log.exception("socket disconnect handler failed")

    async def _authenticate(self, auth: Any, scope: Mapping[str, Any]) -> Any:
        if self.setup.authenticate is None:
            return None
        return await call(
            self.setup.authenticate, self._services, auth if isinstance(auth, dict) else None, scope
        )

    def _drop(self, client: Client) -> bool:
        """Forget a client; return whether it was known."""
        self._peers.pop(client.id, None)
        self._persons.unseat(client)
        for key in client.keys:
            tagged = self._keys.get(key)
            if tagged is not None:
                tagged.discard(client)
                if not tagged:
                    del self._keys[key]
        return self._clients.pop(client.id, None) is not None

    def _obey(self, order: dict[str, Any]) -> None:
        key, error = order["key"], order["error"]
        self._closings.note(key, error)
        for client in list(self._keys.get(key, ())):
            self._kick(client, error)

    def _kick(self, client: Client, error: dict[str, Any]) -> None:
        peer = self._peers.get(client.id)
        if not client.connected or peer is None:
            return
        client.fail(error)
        client.release()
        peer.dismiss(client)
        peer.session.close()

    def _origin_allowed(self, origin: str, host: str) -> bool:
        if "*" in self._origins or origin in self._origins:
            return True
        _, authority = split_origin(origin)
        return bool(authority) and authority == host.lower()


def _events_of(namespace: str, group: Sequence[SocketRoutes]) -> dict[str, EventRoute]:
    """Return the events of a namespace. Raise ValueError if two handlers take one."""
    events: dict[str, EventRoute] = {}
    for routes in group:
        for route in routes.events.values():
            if events.setdefault(route.event, route) is not route:
                raise ValueError(f"two handlers for {route.event!r} in {namespace}")
    return events


def _problem_of(error: Exception, event: str, *, hung: bool = False) -> Problem:
    """Return the Problem for the client; log errors of ours (and a handler that `hung`), whose text it does not get."""
    problem = None if hung else error if isinstance(error, Problem) else as_problem(error)
    if problem is None:
        log.error("socket handler failed", socket_event=event, exc_info=error)
        problem = Problem()
    return problem
