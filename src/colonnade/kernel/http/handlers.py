"""Declarations of routes: `@get("/things", guards=[anyone()])` on a function, and routers that group them.

A handler names what it needs by type: `Database`, `Storage`, a slice's settings and everything else that is provided
(`core.providing`), `Exchange`, `Principal` (a caller must be signed in) or `Principal | None`, and `ExpectedVersion`
(of `If-Match`, which every other write refuses). `data` is the body, and what is left comes from the path (if its
template names it), a header or the query. `Ok` and `Page` answer 200, `Created` 201, `None` 204.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from types import NoneType
from typing import Any, Literal, TypedDict, Union, Unpack, get_origin, get_type_hints

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import find_provider
from colonnade.kernel.http.answers import Created, Ok, Page, Response
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import Guard
from colonnade.kernel.http.parameters import Parameter, QueryParameter, parameter_of
from colonnade.kernel.http.preconditions import ExpectedVersion, expected_version

__all__ = [
    "Cached",
    "Handler",
    "Method",
    "Options",
    "Router",
    "Tag",
    "delete",
    "get",
    "list_handlers",
    "mirrored",
    "patch",
    "post",
    "put",
]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Source = Callable[[Exchange], Any]

_MIRROR: Mapping[Method, Method] = {"PUT": "PATCH", "PATCH": "PUT"}
_ANSWERS = (Ok, Page, Response)
_STATUSES = frozenset(HTTPStatus)


class Cached(msgspec.Struct, frozen=True):
    """Caches anonymous answers of a route for `ttl_seconds`, or until one of `tags` is invalidated.

    Written as `response_cache=Cached(…)` in the route's decorator.
    """

    tags: tuple[str, ...]
    ttl_seconds: int

    def __post_init__(self) -> None:
        """Raise ValueError for a cache that would keep nothing, or what nothing invalidates."""
        if self.ttl_seconds <= 0 or not self.tags:
            raise ValueError("Cached needs at least one tag and a time of at least a second")


class Tag(str):
    """A tag and its `about`, given to a Router: `tags=[Tag("Orders", "What customers have bought.")]`.

    Routers that share a name need the text once; two different texts are an error of the description.
    """

    __slots__ = ("about",)

    about: str

    def __new__(cls, name: str, about: str = "") -> Tag:
        tag = super().__new__(cls, name)
        tag.about = about
        return tag


class Options(TypedDict, total=False):
    """What a route may say beside its guards."""

    answers: Sequence[int]
    """Error statuses that the description cannot know."""
    bare: Mapping[str, Any]
    """Media types of an answer without the envelope, with the type of its content."""
    form: type
    """The Struct of a multipart form, with an `UploadFile` among its fields (see `forms`)."""
    include_in_schema: bool
    mirrored: bool
    """It does what the route of the other method does at its path (see `mirrored`)."""
    missing: bool
    """It may answer 404 although its path has no parameter."""
    redirects: bool
    """It may answer 301."""
    request_max_body_size: int
    """In bytes, in place of the setting BODY_LIMIT_BYTES."""
    response_cache: Cached
    """Caches its answers to those who are not signed in."""
    sends_on: bool
    """It may answer 303."""
    signs_in: bool
    """Its body is that of a login, which the description fills in with the demonstration accounts."""
    status_code: int
    unmetered: bool
    """It spends a budget of its own and not the global one."""


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A declared route: its function, the guards in the order in which they run, and what its signature says."""

    method: Method
    path: str
    function: Callable[..., Awaitable[Any]]
    status: int
    parameters: tuple[Parameter, ...]
    sources: tuple[tuple[str, Source], ...]
    data: Any
    """The type of the body, or None."""
    returns: Any
    optional_bearer: bool
    takes_version: bool
    guards: tuple[Guard, ...] = ()
    tags: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)

    @property
    def name(self) -> str:
        """Module and name of the function."""
        return f"{self.function.__module__}.{self.function.__name__}"

    @property
    def template(self) -> str:
        """The path with its parameters' names only, as logs, metrics and the description show it."""
        return "/".join(
            f"{part.partition(':')[0]}}}" if ":" in part else part for part in self.path.split("/")
        )


@dataclass(frozen=True)
class Router:
    """Handlers and routers below `path`; its guards run before theirs, its tags come first."""

    path: str
    route_handlers: Sequence[Handler | Router] = ()
    guards: Sequence[Guard] = ()
    tags: Sequence[str] = ()


