"""A product's declaration of its sockets: handlers of events, and who may connect.

A handler takes the client, the payload and, by type, whatever else it needs (`core.providing`):
`async def send(client: Client, data: SendMessage, db: Database)`. msgspec converts the payload strictly to the type of
its parameter (`object` or `Any`: unchanged).

Out of scope: networking.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_origin, get_type_hints

from colonnade.kernel.core import Invalid, Problem
from colonnade.kernel.core.providing import needs_of
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.realtime.limits import SocketLimits
from colonnade.kernel.realtime.log import RoomEvent

__all__ = [
    "RESERVED_EVENTS",
    "Authenticate",
    "EventRoute",
    "FindPerson",
    "ReplayFilter",
    "SocketRoutes",
    "SocketSetup",
    "convert_payload",
    "merge_setups",
]

EventHandler = Callable[..., Awaitable[object]]
ClientHandler = Callable[..., Awaitable[None]]
Authenticate = Callable[..., Awaitable[Any]]
"""`async (auth: dict | None, scope, …) -> identity | None`; raising a Problem refuses the connection.

Of the ASGI scope it gets `path`, `client` and the headers Authorization, Cookie, Host, Origin, User-Agent and
Accept-Language.
"""
FindPerson = Callable[[Any], str | None]
"""`(identity) -> key` of the person whom an identity stands for, such as `guest:…`; None if it stands for nobody."""
ReplayFilter = Callable[..., Awaitable[Sequence[RoomEvent]]]
"""`async (room: str, events: list[RoomEvent], …) -> events`: those that a late joiner may see, possibly rewritten."""

H = TypeVar("H", bound=EventHandler)
C = TypeVar("C", bound=ClientHandler)
F = TypeVar("F", bound=ReplayFilter)
T = TypeVar("T")

RESERVED_EVENTS: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
_MAX_DEPTH: Final = 64
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class EventRoute:
    """One event and its handler; `spends` is the budget that each costs one of, `raises` are its refusals."""

    event: str
    handler: EventHandler
    spends: str | None = None
    raises: tuple[type[Problem], ...] = ()

    @property
    def payload_type(self) -> Any:
        """The annotation of the handler's second own parameter; Any if it has none."""
        own = needs_of(self.handler).own
        return own[1][1] if len(own) > 1 else Any

    @property
    def answer_type(self) -> Any:
        """The type of what the handler returns, which is the acknowledgement."""
        return get_type_hints(self.handler, include_extras=True).get("return", Any)

    @property
    def takes_all(self) -> bool:
        """Whether the payload is a tuple of all arguments of the event, and not its only one."""
        return get_origin(self.payload_type) is tuple


class SocketRoutes:
    """The events of one Socket.IO namespace; several objects of the same namespace add up.

    A handler returns the acknowledgement. It may raise a Problem: the client gets `error {message, code}`, and the
    acknowledgement, if it asked for one, is `{"error": {message, code, details?}}`.
    """

    def __init__(self, namespace: str = "/") -> None:
        if not namespace.startswith("/"):
            raise ValueError(f"a namespace begins with a slash: {namespace!r}")
        self.namespace = namespace
        self.events: dict[str, EventRoute] = {}
        self.connect_handlers: list[ClientHandler] = []
        self.disconnect_handlers: list[ClientHandler] = []
        self.replay_filters: dict[str, ReplayFilter] = {}

    @property
    def handlers(self) -> list[Callable[..., Any]]:
        """All functions registered here."""
        events = [route.handler for route in self.events.values()]
        return [*events, *self.connect_handlers, *self.disconnect_handlers, *self.replay_filters.values()]

    def on(
        self, event: str, *, spends: str | None = None, raises: Sequence[type[Problem]] = ()
    ) -> Callable[[H], H]:
        """Handle `event` with `async (client, data, …) -> acknowledgement or None`.

        `raises` are the refusals that its callers must know, for the description. Each event costs one of the budget
        `spends`, which is counted per person, over all their sockets; one that is refused does not reach the handler
        (RATE_LIMIT_EXCEEDED, as `error` and in the acknowledgement).
        """

        def register(handler: H) -> H:
            if event in RESERVED_EVENTS or event in self.events:
                raise ValueError(f"event {event!r} is reserved or already has a handler")
            self.events[event] = EventRoute(event, handler, spends, tuple(raises))
            return handler

        return register

    def on_connect(self, handler: C) -> C:
        """Call `async (client, …)` before the client is told that it is connected.

        It may tag the client and enter rooms for it; a Problem refuses the connection.
        """
        self.connect_handlers.append(handler)
        return handler

    def on_disconnect(self, handler: C) -> C:
        """Call `async (client, …)` when the client has gone; `client.rooms` are those it was in."""
        self.disconnect_handlers.append(handler)
        return handler

    def replay(self, room_prefix: str) -> Callable[[F], F]:
        """Filter events replayed from rooms with this prefix through `async (room, events, …)`.

        It returns the events to send: some rewritten (same `seq`), some left out.
        """

        def register(replay_filter: F) -> F:
            self.replay_filters[room_prefix] = replay_filter
            return replay_filter

        return register


