"""Puts a product into operation: its services, its HTTP application, its sockets and its jobs, in one process."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from colonnade.kernel.cache import open_cache
from colonnade.kernel.core import Dispatcher, Invalidate
from colonnade.kernel.core.bus import open_bus
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.core.settings import Settings, SettingsError
from colonnade.kernel.db import Database, PoolSettings
from colonnade.kernel.http import build_api, client_address
from colonnade.kernel.identity import AccountEnded, Authenticator, PasswordHasher, SessionEnded, Tokens
from colonnade.kernel.jobs import Worker, count_jobs, enqueue_on
from colonnade.kernel.limits import Budget, LoginGuard, open_limiter
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.observe import request_log, watch_jobs, watch_pool, watch_sockets
from colonnade.kernel.product import Product, Services
from colonnade.kernel.realtime import Hub
from colonnade.kernel.storage import open_storage

__all__ = ["PRODUCTS", "RunningProduct", "load_product", "open_services"]

log = structlog.get_logger(__name__)

PRODUCTS = ("radio",)


def load_product(name: str) -> Product:
    """The product called `name`; raises KeyError."""
    if name not in PRODUCTS:
        raise KeyError(name)
    product: Product = importlib.import_module(f"colonnade.products.{name}.product").PRODUCT
    return product


def open_services(product: Product, settings: Settings, dsn: str, *, processes: int = 1) -> Services:
    """Everything that the product's handlers and jobs work with; nothing connects before it is used."""
    secret = settings.jwt_secret
    ring = settings.field_key_ring()
    if secret is None or not ring:
        raise SettingsError("JWT_SECRET and FIELD_KEYS must be set")
    dispatcher = Dispatcher()
    bus = open_bus(settings.redis_url, product.name)
    db = Database(
        dsn,
        PoolSettings(
            max_size=settings.database_pool_size,
            acquire_timeout_seconds=settings.database_acquire_timeout_seconds,
            statement_timeout_seconds=settings.database_statement_timeout_seconds,
            lock_timeout_seconds=settings.database_lock_timeout_seconds,
            idle_in_transaction_timeout_seconds=settings.database_idle_transaction_timeout_seconds,
            application_name=f"colonnade-{product.name}",
        ),
        enqueue=enqueue_on,
        dispatch=dispatcher.dispatch,
    )
    budgets = {
        "global": Budget("global", settings.rate_limit_global, exact=False),
        **product.budgets,
    }
    if "uploads" in budgets:
        budgets["uploads"] = budgets["uploads"].with_quota(settings.rate_limit_uploads)
    login = settings.rate_limit_login
    limiter = open_limiter(
        settings.redis_url,
        product.name,
        {"login-address": login, "login-pair": login},
        processes=processes,
    )
    cache = open_cache(settings.redis_url, product.name, bus, version=settings.app_version)
    dispatcher.on(Invalidate, cache.handle)
    access_key, session_token = settings.aws_secret_access_key, settings.aws_session_token
    tokens = Tokens(secret.get_secret_value(), issuer=settings.jwt_issuer, audience=product.name)
    services = Services(
        product=product,
        settings=settings,
        db=db,
        bus=bus,
        dispatcher=dispatcher,
        limiter=limiter,
        budgets=budgets,
        login_guard=LoginGuard(limiter),
        cache=cache,
        counts=cache.counts,
        storage=open_storage(
            settings.upload_location,
            endpoint=settings.s3_endpoint,
            region=settings.aws_region,
            access_key_id=settings.aws_access_key_id,
            secret_access_key=access_key.get_secret_value() if access_key else None,
            session_token=session_token.get_secret_value() if session_token else None,
        ),
        mailer=open_mailer(settings, db),
        tokens=tokens,
        hasher=PasswordHasher(),
        fields=FieldCipher(ring),
        authenticator=Authenticator(db, tokens, product.policy),
    )
    if product.sockets is not None:
        hub = Hub(product.sockets, db=db, bus=bus, origins=settings.allowed_origins)
        hub.attach(dispatcher)
        services.hub = hub
        dispatcher.on(
            SessionEnded, lambda event: hub.disconnect(f"session:{event.session_id}", "SESSION_ENDED")
        )
        dispatcher.on(
            AccountEnded, lambda event: hub.disconnect(f"account:{event.account_id}", "SESSION_ENDED")
        )
    return services


class RunningProduct:
    """One product in this process: an ASGI application with a beginning and an end."""

    def __init__(self, services: Services, *, with_worker: bool) -> None:
        self.services = services
        self.product = services.product
        self._api = build_api(self.product, services)
        self._worker = (
            Worker(
                services.db.dsn,
                services,
                self.product.jobs,
                name=self.product.name,
                drain_seconds=services.settings.shutdown_grace_seconds / 2,
            )
            if with_worker
            else None
        )
        self._work: asyncio.Task[None] | None = None
        self._watches: list[Callable[[], None]] = []

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Answer a request or serve a socket."""
        hub = self.services.hub
        if hub is not None and hub.handles(scope["path"]):
            await hub.app(self._with_client_address(scope), receive, send)
        elif scope["type"] == "http":
            await self._api(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})

    def _with_client_address(self, scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The scope of a socket with the client's own address in place of a trusted proxy's."""
        trusted = self.services.settings.trusted_proxies
        if not trusted:
            return scope
        forwarded = dict(scope["headers"]).get(b"x-forwarded-for")
        address = client_address(scope.get("client"), forwarded, trusted)
        return {**scope, "client": (address, 0)}

    async def start(self) -> None:
        """Connect, and begin to run jobs."""
        services = self.services
        await services.bus.start()
        await services.limiter.start()
        await services.cache.start()
        if services.hub is not None:
            await services.hub.start(services)
        self._watches = [
            watch_pool(self.product.name, services.db.pool),
            watch_jobs(self.product.name, lambda: count_jobs(services.db)),
        ]
        if services.hub is not None:
            hub = services.hub
            self._watches.append(watch_sockets(self.product.name, lambda: hub.stats().sockets))
        if self._worker is not None:
            self._work = asyncio.create_task(self._worker.run(), name=f"worker:{self.product.name}")

    async def turn_away(self) -> None:
        """Readiness turns red and sockets are told to reconnect elsewhere; requests are still answered."""
        self.services.stopping = True
        if self.services.hub is not None:
            await self.services.hub.stop()

    async def stop(self, *, grace_seconds: float) -> None:
        """End in order: sockets, requests in flight, jobs (released to other workers), connections."""
        services = self.services
        if not services.stopping:
            await self.turn_away()
        await self._api.drain(grace_seconds / 2)
        if self._worker is not None and self._work is not None:
            await self._worker.stop()
            await asyncio.gather(self._work, return_exceptions=True)
        await services.cache.stop()
        await services.limiter.stop()
        await services.bus.stop()
        await services.db.close()
        services.hasher.close()
        for unwatch in self._watches:
            unwatch()
        request_log.flush()
