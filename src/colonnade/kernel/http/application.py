"""Builds one ASGI application from a product's routes."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Server

from colonnade.kernel.core.providing import check_provided
from colonnade.kernel.http.cached import CacheRules
from colonnade.kernel.http.clashes import check_distinct
from colonnade.kernel.http.cors import Cors
from colonnade.kernel.http.devmail import devmail_router
from colonnade.kernel.http.docs import DOCS, docs_router
from colonnade.kernel.http.edge import Edge
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange
from colonnade.kernel.http.failures import exception_handlers
from colonnade.kernel.http.files import files_router
from colonnade.kernel.http.headers import security_headers
from colonnade.kernel.http.health import UNMETERED, health_routers
from colonnade.kernel.http.idempotency import Replayed, replay_answer
from colonnade.kernel.http.openapi import describe
from colonnade.kernel.http.routes import (
    cache_routes,
    check_routes,
    has_home,
    list_functions,
    list_header_parameters,
    unmetered_requests,
)
from colonnade.kernel.http.services import Api, HttpServices
from colonnade.kernel.http.wire import wire_for
from colonnade.kernel.observe import METRICS, traced

__all__ = ["build_api", "build_litestar", "check_product_routes", "describe_product"]


def build_litestar(product: Api, *, body_limit_bytes: int = 2**20, described: bool = False) -> Litestar:
    """Build a Litestar application from the product's routes; with `described` it knows its OpenAPI description.

    Raise ValueError for a route that does not say who may call it.
    """

    def handle_replay(request: Request[Any, Any, Any], replayed: Replayed) -> Response[bytes]:
        exchange: Exchange = request.scope[SCOPE_KEY]  # type: ignore[literal-required]
        return replay_answer(replayed, exchange)

    wire = wire_for(product.envelope)
    app = Litestar(
        route_handlers=[*product.routes, *_common_routers(product)],
        dto=wire,
        return_dto=wire,
        exception_handlers={Replayed: handle_replay, **exception_handlers(product.envelope)},
        openapi_config=_openapi_config(product) if described else None,
        request_max_body_size=body_limit_bytes,
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    check_routes(app, set(product.policy.permissions), {"global", DOCS.name, *product.budgets})
    return app


def _common_routers(product: Api) -> list[Router]:
    """Return the routes that every product has."""
    return [
        *health_routers(product.prefix),
        files_router(product.name),
        devmail_router(),
        docs_router(product, describe_product),
    ]


def check_product_routes(product: Api) -> None:
    """Raise ValueError for routes or tags of a product that contradict each other or those of every product."""
    check_distinct([*product.routes, *_common_routers(product)])


def _openapi_config(product: Api) -> OpenAPIConfig:
    return OpenAPIConfig(
        title=product.title,
        version=product.version,
        description=product.description,
        servers=[Server(url="/")],
        use_handler_docstrings=True,
        path="/_openapi",
    )


def describe_product(product: Api, *, demo: bool = False) -> dict[str, Any]:
    """Return the product's API as an OpenAPI 3.1 document, with `demo` the demonstration accounts in its logins."""
    return describe(build_litestar(product, described=True), product, demo=demo)


def build_api(product: Api, services: HttpServices) -> Edge:
    """Build the product's HTTP application, outermost layer included.

    Raise ValueError for a route that does not say who may call it, TypeError for one that injects a type which this
    product does not provide.
    """
    settings = services.settings
    app = build_litestar(product, body_limit_bytes=settings.body_limit_bytes)
    for function in list_functions(app):
        check_provided(function, services)
    return Edge(
        traced(app, product.name),
        services=services,
        envelope=product.envelope,
        cache=services.cache,
        rules=CacheRules(cache_routes(app)),
        cors=Cors(settings.allowed_origins, list_header_parameters(app)),
        trusted=settings.trusted_proxies,
        security=security_headers(https_only=settings.production),
        metrics=METRICS.requests(product.name),
        unmetered=frozenset(prefix + path for prefix in {"", product.prefix} for path in UNMETERED),
        own_budget=unmetered_requests(app),
        has_home=has_home(app),
    )