@dataclass(frozen=True, slots=True)
class SocketSetup:
    """The sockets of a slice. All `paths` lead to the same server and rooms; `limits` None means the defaults.

    `raises` are the refusals of `authenticate` that clients must know. `person` finds the person of an identity that is
    no Principal: budgets and sockets are counted per person.
    """

    routes: Sequence[SocketRoutes] = field(default_factory=tuple)
    authenticate: Authenticate | None = None
    raises: Sequence[type[Problem]] = ()
    person: FindPerson | None = None
    paths: tuple[str, ...] = ("/socket.io",)
    limits: SocketLimits | None = None


def merge_setups(setups: Sequence[SocketSetup]) -> SocketSetup | None:
    """Combine the sockets of several slices; return None if there are none.

    Raise ValueError if more than one of them sets `authenticate`, `person` or `limits`.
    """
    if not setups:
        return None
    for name in ("authenticate", "person", "limits"):
        if sum(getattr(setup, name) is not None for setup in setups) > 1:
            raise ValueError(f"two slices set `{name}` of the sockets")
    return SocketSetup(
        routes=[routes for setup in setups for routes in setup.routes],
        authenticate=_first(setup.authenticate for setup in setups),
        raises=[problem for setup in setups for problem in setup.raises],
        person=_first(setup.person for setup in setups),
        paths=tuple(dict.fromkeys(path for setup in setups for path in setup.paths)),
        limits=_first(setup.limits for setup in setups),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def convert_payload(route: EventRoute, arguments: list[Any], reading: Reading) -> Any:
    """Return the payload, converted to the handler's type, of an event with these arguments.

    Raise Invalid with a field map, or because there are more arguments than the handler takes.
    """
    if not route.takes_all and any(each is not None for each in arguments[1:]):
        raise Invalid("This event takes one argument.")
    data: object = arguments if route.takes_all else arguments[0] if arguments else None
    _check_text(data)
    if route.payload_type in (Any, object):
        return data
    return reading.convert(data, route.payload_type, whole="data")


def _check_text(data: object) -> None:
    """Raise Invalid for characters that PostgreSQL cannot store, and for excessive nesting."""
    waiting: list[tuple[object, int]] = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if "\x00" in value:
                raise Invalid("Text must not contain NUL characters.")
            if not value.isascii() and _HALF_PAIR.search(value):
                raise Invalid("Text must not contain half of a surrogate pair.")
        elif isinstance(value, (list, dict)):
            if depth >= _MAX_DEPTH:
                raise Invalid("The data is nested too deeply.")
            children = value if isinstance(value, list) else [*value.keys(), *value.values()]
            waiting.extend((child, depth + 1) for child in children)
