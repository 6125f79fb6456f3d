"""Lists and checks the routes of an application: method, path, who may call it, which budgets it spends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter
from litestar.routes import HTTPRoute

from colonnade.kernel.http.cached import Cached
from colonnade.kernel.http.guards import Allows, Anyone, SignedIn, Spends

__all__ = [
    "Route",
    "cache_routes",
    "check_routes",
    "handler_guards",
    "has_home",
    "list_functions",
    "list_header_parameters",
    "list_routes",
    "unmetered_requests",
]

_PARAMETERS = {"int": "[0-9]{1,10}", "str": "[^/]+", "uuid": "[0-9A-Fa-f-]{36}"}
"""Patterns of path parameters by their type."""

_EXAMPLE = re.compile(r"\{[^}]+\}")


class Route(msgspec.Struct, frozen=True):
    """One line of the table; `access` is `anyone`, `signed in` or a permission."""

    method: str
    path: str
    access: str
    budgets: tuple[str, ...]
    name: str


def handler_guards(handler: HTTPRouteHandler) -> list[Any]:
    """Return the guard objects of a route, outermost first."""
    found: list[Any] = []
    for layer in handler.ownership_layers:
        found.extend(layer.guards or ())
    return [getattr(guard, "func", guard) for guard in found]


def _handlers(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    return [
        (str(method), route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if str(method) != "OPTIONS" and not route.path.startswith("/_openapi")
    ]


def list_routes(app: Litestar) -> list[Route]:
    """Return every public route, sorted by path and method."""
    table = []
    for method, path, handler in _handlers(app):
        guards = handler_guards(handler)
        access = next((guard.label for guard in guards if isinstance(guard, Allows | Anyone | SignedIn)), "")
        budgets = tuple(guard.budget for guard in guards if isinstance(guard, Spends))
        common = () if handler.opt.get("unmetered") else ("global",)
        table.append(Route(method, path, access, (*common, *budgets), handler.handler_name))
    return sorted(table, key=lambda route: (route.path, route.method))


def cache_routes(app: Litestar) -> list[tuple[str, str, Cached | None]]:
    """Return path, template (for logs) and cache rule, if it has one, of every GET route."""
    return [
        (path, re.sub(r":\w+\}", "}", path), handler.opt.get("response_cache"))
        for method, path, handler in _handlers(app)
        if method == "GET"
    ]


def list_functions(app: Litestar) -> list[Callable[..., Any]]:
    """Return the functions behind the routes, before they were wrapped."""
    return [handler.opt["function"] for _, _, handler in _handlers(app) if "function" in handler.opt]


def list_header_parameters(app: Litestar) -> set[str]:
    """Return the names of the request headers that handlers take as parameters."""
    return {
        field.kwarg_definition.name or name
        for _, _, handler in _handlers(app)
        for name, field in handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, HeaderParameter)
    }


def has_home(app: Litestar) -> bool:
    """Return whether a GET route answers `/`; one at `/{rest:path}` does not."""
    return any(method == "GET" and path == "/" for method, path, _ in _handlers(app))


def unmetered_requests(app: Litestar) -> re.Pattern[str]:
    """Return the pattern of `METHOD path` of the routes with `unmetered=True`, which spend a budget of their own.

    It matches the paths that reach such a route, and none beside them. Raise ValueError if such a route has no budget,
    or if the pattern matches the path of another route, which would not spend the global budget.
    """
    found = [
        ("(?:GET|HEAD)" if method == "GET" else method, path)
        for method, path, handler in _handlers(app)
        if handler.opt.get("unmetered")
    ]
    pattern = re.compile("|".join(f"{method} {_path_pattern(path)}/?" for method, path in found) or r"(?!)")
    for route in list_routes(app):
        unlimited = not route.budgets or "global" in route.budgets
        if unlimited and pattern.fullmatch(f"{route.method} {_EXAMPLE.sub('1', route.path)}"):
            raise ValueError(f"{route.method} {route.path} is unmetered: it needs its own budget")
    return pattern


def _path_pattern(path: str) -> str:
    """Return the pattern of the paths that a template matches: `/mail/{mail_id:int}` is `/mail/[0-9]{1,10}`."""
    parts = re.split(r"\{[^:}]+:([a-z]+)\}", path)
    return "".join(_PARAMETERS[part] if number % 2 else re.escape(part) for number, part in enumerate(parts))


def check_routes(app: Litestar, permissions: set[str], budgets: set[str]) -> None:
    """Raise ValueError for a route with no access guard or two, with an unknown permission or budget.

    Also for a parameter whose limits Litestar would describe and not enforce: those inside a union.
    """
    for method, path, handler in _handlers(app):
        for name, field in handler.parsed_fn_signature.parameters.items():
            if any(inner.kwarg_definition for inner in field.inner_types if field.is_union):
                raise ValueError(
                    f"{method} {path}: write {name} as Annotated[… | None, …], not as Annotated[…] | None"
                )
        guards = [guard for guard in handler_guards(handler) if isinstance(guard, Allows | Anyone | SignedIn)]
        if len(guards) > 1:
            raise ValueError(
                f"{method} {path} says twice who may call it: {', '.join(g.label for g in guards)}"
            )
    for route in list_routes(app):
        where = f"{route.method} {route.path}"
        if not route.access:
            raise ValueError(f"{where} does not say who may call it: add anyone(), signed_in() or allows(…)")
        if route.access not in {"anyone", "signed in"} | permissions:
            raise ValueError(f"{where} asks for the unknown permission {route.access!r}")
        if unknown := set(route.budgets) - budgets:
            raise ValueError(f"{where} spends unknown budgets: {', '.join(sorted(unknown))}")
    unmetered_requests(app)
