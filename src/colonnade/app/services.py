"""Opens, starts, watches and stops the services of a product in one process, with or without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from colonnade.kernel.audit import AuditLinker, AuditSigner, Recorded
from colonnade.kernel.cache import open_cache
from colonnade.kernel.core import Dispatcher, Invalidate
from colonnade.kernel.core.bus_opening import open_bus
from colonnade.kernel.core.directories import make_directory
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.core.handover import Handover
from colonnade.kernel.core.providing import check_provided
from colonnade.kernel.core.secrets import prepare_home
from colonnade.kernel.core.settings import Settings, SettingsError
from colonnade.kernel.core.workers import Workers
from colonnade.kernel.db import Database, PoolSettings
from colonnade.kernel.exports import HeldData
from colonnade.kernel.identity import (
    AccountEnded,
    Authenticator,
    BreachCheck,
    PasswordHasher,
    SessionEnded,
    SigningKeys,
    Tokens,
)
from colonnade.kernel.images import Images
from colonnade.kernel.jobs import EnqueueOnly, Worker, count_jobs
from colonnade.kernel.limits import (
    LOGIN_ADDRESS,
    LOGIN_PAIR,
    Budget,
    Budgets,
    Limiter,
    LoginGuard,
    open_limiter,
)
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.observe import watch_cache, watch_jobs, watch_pool, watch_sockets
from colonnade.kernel.outbound import Outbound
from colonnade.kernel.privacy import AllLeft
from colonnade.kernel.product import KERNEL_BUDGETS, Product, Services
from colonnade.kernel.realtime import Hub, SocketSetup
from colonnade.kernel.storage import Storage, open_storage
from colonnade.kernel.text import HtmlCleaner

__all__ = [
    "budgets_of",
    "open_files",
    "open_services",
    "open_worker",
    "start_services",
    "stop_services",
    "watch_services",
    "within",
]

log = structlog.get_logger(__name__)

STOP_TIMEOUT_SECONDS = 2.0
"""Timeout for stopping one service; they stop concurrently."""

WORKER_SHARE = 0.7
"""The part of the grace period in which running jobs may finish before they are released."""


def open_services(
    product: Product, settings: Settings, dsn: str, *, processes: int = 1, handover: Handover | None = None
) -> Services:
    """Open everything that the product's handlers and jobs work with; nothing connects before it is used."""
    keys = SigningKeys.of(settings)
    ring = settings.field_key_ring()
    if not ring:
        raise SettingsError("FIELD_KEYS must be set")
    dispatcher = Dispatcher()
    bus = open_bus(settings.redis_url, product.name)
    db = _open_database(product, settings, dsn, dispatcher, AuditSigner(ring, product.name))
    audit = AuditLinker(db)
    dispatcher.on(Recorded, audit.handle)
    limiter = _open_limiter(product, settings, processes)
    bound, release = settings.cache_max_bytes, settings.app_version
    cache = open_cache(settings.redis_url, product.name, bus, max_bytes=bound, version=release)
    dispatcher.on(Invalidate, cache.handle)
    tokens = Tokens(keys, issuer=settings.jwt_issuer, audience=product.name)
    workers = Workers()
    services = Services(
        product=product,
        settings=settings,
        db=db,
        bus=bus,
        dispatcher=dispatcher,
        limiter=limiter,
        budgets=budgets_of(product, settings),
        login_guard=LoginGuard(limiter),
        cache=cache,
        counts=cache.counts,
        storage=open_files(settings),
        html=HtmlCleaner(workers, settings.embed_hosts),
        images=Images(),
        workers=workers,
        mailer=open_mailer(settings, db),
        tokens=tokens,
        hasher=PasswordHasher(bcrypt_rounds=settings.bcrypt_cost),
        breaches=BreachCheck(settings.password_breach_url) if settings.password_breach_url else None,
        fields=FieldCipher(ring),
        audit=audit,
        authenticator=Authenticator(db, tokens, product.policy, product.claims),
        outbound=Outbound(),
        personal_data=HeldData(product.personal_data),
        trash=product.trash,
        left_data=AllLeft(product.left_data),
    )
    if product.sockets is not None:
        services.hub = _open_hub(services, product.sockets, handover)
    return services


def open_files(settings: Settings) -> Storage:
    """Open the file storage of these settings; nothing connects before it is used.

    The product's folder in COLONNADE_HOME is made, open to its owner only, if files are kept there.
    """
    if settings.upload_path is None:
        make_directory(prepare_home(settings.home) / (settings.product or "shared"), 0o700)
    access_key, session_token = settings.aws_secret_access_key, settings.aws_session_token
    return open_storage(
        settings.upload_location,
        public_path=f"/{settings.product}/uploads" if settings.product else "/uploads",
        endpoint=settings.s3_endpoint,
        region=settings.aws_region,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=access_key.get_secret_value() if access_key else None,
        session_token=session_token.get_secret_value() if session_token else None,
    )


def _open_limiter(product: Product, settings: Settings, processes: int) -> Limiter:
    quotas = {
        LOGIN_PAIR.name: settings.rate_limit_login,
        LOGIN_ADDRESS.name: settings.rate_limit_login_address,
        **settings.quotas,
    }
    return open_limiter(settings.redis_url, product.name, quotas, processes=processes)


