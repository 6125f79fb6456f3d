"""Route decorators: Litestar's, with our own injection and with the status derived from the return type.

A handler names what it needs by type: `Database`, `Storage`, a slice's settings and everything else that is provided
(`core.providing`), `Exchange`, `Principal` (a caller must be signed in) or `Principal | None`, and `ExpectedVersion`
(of `If-Match`, which every other write refuses). Litestar's own dependencies run in a task group, which costs more
than the rest of a request; these are attribute look-ups. `Ok` and `Page` answer 200, `Created` 201, `None` 204.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod, RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, KwargDefinition
from litestar.types import ASGIApp, Scope

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, Unauthorized, UnsupportedMediaType
from colonnade.kernel.core.providing import find_provider
from colonnade.kernel.http.answers import Created, Ok, Page
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange
from colonnade.kernel.http.preconditions import ExpectedVersion, expected_version, refuse_versions
from colonnade.kernel.http.strict_json import sentence

__all__ = ["delete", "get", "patch", "post", "put"]

Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


def _caller(exchange: Exchange) -> Principal:
    if exchange.caller is None:
        raise Unauthorized
    return exchange.caller


def _visitor(exchange: Exchange) -> Principal | None:
    return exchange.caller


_VISITOR = Union[Principal, None]  # noqa: UP007  (as get_type_hints spells it)
_SOURCES: dict[Any, Callable[[Exchange], Any]] = {
    Exchange: lambda exchange: exchange,
    Principal: _caller,
    _VISITOR: _visitor,
    ExpectedVersion: expected_version,
}


def _source(hint: Any) -> Callable[[Exchange], Any] | None:
    getter = find_provider(hint)
    if getter is not None:
        return lambda exchange: getter(exchange.services)
    return _SOURCES.get(hint)


def _marked(name: str, hint: Any, path: str) -> Any:
    """Return `hint` with Litestar's marker for the source of the value: path, JSON body or query."""
    if any(isinstance(extra, KwargDefinition) for extra in getattr(hint, "__metadata__", ())):
        return hint
    if name == "data":
        return JSONBody[hint]  # type: ignore[misc]
    if f"{{{name}:" in path:
        return FromPath[hint]  # type: ignore[misc]
    return FromQuery[hint]  # type: ignore[misc]


def inject(fn: Callable[..., Any], path: str) -> Callable[..., Any]:
    """Wrap `fn` for Litestar: the ASGI scope replaces the injected parameters."""
    hints = get_type_hints(fn, include_extras=True)
    signature = inspect.signature(fn)
    sources: list[tuple[str, Callable[[Exchange], Any]]] = []
    parameters = [inspect.Parameter("scope", inspect.Parameter.KEYWORD_ONLY, annotation=Scope)]
    for name, parameter in signature.parameters.items():
        source = _source(hints[name])
        if source is not None:
            sources.append((name, source))
        else:
            hints[name] = _marked(name, hints[name], path)
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name]))

    async def handler(*, scope: Scope, **values: Any) -> Any:
        exchange: Exchange = scope[SCOPE_KEY]  # type: ignore[literal-required]
        for name, source in sources:
            values[name] = source(exchange)
        return await fn(**values)

    injected = {name for name, _ in sources}
    handler.__name__ = fn.__name__
    handler.__qualname__ = fn.__qualname__
    handler.__module__ = fn.__module__
    handler.__doc__ = fn.__doc__
    handler.__annotations__ = {
        "scope": Scope,
        **{name: hint for name, hint in hints.items() if name not in injected},
    }
    handler.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=hints.get("return")
    )
    return handler


def _query_names(handler: Callable[..., Any]) -> dict[str, str]:
    """Map query parameters to the names that clients use, if they differ."""
    names: dict[str, str] = {}
    for parameter, hint in handler.__annotations__.items():
        for extra in getattr(hint, "__metadata__", ()):
            name = getattr(extra, "name", None) if isinstance(extra, KwargDefinition) else None
            if name is not None and name != parameter:
                names[parameter] = name
    return names


def _never_null(handler: Callable[..., Any]) -> Iterator[str]:
    """Yield the optional parameters that are not plain text: Litestar would read `null` as absent."""
    for parameter, hint in handler.__annotations__.items():
        inner: Any = hint.__origin__ if hasattr(hint, "__metadata__") else hint
        kinds = get_args(inner)
        if type(None) in kinds and str not in kinds:
            yield parameter


def _refuse_null(query: bytes, names: frozenset[str]) -> None:
    for name, value in parse_qsl(query.decode("latin-1")):
        if name in names and value.lower() == "null":
            raise Invalid(fields={name: sentence(name, f"Invalid enum value {value!r}")})


def _moments(handler: Callable[..., Any]) -> Iterator[str]:
    """Yield the parameters that are a date and time, which Litestar would also read from a number of seconds."""
    for parameter, hint in handler.__annotations__.items():
        inner: Any = hint.__origin__ if hasattr(hint, "__metadata__") else hint
        if datetime in (inner, *get_args(inner)):
            yield parameter


