"""Looks at an installation from outside and says what is wrong and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
import msgspec

from colonnade.app.preparation import branches
from colonnade.kernel.core.redis import open_redis
from colonnade.kernel.core.settings import Settings, SettingsError, check_production, load_settings
from colonnade.kernel.db import Database
from colonnade.kernel.db.embedded import start_postgres
from colonnade.kernel.db.migrate import pending
from colonnade.kernel.mail import open_mailer
from colonnade.kernel.product import Product
from colonnade.kernel.storage import open_storage

__all__ = ["Finding", "diagnose"]


class Finding(msgspec.Struct, frozen=True):
    """The result of one check."""

    name: str
    ok: bool
    text: str
    advice: str = ""


async def diagnose(products: Sequence[Product]) -> list[Finding]:
    """Run every check; none of them raises."""
    findings: list[Finding] = []
    try:
        settings = load_settings()
        for product in products:
            load_settings(product.name)
    except SettingsError as error:
        return [Finding("settings", False, str(error), "Correct the setting in .env or the environment.")]
    problems = check_production(settings)
    findings.append(
        Finding("settings", not problems, "; ".join(problems) or f"valid for {settings.app_env}")
        if not problems
        else Finding("settings", False, "; ".join(problems), "APP_ENV=production will not start like this.")
    )
    for product in products:
        own = load_settings(product.name)
        findings.append(await _database(product, own))
        findings.append(await _storage(product, own))
    findings.append(await _redis(settings))
    findings.append(await _mail(settings))
    return findings


async def _guarded(name: str, check: Callable[[], Awaitable[str]], advice: str) -> Finding:
    try:
        return Finding(name, True, await check())
    except Exception as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        return Finding(name, False, text, advice)


async def _database(product: Product, settings: Settings) -> Finding:
    async def check() -> str:
        server = None
        if settings.database_url is None:
            server = start_postgres(settings.home)
            dsn = server.dsn(product.name)
        else:
            dsn = settings.database_url
        try:
            return await _look_into(product, dsn)
        finally:
            if server is not None:
                server.stop()

    advice = (
        "Check DATABASE_URL, and that the server runs."
        if settings.database_url
        else "Run `colonnade up` once."
    )
    return await _guarded(f"{product.name}: database", check, advice)


async def _look_into(product: Product, dsn: str) -> str:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except asyncpg.InvalidCatalogNameError:
        return "not created yet: `colonnade up` or `colonnade migrate` will"
    try:
        before = time.time()
        server_time: datetime = await connection.fetchval("SELECT clock_timestamp()")
        drift = abs(server_time.astimezone(UTC).timestamp() - (before + time.time()) / 2)
        if drift > 2:
            raise RuntimeError(
                f"the clocks of this machine and the database differ by {drift:.0f} s: run NTP on both"
            )
        version = connection.get_server_version()
    finally:
        await connection.close()
    waiting = await pending(dsn, branches(product))
    state = f"{len(waiting)} migrations waiting: `colonnade migrate`" if waiting else "up to date"
    return f"PostgreSQL {version.major}.{version.minor}, {state}, clocks agree"


async def _storage(product: Product, settings: Settings) -> Finding:
    async def check() -> str:
        secret, token = settings.aws_secret_access_key, settings.aws_session_token
        storage = open_storage(
            settings.upload_location,
            endpoint=settings.s3_endpoint,
            region=settings.aws_region,
            access_key_id=settings.aws_access_key_id,
            secret_access_key=secret.get_secret_value() if secret else None,
            session_token=token.get_secret_value() if token else None,
        )
        await storage.check()
        return f"writable: {settings.upload_location}"

    return await _guarded(
        f"{product.name}: storage", check, "Check UPLOAD_PATH, its rights and the S3 settings."
    )


async def _redis(settings: Settings) -> Finding:
    async def check() -> str:
        if settings.redis_url is None:
            return "not set up: fine for one process"
        client = open_redis(settings.redis_url, timeout_seconds=2)
        try:
            await client.ping()
        finally:
            await client.aclose()
        return "answers"

    return await _guarded("redis", check, "Check REDIS_URL, and that the server runs.")


async def _mail(settings: Settings) -> Finding:
    async def check() -> str:
        db = Database("postgresql:///")
        mailer = open_mailer(settings, db)
        if mailer.is_development:
            return "development mailbox (set SMTP_HOST or RESEND_API_KEY to send)"
        await mailer.check()
        return "the mail server answers"

    return await _guarded("mail", check, "Check the SMTP_… settings or RESEND_API_KEY.")
