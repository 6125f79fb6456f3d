"""Builds the description (AsyncAPI 3.0) of a product's socket events from their declarations.

Where and how to connect, what clients send and how it is acknowledged (the handlers of SocketRoutes), what they are
sent (`Slice.sends`), the refusals and the budgets. Payloads are described by msgspec, as in the OpenAPI description.

A channel is a Socket.IO namespace; an operation `receive` is what the server takes, `send` what it sends.

Out of scope: the page that shows it (`events_page`).
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from colonnade.kernel import core
from colonnade.kernel.core import LoggedEvent, Problem, SentEvent
from colonnade.kernel.http.openapi_examples import MISSING, make_example
from colonnade.kernel.http.openapi_schemas import describe_types, name_as_sent, texts_of
from colonnade.kernel.http.services import Api
from colonnade.kernel.limits import Budget
from colonnade.kernel.realtime import (
    EventRoute,
    SocketLimits,
    SocketSetup,
    TooManySockets,
    UnknownEvent,
)

__all__ = ["HOST", "describe_events"]

HOST = "localhost:3000"
"""Where the description says the server is, if nobody asks for it under another name."""
_COMMON_ERRORS: tuple[type[Problem], ...] = (
    core.Invalid,
    core.TooManyRequests,
    UnknownEvent,
    core.Unavailable,
    Problem,
)
"""Refusals that every event may get."""

_JSON = "application/json"
_TOKEN_SCHEME = {
    "type": "apiKey",
    "in": "user",
    "description": 'Socket.IO\'s `auth: {"token": "…"}`, sent when the namespace is joined.',
}
_TOKEN = {"$ref": "#/components/securitySchemes/token"}
_RAISES = re.compile(r"\s*\bRaise [A-Z][^.]*\.")


class SocketError(msgspec.Struct, frozen=True):
    """Why something was refused, or why the socket is closed next. `code` is stable, `message` is for people."""

    message: str
    code: str
    details: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Refused(msgspec.Struct, frozen=True):
    """The acknowledgement of an event that was refused."""

    error: SocketError


class _Schemas:
    """The schema of each payload of a product's sockets, and the components that they refer to."""

    def __init__(self, kinds: Sequence[Any]) -> None:
        self._kinds = [Any if kind is object else kind for kind in kinds]
        self._schemas, self.components = describe_types(self._kinds)

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of one of the types."""
        return self._schemas[self._kinds.index(Any if kind is object else kind)]

    def message(self, name: str, kind: Any, *, title: str = "", logged: bool = False) -> dict[str, Any]:
        """Return the message `name` with a payload of that type; a `logged` one has `seq` as well."""
        payload = self.of(kind)
        example = make_example(payload, self.components)
        if logged:
            payload = {"allOf": [payload, _SEQ]}
            example = {**example, "seq": 1} if isinstance(example, dict) else MISSING
        return {
            "name": name,
            "title": title or name,
            "contentType": _JSON,
            "payload": payload,
            **({} if example is MISSING else {"examples": [{"payload": example}]}),
        }


_SEQ: dict[str, Any] = {
    "type": "object",
    "properties": {
        "seq": {
            "type": "integer",
            "minimum": 1,
            "description": "The event's number in the room: the next one has the next number.",
        }
    },
    "required": ["seq"],
}


def describe_events(
    product: Api, budgets: Mapping[str, Budget], *, host: str = HOST, root: str = ""
) -> dict[str, Any]:
    """Return the AsyncAPI document of the product's sockets as JSON-able data.

    `budgets` are those in force, `host` and `root` where the product is mounted. Raise ValueError for a product without
    sockets.
    """
    setup = product.sockets
    if setup is None:
        raise ValueError(f"{product.name} has no sockets")
    schemas = _Schemas(_kinds_of(setup, product.sends))
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for namespace in sorted({routes.namespace for routes in setup.routes}):
        events = {
            name: route
            for routes in setup.routes
            if routes.namespace == namespace
            for name, route in routes.events.items()
        }
        channel = _Channel(namespace, schemas)
        for route in events.values():
            channel.receives(route, budgets)
        for key, event in _keyed(product.sends).items():
            channel.sends(key, event)
        channel.sends_errors()
        channels[channel.key] = channel.described()
        operations |= channel.operations
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{product.title}: socket events",
            "version": product.version,
            "description": product.description,
        },
        "defaultContentType": _JSON,
        "servers": _servers(setup, host, root),
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas.components, "securitySchemes": {"token": _TOKEN_SCHEME}},
        "x-limits": _limits(setup),
        "x-errors": _errors(_COMMON_ERRORS),
    }
    named: dict[str, Any] = name_as_sent(document)
    return named


class _Channel:
    """One namespace: its messages, and the operations on it."""

    def __init__(self, namespace: str, schemas: _Schemas) -> None:
        self.namespace = namespace
        self.key = namespace.strip("/").replace("/", ".") or "root"
        self.operations: dict[str, Any] = {}
        self._schemas = schemas
        self._messages: dict[str, Any] = {
            "refused": {
                **schemas.message("acknowledgement", Refused, title="Refused"),
                "summary": "The acknowledgement of an event that was refused.",
            }
        }

    def described(self) -> dict[str, Any]:
        """Return the channel."""
        return {
            "address": self.namespace,
            "title": f"The namespace {self.namespace}",
            "description": (
                "An event has one argument, its payload, and may ask for an acknowledgement. Events of a room with a "
                "log carry `seq`: join with `after`, the last one received, to be sent what was missed."
            ),
            "messages": self._messages,
        }

    def receives(self, route: EventRoute, budgets: Mapping[str, Budget]) -> None:
        """Add an event that clients send."""
        summary, text = texts_of(route.handler)
        key, acknowledgement = f"receive.{route.event}", f"acknowledge.{route.event}"
        self._messages[key] = self._schemas.message(route.event, route.payload_type)
        self._messages[acknowledgement] = {
            **self._schemas.message("acknowledgement", route.answer_type, title=f"{route.event}: done"),
            "summary": f"The acknowledgement of `{route.event}`.",
        }
        budget = budgets[route.spends] if route.spends is not None else None
        notes = [_said(text)]
        if budget is not None:
            notes.append(f"At most {budget.quota} per person, over all their sockets (`{budget.name}`).")
        self._operate("receive", key, route.event, summary, notes)
        self.operations[self._id(key)] |= {
            "reply": {
                "channel": self._reference(),
                "messages": [self._reference(acknowledgement), self._reference("refused")],
            },
            **({"x-budget": {"name": budget.name, "quota": budget.quota, "per": "person"}} if budget else {}),
            "x-errors": _errors(route.raises),
        }

    def sends(self, key: str, event: SentEvent[Any]) -> None:
        """Add an event that clients are sent."""
        logged = isinstance(event, LoggedEvent)
        self._messages[f"send.{key}"] = {
            **self._schemas.message(event.name, event.data_type, logged=logged),
            "summary": event.when,
        }
        how = (
            "It is kept in the room's log, and replayed to those who missed it."
            if logged
            else "It is not kept."
        )
        self._operate(
            "send", f"send.{key}", event.name, event.when.rstrip("."), [event.when, f"To {event.to}. {how}"]
        )
        self.operations[self._id(f"send.{key}")] |= {"x-to": event.to, "x-logged": logged}

    def sends_errors(self) -> None:
        """Add the event `error`."""
        self._messages["send.error"] = {
            **self._schemas.message("error", SocketError),
            "summary": "Something was refused, or the socket is closed next.",
        }
        text = (
            "Every refusal is sent as this event, whether an acknowledgement was asked for or not. Before the server "
            "closes a socket (its session has ended, say) it sends the reason."
        )
        self._operate(
            "send", "send.error", "error", "Something was refused, or the socket is closed next", [text]
        )
        self.operations[self._id("send.error")] |= {"x-to": "the client concerned", "x-logged": False}

    def _operate(self, action: str, key: str, title: str, summary: str, notes: Sequence[str]) -> None:
        self.operations[self._id(key)] = {
            "action": action,
            "channel": self._reference(),
            "title": title,
            "summary": summary,
            "description": "\n\n".join(notes),
            "messages": [self._reference(key)],
        }

    def _id(self, key: str) -> str:
        return key if self.key == "root" else f"{self.key}.{key}"

    def _reference(self, message: str = "") -> dict[str, str]:
        place = f"#/channels/{self.key}"
        return {"$ref": f"{place}/messages/{message}" if message else place}


def _kinds_of(setup: SocketSetup, sends: Sequence[SentEvent[Any]]) -> list[Any]:
    """Return the types of all payloads; a list, for not every type can be a key."""
    routes = [route for part in setup.routes for route in part.events.values()]
    return [
        SocketError,
        Refused,
        *(kind for route in routes for kind in (route.payload_type, route.answer_type)),
        *(event.data_type for event in sends),
    ]


def _keyed(sends: Sequence[SentEvent[Any]]) -> dict[str, SentEvent[Any]]:
    """Return the events by a key: the name, with the recipients if several are called so."""
    count = Counter(event.name for event in sends)
    return {
        event.name if count[event.name] == 1 else f"{event.name}.{_slug(event.to)}": event for event in sends
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _servers(setup: SocketSetup, host: str, root: str) -> dict[str, Any]:
    texts = ["Socket.IO 4 (Engine.IO protocol 4), over WebSocket or long polling."]
    if setup.authenticate is not None:
        texts.append(_said(inspect.getdoc(setup.authenticate) or ""))
    return {
        _slug(path): {
            "host": host,
            "pathname": root + path,
            "protocol": "socketio",
            "protocolVersion": "5",
            "description": "\n\n".join(texts),
            **({"security": [_TOKEN]} if setup.authenticate is not None else {}),
            "x-errors": _errors([*setup.raises, TooManySockets]),
        }
        for path in setup.paths
    }


def _limits(setup: SocketSetup) -> dict[str, int]:
    limits = setup.limits or SocketLimits()
    return {
        "messagesPerMinute": limits.messages_per_minute,
        "messageBytes": limits.message_bytes,
        "socketsPerPersonAndProcess": limits.sockets_per_person,
        "socketsPerAddressAndProcess": limits.sockets_per_address,
        "roomsPerSocket": limits.rooms_per_socket,
        "replayedEvents": limits.replay_events,
    }


def _errors(kinds: Sequence[type[Problem]]) -> list[dict[str, str]]:
    """Return the refusals as clients are told them: the code, and the usual message."""
    return [
        {"code": kind.code, "message": kind.message} for kind in sorted(kinds, key=lambda kind: kind.code)
    ]


def _said(text: str) -> str:
    """Return a docstring without its sentence about errors, which are listed by code."""
    return _RAISES.sub("", text).strip()