def _open_database(
    product: Product, settings: Settings, dsn: str, dispatcher: Dispatcher, signer: AuditSigner
) -> Database:
    pool = PoolSettings(
        max_size=settings.database_pool_size,
        acquire_timeout_seconds=settings.database_acquire_timeout_seconds,
        statement_timeout_seconds=settings.database_statement_timeout_seconds,
        lock_timeout_seconds=settings.database_lock_timeout_seconds,
        idle_in_transaction_timeout_seconds=settings.database_idle_transaction_timeout_seconds,
        idle_seconds=settings.database_idle_seconds,
        application_name=f"colonnade-{product.name}",
    )
    enqueue = EnqueueOnly(product.jobs)
    return Database(
        dsn, pool, enqueue=enqueue, enqueue_all=enqueue.all, dispatch=dispatcher.begin, signer=signer
    )


def budgets_of(product: Product, settings: Settings) -> Budgets:
    """Return the product's budgets and the kernel's, with the quotas that the settings give them."""
    budgets = {
        "global": Budget("global", settings.global_quota, exact=False),
        **{budget.name: budget for budget in KERNEL_BUDGETS},
        **product.budgets,
    }
    return Budgets(
        (name, budget.with_quota(settings.quotas[name]) if name in settings.quotas else budget)
        for name, budget in budgets.items()
    )


def _open_hub(services: Services, sockets: SocketSetup, handover: Handover | None) -> Hub:
    """Open the product's sockets; when a session or account ends, its sockets close on every process."""
    hub = Hub(
        sockets,
        db=services.db,
        bus=services.bus,
        origins=services.settings.allowed_origins,
        handover=handover,
        reading=services.settings.reading,
    )
    hub.attach(services.dispatcher)
    services.dispatcher.on(
        SessionEnded, lambda event: hub.disconnect(f"session:{event.session_id}", "SESSION_ENDED")
    )
    services.dispatcher.on(
        AccountEnded, lambda event: hub.disconnect(f"account:{event.account_id}", "SESSION_ENDED")
    )
    return hub


def open_worker(services: Services) -> Worker:
    """Open the worker of the product's queue; it connects when it is run."""
    for declared in services.product.jobs:
        check_provided(declared.handler, services)
    return Worker(
        services.db.dsn,
        services,
        services.product.jobs,
        name=services.product.name,
        drain_seconds=services.settings.shutdown_grace_seconds * WORKER_SHARE,
    )


async def start_services(services: Services) -> None:
    """Connect what connects at the start. Raise what the database raises; a Redis that is down is retried later."""
    await services.bus.start()
    await services.limiter.start()
    await services.cache.start()
    if services.hub is not None:
        await services.hub.start(services)


def watch_services(services: Services) -> list[Callable[[], None]]:
    """Add the services to the metrics; return functions that remove them again."""
    name, hub = services.product.name, services.hub
    watches = [
        watch_pool(name, services.db.pool),
        watch_jobs(name, lambda: count_jobs(services.db)),
        watch_cache(name, "answers", services.cache),
        watch_cache(name, "totals", services.counts),
    ]
    if hub is not None:
        watches.append(watch_sockets(name, lambda: hub.stats().sockets))
    return watches


async def stop_services(services: Services) -> None:
    """Close everything but the sockets, which `turn_away` closes before; bounded in time, never raises."""
    await asyncio.gather(
        within(STOP_TIMEOUT_SECONDS, services.cache.stop(), "closing the cache"),
        within(STOP_TIMEOUT_SECONDS, services.limiter.stop(), "closing the limits"),
        within(STOP_TIMEOUT_SECONDS, services.bus.stop(), "closing the bus"),
        within(STOP_TIMEOUT_SECONDS, _close_database(services), "closing the database"),
        within(STOP_TIMEOUT_SECONDS, services.outbound.close(), "closing calls to other servers"),
        within(STOP_TIMEOUT_SECONDS, services.mailer.close(), "closing the mailer"),
        within(STOP_TIMEOUT_SECONDS, services.workers.close(), "ending the processes for texts"),
        within(STOP_TIMEOUT_SECONDS, services.images.close(), "ending the processes for pictures"),
    )
    if services.breaches is not None:
        await within(STOP_TIMEOUT_SECONDS, services.breaches.close(), "closing the breach check")
    services.hasher.close()


async def _close_database(services: Services) -> None:
    if services.audit is not None:
        await within(STOP_TIMEOUT_SECONDS / 2, services.audit.settle(), "linking the audit log")
    await within(
        STOP_TIMEOUT_SECONDS / 4, services.authenticator.settle(), "noting when sessions were last used"
    )
    await services.db.close()


async def within(seconds: float, step: Awaitable[Any], name: str) -> None:
    """Await one step of a shutdown; if it fails or takes longer than `seconds`, log that and go on."""
    try:
        async with asyncio.timeout(seconds):
            await step
    except TimeoutError:
        log.warning("shutdown step timed out", step=name, seconds=seconds)
    except Exception as error:
        log.warning("shutdown step failed", step=name, error=type(error).__name__)
