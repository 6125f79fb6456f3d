"""Checks an installation from outside and reports what is wrong and what to do about it.

Changes nothing: no database is created or migrated (an embedded server that is stopped is started for the check
and stopped again), no mail is sent.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import asyncpg
import msgspec

from colonnade.app.catalog import find_misspelt_settings, find_unusable, settings_of
from colonnade.app.databases import CONNECT_SECONDS, external_dsn, plain_reason
from colonnade.app.installation import has_embedded_database, set_up_here
from colonnade.app.migration import branches
from colonnade.app.readiness import PreparationError
from colonnade.app.required_roles import find_unknown_roles
from colonnade.app.services import open_files
from colonnade.app.signals import run
from colonnade.kernel.core import Problem, counted
from colonnade.kernel.core.redis import open_redis
from colonnade.kernel.core.settings import (
    Settings,
    SettingsError,
    check_database_role,
    check_production,
    find_development_risks,
)
from colonnade.kernel.db import Database
from colonnade.kernel.db.embedded import start_postgres
from colonnade.kernel.db.migrate import pending
from colonnade.kernel.identity import PasswordHasher, find_login
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.product import Product
from colonnade.kernel.server import connections_within

__all__ = ["Finding", "diagnose", "diagnose_installation"]

MAX_CLOCK_DRIFT_SECONDS = 2.0
MIN_OPEN_FILES = 4096


class Finding(msgspec.Struct, frozen=True):
    """The result of one check; `advice` says what to do about a failure or, if it is `ok`, about a `warning`."""

    name: str
    ok: bool
    text: str
    advice: str = ""
    warning: bool = False


class _Wrong(Exception):
    """A check that failed, with advice of its own."""

    def __init__(self, text: str, advice: str) -> None:
        super().__init__(text)
        self.advice = advice


def diagnose_installation(products: Sequence[Product]) -> list[Finding]:
    """Check those of `products` that are set up here and report the others; check all if none is.

    A product that cannot be loaded is a failure as well.
    """
    return _loading() + _diagnose_what_is_here(products)


def _loading() -> list[Finding]:
    try:
        return [Finding(name, False, reason) for name, reason in find_unusable().items()]
    except SettingsError:  # the check of each product's settings reports what is wrong with the file
        return []


def _diagnose_what_is_here(products: Sequence[Product]) -> list[Finding]:
    unusable, plan = [], []
    for product in products:
        try:
            plan.append((product, settings_of(product.name)))
        except SettingsError:
            unusable.append(product.name)
    try:
        with set_up_here(plan) as here:
            meant = [product for product in products if product.name in {*here, *unusable}]
            findings = run(diagnose(meant if here else products))
    except PreparationError:  # the embedded server does not start: the check of each database reports why
        return run(diagnose(products))
    missing = [product for product, _ in plan if here and product.name not in here]
    return findings + [
        Finding(product.name, True, f"not set up yet: colonnade up {product.name}") for product in missing
    ]


async def diagnose(products: Sequence[Product]) -> list[Finding]:
    """Run every check; none of them raises."""
    findings = _spelling() + _open_files()
    for product in products:
        try:
            settings = settings_of(product.name)
        except SettingsError as error:
            advice = "Correct the setting in the environment or in .env."
            findings.append(Finding(f"{product.name}: settings", False, str(error), advice))
            continue
        findings.append(_settings(product, settings))
        findings += _proxies(product, settings)
        findings += await _database(product, settings)
        findings.append(await _storage(product, settings))
        findings.append(await _redis(product, settings))
        findings.append(await _mail(product, settings))
    return findings


def _spelling() -> list[Finding]:
    """Return a finding for each misspelt setting; none if the file cannot be read, which other checks report."""
    try:
        return [
            Finding("spelling", True, f"{name} ({place}) is unknown", f"Call it {nearest}.", warning=True)
            for place, name, nearest in find_misspelt_settings()
        ]
    except SettingsError:
        return []


def _open_files() -> list[Finding]:
    """Return a finding if a server may open few files: each connection is one, and `up` uses as many as it may."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= MIN_OPEN_FILES:
        return []
    text = f"a process may open {most} files, which is {connections_within(most)} connections at a time"
    return [Finding("open files", True, text, f"Allow {MIN_OPEN_FILES} or more (ulimit -Hn).", warning=True)]


async def _guarded(name: str, check: Callable[[], Awaitable[str]], advice: str) -> Finding:
    try:
        return Finding(name, True, await check())
    except _Wrong as error:
        return Finding(name, False, str(error), error.advice)
    except Exception as error:
        return Finding(name, False, plain_reason(error), advice)


def _settings(product: Product, settings: Settings) -> Finding:
    name = f"{product.name}: settings"
    if problems := check_production(settings):
        return Finding(name, False, "; ".join(problems), "APP_ENV=production does not start like this.")
    if risks := find_development_risks(settings):
        return Finding(name, True, "; ".join(risks), "APP_ENV=production refuses it.", warning=True)
    return Finding(name, True, f"fit for {settings.app_env}")