def list_handlers(routes: Iterable[Handler | Router]) -> Iterator[Handler]:
    """Yield every handler of `routes` with its whole path, all of its guards and all of its tags."""
    for each in routes:
        if isinstance(each, Handler):
            yield replace(each, path=_joined(each.path))
            continue
        for handler in list_handlers(each.route_handlers):
            yield replace(
                handler,
                path=_joined(each.path, handler.path),
                guards=(*each.guards, *handler.guards),
                tags=(*each.tags, *handler.tags),
            )


def mirrored(router: Router) -> Router:
    """Return `router` with a PUT beside each PATCH and a PATCH beside each PUT that is alone at its path.

    Both do the same: clients take one or the other for "change this".
    """
    below = list(list_handlers(router.route_handlers))
    known = {(each.method, each.path) for each in below}
    others = [
        replace(each, method=other, options={**each.options, "mirrored": True})
        for each in below
        if (other := _MIRROR.get(each.method)) is not None and (other, each.path) not in known
    ]
    return replace(router, route_handlers=[*router.route_handlers, *others])


def _joined(*paths: str) -> str:
    return "/" + "/".join(part for path in paths for part in path.split("/") if part)


def _caller(exchange: Exchange) -> Principal:
    if exchange.caller is None:
        raise Unauthorized
    return exchange.caller


_VISITOR = Union[Principal, None]  # noqa: UP007  (as get_type_hints spells it)
_SOURCES: dict[Any, Source] = {
    Exchange: lambda exchange: exchange,
    Principal: _caller,
    _VISITOR: lambda exchange: exchange.caller,
    ExpectedVersion: expected_version,
}


def _source(hint: Any) -> Source | None:
    getter = find_provider(hint)
    if getter is not None:
        return lambda exchange: getter(exchange.services)
    return _SOURCES.get(hint)


def _status(answer: Any) -> int:
    if answer is None or answer is type(None):
        return 204
    origin = get_origin(answer) or answer
    return 201 if isinstance(origin, type) and issubclass(origin, Created) else 200


def _fault_of(fn: Callable[..., Any], hints: Mapping[str, Any], method: Method, status: int) -> str | None:
    """Return what is wrong with a handler's signature, or None."""
    returns = get_origin(hints.get("return")) or hints.get("return")
    given = inspect.signature(fn).parameters.values()
    if not inspect.iscoroutinefunction(fn):
        return "is no coroutine function (async def)"
    if "return" not in hints:
        return "does not say what it answers"
    if not (
        returns in (None, NoneType, Any) or (isinstance(returns, type) and issubclass(returns, _ANSWERS))
    ):
        return "answers neither Ok, Created, Page, Response, Stream nor None"
    if (status in (204, 304)) is not (returns in (None, NoneType)) or status not in _STATUSES:
        return f"cannot answer {status}: an answer without content is None, and 204"
    if any(one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) for one in given):
        return "is called with keywords: write neither `/` nor `*`"
    if missing := [one.name for one in given if one.name not in hints]:
        return f"does not say of which type {missing[0]} is"
    if marked := [one.name for one in given if isinstance(one.default, QueryParameter)]:
        return f"has limits as the default of {marked[0]}: write Annotated[…, QueryParameter(…)]"
    if "data" in hints and method in ("GET", "DELETE"):
        return f"has data, and a {method} request has no body"
    return None


Decorator = Callable[[Callable[..., Any]], Handler]


def _declare(method: Method, path: str, *, guards: Sequence[Guard], **options: Unpack[Options]) -> Decorator:
    """Declare a route. Raise ValueError for a function that does not say what it answers, or takes what cannot be."""

    def decorate(fn: Callable[..., Any]) -> Handler:
        hints = get_type_hints(fn, include_extras=True)
        status = options.get("status_code") or _status(hints.get("return"))
        if fault := _fault_of(fn, hints, method, status):
            raise ValueError(f"{method} {path}: {fn.__qualname__} {fault}")
        given = inspect.signature(fn).parameters
        sources = {name: source for name in given if (source := _source(hints[name])) is not None}
        return Handler(
            method=method,
            path=path,
            function=fn,
            status=status,
            parameters=tuple(
                parameter_of(name, hints[name], default=parameter.default, path=path)
                for name, parameter in given.items()
                if name not in sources and name != "data"
            ),
            sources=tuple(sources.items()),
            data=hints.get("data"),
            returns=hints["return"],
            optional_bearer=_VISITOR in hints.values(),
            takes_version=ExpectedVersion in hints.values(),
            guards=tuple(guards),
            options=options,
        )

    return decorate


get = partial(_declare, "GET")
post = partial(_declare, "POST")
put = partial(_declare, "PUT")
patch = partial(_declare, "PATCH")
delete = partial(_declare, "DELETE")