def _refuse_numbers(query: bytes, names: frozenset[str]) -> None:
    for name, value in parse_qsl(query.decode("latin-1")):
        if name in names and value[4:5] != "-":
            raise Invalid(fields={name: sentence(name, "Expected `datetime`")})


def _refuse_encoding(encoding: bytes) -> None:
    """Raise UnsupportedMediaType for a compressed body: its size would say nothing about the work it makes."""
    if encoding.strip().lower() not in (b"", b"identity"):
        raise UnsupportedMediaType(
            "The body is to be sent uncompressed, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )


def _status(fn: Callable[..., Any]) -> int:
    answer = get_type_hints(fn).get("return")
    if answer is None or answer is type(None):
        return 204
    origin = get_origin(answer) or answer
    return 201 if isinstance(origin, type) and issubclass(origin, Created) else 200


class JsonAnswer:
    """A finished JSON body as an ASGI application; the outermost layer adds all other headers."""

    __slots__ = ("_body", "_status")

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": _JSON})
        await send({"type": "http.response.body", "body": self._body})


_JSON = [(b"content-type", b"application/json")]


class Handler(HTTPRouteHandler):
    """Litestar's route handler with less work per request: guards without copying it, answers without a Response."""

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Run the guards, then refuse what the route does not take, before the body is read."""
        exchange: Exchange = connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        await exchange.admit(partial(self._guard, connection))
        if b"if-match" in exchange.request_headers and self.opt["writes"]:
            (expected_version if self.opt["takes_version"] else refuse_versions)(exchange)
        if b"null" in connection.scope["query_string"].lower():
            _refuse_null(connection.scope["query_string"], self.opt["never_null"])
        if self.opt["moments"]:
            _refuse_numbers(connection.scope["query_string"], self.opt["moments"])
        if b"content-encoding" in exchange.request_headers and self.opt["writes"]:
            _refuse_encoding(exchange.request_headers[b"content-encoding"])
        data = self.parsed_data_field
        if data is not None and "form" not in self.opt:
            given = exchange.request_headers.get(b"content-type", b"application/json")
            kind = given.partition(b";")[0].strip().lower()
            wanted = data.kwarg_definition.media_type  # type: ignore[union-attr]
            if kind != wanted.encode() and not (
                wanted == RequestEncodingType.JSON and kind.endswith(b"+json")
            ):
                raise UnsupportedMediaType(f"The body is to be sent as {wanted.value}.")

    async def _guard(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        exchange: Exchange = connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        exchange.caller = None
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]

    async def to_response(self, app: Litestar, data: Any, request: Request[Any, Any, Any]) -> ASGIApp:
        """Encode `Ok` and `Page` in the product's envelope; leave anything else to Litestar."""
        if isinstance(data, Ok | Page):
            wire = self.resolve_return_dto()
            assert wire is not None
            return JsonAnswer(self.status_code, wire(request).data_to_encodable_type(data))  # type: ignore[arg-type]
        return await super().to_response(app, data, request)


def _decorator(method: HttpMethod, path: str, options: dict[str, Any]) -> Decorator:
    def decorate(fn: Callable[..., Any]) -> HTTPRouteHandler:
        status = options.pop("status_code", None) or _status(fn)
        hints = get_type_hints(fn, include_extras=True).values()
        name = f"{fn.__module__}.{fn.__name__}"
        handler = inject(fn, path)
        names = _query_names(handler)
        never_null = frozenset(names.get(name, name) for name in _never_null(handler))
        moments = frozenset(names.get(name, name) for name in _moments(handler))
        return Handler(
            path,
            http_method=method,
            status_code=status,
            name=name,
            query_names=names,
            never_null=never_null,
            moments=moments,
            function=fn,
            optional_bearer=_VISITOR in hints,
            takes_version=ExpectedVersion in hints,
            writes=method is not HttpMethod.GET,
            **options,
        )(handler)

    return decorate


def get(path: str, *, guards: list[Any], **options: Any) -> Decorator:
    """Declare a GET route; `response_cache=Cached(…)` caches its anonymous answers."""
    return _decorator(HttpMethod.GET, path, {"guards": guards, **options})


def post(path: str, *, guards: list[Any], **options: Any) -> Decorator:
    """Declare a POST route."""
    return _decorator(HttpMethod.POST, path, {"guards": guards, **options})


def put(path: str, *, guards: list[Any], **options: Any) -> Decorator:
    """Declare a PUT route."""
    return _decorator(HttpMethod.PUT, path, {"guards": guards, **options})


def patch(path: str, *, guards: list[Any], **options: Any) -> Decorator:
    """Declare a PATCH route."""
    return _decorator(HttpMethod.PATCH, path, {"guards": guards, **options})


def delete(path: str, *, guards: list[Any], **options: Any) -> Decorator:
    """Declare a DELETE route."""
    return _decorator(HttpMethod.DELETE, path, {"guards": guards, **options})