def _proxies(product: Product, settings: Settings) -> list[Finding]:
    """Return a finding where https is demanded, which this server does not speak, and no proxy is named that does.

    A proxy that is not named is told in the log of the running server as well, with its address.
    """
    if not (settings.production and settings.demands_https) or settings.trusted_proxies:
        return []
    text = "TRUSTED_PROXIES is empty: all clients of the proxy in front count as one address"
    advice = "Name the address or network of the proxy, which has to send X-Forwarded-For."
    return [Finding(f"{product.name}: proxies", True, text, advice, warning=True)]


async def _database(product: Product, settings: Settings) -> list[Finding]:
    """Check the database and, because the database is asked for the time, the clock."""
    name = f"{product.name}: database"
    dsn = external_dsn(product, settings)
    advice = "Check DATABASE_URL, and that the server runs and lets this machine in."
    with ExitStack() as stack:
        if dsn is None:
            if not has_embedded_database(settings.home):
                return [Finding(name, True, "embedded, not set up yet: `colonnade up` does it")]
            advice = f"See {settings.home / 'postgres' / 'log' / 'server.log'}."
            try:
                server = start_postgres(settings.home)
            except Exception as error:
                return [Finding(name, False, plain_reason(error), advice)]
            stack.callback(server.stop)
            dsn = server.dsn(product.name)
        finding = await _guarded(name, lambda: _look_into(product, settings, dsn), advice)
        if not finding.ok:
            return [finding]
        clock = await _guarded(f"{product.name}: clock", lambda: _compare_clocks(dsn), advice)
        roles = await _roles(product, settings, dsn)
    return [finding, clock, *roles]


async def _roles(product: Product, settings: Settings, dsn: str) -> list[Finding]:
    """Return a finding if MFA_REQUIRED_ROLES names a role that there is not."""
    with suppress(Problem, asyncpg.PostgresError):  # not migrated yet, as another finding says
        unknown = await find_unknown_roles(product, settings, dsn)
        advice = "Its accounts need no second factor: correct the name, or make the role."
        return [Finding(f"{product.name}: roles", True, unknown, advice, warning=True)] if unknown else []
    return []


async def _look_into(product: Product, settings: Settings, dsn: str) -> str:
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    except asyncpg.InvalidCatalogNameError:
        if settings.database_url in (None, dsn):
            raise
        return "not made yet: `colonnade migrate` does it"
    try:
        version = connection.get_server_version()
        if settings.production and (problem := await check_database_role(connection)):
            raise _Wrong(problem, "APP_ENV=production does not start like this.")
    finally:
        await connection.close()
    waiting = await pending(dsn, branches(product))
    if settings.production and not waiting and (open_ := await _open_demo_accounts(product, dsn)):
        raise _Wrong(
            f"{', '.join(open_)} {'has' if len(open_) == 1 else 'have'} the published password of the demonstration",
            "It opens nothing in production; make accounts of your own with `colonnade admin create`, and deactivate "
            "these or give them other passwords.",
        )
    if waiting:
        pending_count = counted(len(waiting), "migration")
        return f"PostgreSQL {version.major}.{version.minor}, {pending_count} pending: `colonnade migrate`"
    return f"PostgreSQL {version.major}.{version.minor}, up to date"


async def _open_demo_accounts(product: Product, dsn: str) -> list[str]:
    """Return the addresses of active demonstration accounts that still have their published password."""
    db, hasher = Database(dsn), PasswordHasher()
    try:
        addresses = []
        for login in product.demo_logins:
            account = await find_login(db, login.email)
            if account is not None and account.is_active:
                is_published, _ = await hasher.verify(login.password, account.password_hash)
                addresses += [account.email] if is_published else []
        return sorted(addresses)
    finally:
        await db.close()
        hasher.close()


async def _compare_clocks(dsn: str) -> str:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    try:
        before = time.time()
        server_time: datetime = await connection.fetchval("SELECT clock_timestamp()")
        drift = abs(server_time.astimezone(UTC).timestamp() - (before + time.time()) / 2)
    finally:
        await connection.close()
    if drift > MAX_CLOCK_DRIFT_SECONDS:
        raise _Wrong(
            f"this machine and the database differ by {drift:.0f} s",
            "Have both clocks set by NTP (timedatectl set-ntp true).",
        )
    return "agrees with the database's"


async def _storage(product: Product, settings: Settings) -> Finding:
    async def check() -> str:
        await open_files(settings).check()
        return f"can be written to: {settings.upload_location}"

    advice = f"Check UPLOAD_PATH ({settings.upload_location}), who may write there, and the S3 settings."
    return await _guarded(f"{product.name}: storage", check, advice)


async def _redis(product: Product, settings: Settings) -> Finding:
    async def check() -> str:
        if settings.redis_url is None:
            return "not set up (REDIS_URL): fine for one process"
        client = open_redis(settings.redis_url, timeout_seconds=2)
        try:
            await client.ping()
        finally:
            await client.aclose()
        return "answers"

    return await _guarded(f"{product.name}: redis", check, "Check REDIS_URL, and that the server runs.")


async def _mail(product: Product, settings: Settings) -> Finding:
    async def check() -> str:
        mailer = open_mailer(settings, Database("postgresql:///"))
        if mailer.is_development:
            return "kept in the development mailbox (SMTP_HOST or RESEND_API_KEY would send it)"
        await mailer.check()
        return "the mail server answers"

    advice = "Check the SMTP_… settings or RESEND_API_KEY, and that the server runs."
    return await _guarded(f"{product.name}: mail", check, advice)
