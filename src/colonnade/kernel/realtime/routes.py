"""What a product declares about its sockets: handlers of events, and who may connect.

No networking here. A handler's second parameter tells by its annotation what the payload must be: msgspec
converts it strictly before the handler runs (`object` or `Any`: as it came).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from colonnade.kernel.core import Invalid
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.log import RoomEvent

__all__ = ["Authenticate", "EventRoute", "ReplayFilter", "SocketRoutes", "SocketSetup", "convert_payload"]

EventHandler = Callable[[Client, Any, Any], Awaitable[object]]
ClientHandler = Callable[[Client, Any], Awaitable[None]]
Authenticate = Callable[[Any, dict[str, Any] | None, Mapping[str, Any]], Awaitable[Any]]
"""`async (services, auth, scope) -> identity | None`; raising a Problem refuses the connection."""
ReplayFilter = Callable[[Any, str, list[RoomEvent]], Awaitable[Sequence[RoomEvent]]]
"""`async (services, room, events) -> events`: what a late joiner may see of the log, possibly rewritten."""

H = TypeVar("H", bound=EventHandler)
C = TypeVar("C", bound=ClientHandler)
F = TypeVar("F", bound=ReplayFilter)

_RESERVED: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
_MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True)
class EventRoute:
    """One event, its handler and the type of its payload."""

    event: str
    handler: EventHandler
    payload_type: Any


class SocketRoutes:
    """The events of one Socket.IO namespace; several of the same namespace add up.

    A handler may raise a Problem: the client gets `error {message, code}`, and the acknowledgement, if it
    asked for one, is `{"error": {message, code}}`. What it returns is the acknowledgement.
    """

    def __init__(self, namespace: str = "/") -> None:
        if not namespace.startswith("/"):
            raise ValueError(f"a namespace begins with a slash: {namespace!r}")
        self.namespace = namespace
        self.events: dict[str, EventRoute] = {}
        self.connect_handlers: list[ClientHandler] = []
        self.disconnect_handlers: list[ClientHandler] = []
        self.replay_filters: dict[str, ReplayFilter] = {}

    def on(self, event: str) -> Callable[[H], H]:
        """Handle `event` with `async (client, data, services) -> acknowledgement or None`."""

        def register(handler: H) -> H:
            if event in _RESERVED or event in self.events:
                raise ValueError(f"event {event!r} is reserved or has a handler already")
            self.events[event] = EventRoute(event, handler, _payload_type(handler))
            return handler

        return register

    def on_connect(self, handler: C) -> C:
        """Call `async (client, services)` before the client is told that it is connected.

        The place to tag it and to enter its own rooms; a Problem refuses the connection.
        """
        self.connect_handlers.append(handler)
        return handler

    def on_disconnect(self, handler: C) -> C:
        """Call `async (client, services)` when the client has gone; `client.rooms` tells where it was."""
        self.disconnect_handlers.append(handler)
        return handler

    def replay(self, room_prefix: str) -> Callable[[F], F]:
        """Pass what is replayed from rooms with this prefix through `async (services, room, events)`.

        It gives the events to send: some rewritten (same `seq`), some left out.
        """

        def register(replay_filter: F) -> F:
            self.replay_filters[room_prefix] = replay_filter
            return replay_filter

        return register


@dataclass(frozen=True, slots=True)
class SocketSetup:
    """A product's sockets. Every path in `paths` leads to the same server and rooms; `limits` None: the usual."""

    routes: Sequence[SocketRoutes] = field(default_factory=tuple)
    authenticate: Authenticate | None = None
    paths: tuple[str, ...] = ("/socket.io",)
    limits: SocketLimits | None = None


def convert_payload(route: EventRoute, data: object) -> Any:
    """The payload as the handler wants it. Raises Invalid with a field map."""
    _check_text(data)
    if route.payload_type is Any or route.payload_type is object:
        return data
    try:
        return msgspec.convert(data, route.payload_type, strict=True)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `")
        name = path.removeprefix("$").rstrip("`").lstrip(".") or "data"
        raise Invalid(fields={name: text}) from None


def _check_text(data: object) -> None:
    """Refuse what PostgreSQL cannot store (NUL) and nesting that nobody means."""
    waiting: list[tuple[object, int]] = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if "\x00" in value:
                raise Invalid("Text must not contain NUL characters.")
        elif isinstance(value, (list, dict)):
            if depth >= _MAX_DEPTH:
                raise Invalid("The data is nested too deeply.")
            children = value if isinstance(value, list) else [*value.keys(), *value.values()]
            waiting.extend((child, depth + 1) for child in children)


def _payload_type(handler: EventHandler) -> Any:
    parameters = list(inspect.signature(handler).parameters.values())
    if len(parameters) != 3:
        raise TypeError(f"{handler.__qualname__} must take (client, data, services)")
    annotation = parameters[1].annotation
    if annotation is inspect.Parameter.empty:
        return Any

    # Only this one annotation is resolved: the others may name what is imported for type checkers alone.
    def only() -> None: ...

    only.__annotations__ = {"data": annotation}
    return get_type_hints(only, globalns=handler.__globals__, include_extras=True)["data"]
