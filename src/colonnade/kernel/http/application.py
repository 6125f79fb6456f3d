"""Builds one ASGI application from a product's routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.core.providing import check_provided
from colonnade.kernel.http.asyncapi import describe_events
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.devmail import devmail_router
from colonnade.kernel.http.dispatch import Dispatcher
from colonnade.kernel.http.docs import DOCS, docs_router
from colonnade.kernel.http.edge import Edge
from colonnade.kernel.http.files import FILES, files_router
from colonnade.kernel.http.handlers import Handler, Router, list_handlers
from colonnade.kernel.http.headers import security_headers
from colonnade.kernel.http.health import UNMETERED, health_routers
from colonnade.kernel.http.openapi import describe
from colonnade.kernel.http.routes import Route, check_distinct, check_routes, route_of
from colonnade.kernel.http.services import Api, HttpServices
from colonnade.kernel.observe import METRICS

__all__ = [
    "build_api",
    "check_product_routes",
    "describe_product",
    "describe_sockets",
    "handlers_of",
    "list_routes",
]


def handlers_of(product: Api) -> list[Handler]:
    """Return the handlers of a product and those that every product has, sorted by path and method.

    Raise ValueError for a route that does not say who may call it, or promises what would not be enforced.
    """
    handlers = sorted(
        list_handlers([*product.routes, *_common_routers(product)]),
        key=lambda handler: (handler.path, handler.method),
    )
    check_routes(
        handlers, set(product.policy.permissions), {"global", DOCS.name, FILES.name, *product.budgets}
    )
    return handlers


def list_routes(product: Api) -> list[Route]:
    """Return every route of a product, sorted by path and method. Raise ValueError as `handlers_of` does."""
    return [route_of(handler) for handler in handlers_of(product)]


def check_product_routes(product: Api) -> None:
    """Raise ValueError for routes or tags of a product that contradict each other or those of every product."""
    check_distinct([*product.routes, *_common_routers(product)])


def describe_product(product: Api, *, demo: bool = False) -> dict[str, Any]:
    """Return the product's API as an OpenAPI 3.1 document, with `demo` the demonstration accounts in its logins."""
    handlers_of(product)
    return describe(list(list_handlers(product.routes)), product, demo=demo)


def describe_sockets(product: Api) -> dict[str, Any]:
    """Return the product's socket events as an AsyncAPI 3.0 document. Raise ValueError if it has no sockets."""
    return describe_events(product, product.budgets)


def build_api(product: Api, services: HttpServices) -> Edge:
    """Build the product's HTTP application, outermost layer included.

    Raise ValueError for a route that does not say who may call it, TypeError for one that injects a type which this
    product does not provide.
    """
    settings = services.settings
    handlers = handlers_of(product)
    for handler in handlers:
        check_provided(handler.function, services)
    return Edge(
        Dispatcher(handlers, product.envelope, settings.body_limit_bytes, settings.reading),
        services=services,
        envelope=product.envelope,
        cache=services.cache,
        cors=Cors(settings.allowed_origins, _header_parameters(handlers)),
        trusted=settings.trusted_proxies,
        security=security_headers(https_only=settings.demands_https),
        metrics=METRICS.requests(product.name),
        unmetered=frozenset(prefix + path for prefix in {"", product.prefix} for path in UNMETERED),
        has_home=any(handler.method == "GET" and handler.path == "/" for handler in handlers),
    )


def _common_routers(product: Api) -> list[Router]:
    """Return the routes that every product has."""
    return [
        *health_routers(product.prefix),
        files_router(product.name),
        devmail_router(),
        docs_router(product),
    ]


def _header_parameters(handlers: Sequence[Handler]) -> set[str]:
    """Return the names of the request headers that handlers take."""
    return {one.name for handler in handlers for one in handler.parameters if one.place == "header"}
