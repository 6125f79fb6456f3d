"""Checks before going live: missing, default or short secrets, open CORS, a role that bypasses row-level security."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from colonnade.kernel.core.guessing import is_guessable
from colonnade.kernel.core.settings.model import KEY_BYTES, Settings
from colonnade.kernel.core.settings.types import LOOPBACK, SettingsError

__all__ = ["check_database_role", "check_production", "find_development_risks"]


def check_production(settings: Settings, *, workers: int = 1) -> list[str]:
    """Return the reasons why these settings must not go live, one line each; empty if there are none."""
    if not settings.production:
        return []
    problems = []
    if settings.jwt_secret is None and settings.jwt_keys is None:
        problems.append("JWT_SECRET is missing")
    elif settings.jwt_secret is not None:
        problems += _weaknesses("JWT_SECRET", settings.jwt_secret.get_secret_value())
    try:
        ring = settings.field_key_ring()
        if not ring:
            problems.append(
                "FIELD_KEYS (or FIELD_KEY) is missing: make one with `echo 1:$(openssl rand -base64 32)`"
            )
        if any(is_guessable(key) for key in ring.values()):
            problems.append("FIELD_KEYS is a default: make keys with `openssl rand -base64 32`")
    except SettingsError as error:
        problems.append(str(error))
    if settings.database_url is None and settings.embedded_database != "allowed":
        problems.append(
            "DATABASE_URL is missing: name a PostgreSQL, or set EMBEDDED_DATABASE=allowed if the embedded one is meant"
        )
    for name, origins in (("FRONTEND_URL", settings.frontend_url), ("CORS_ORIGIN", settings.cors_origin)):
        problems += _open_origins(name, origins, plain_http=not settings.demands_https)
    if settings.metrics_token is not None and is_guessable(
        settings.metrics_token.get_secret_value().encode()
    ):
        problems.append("METRICS_TOKEN can be guessed: make one with `openssl rand -base64 48`")
    if max(workers, settings.workers) > 1 and settings.redis_url is None:
        problems.append("REDIS_URL is missing: several workers need it")
    providers = (settings.google_client_id, settings.facebook_client_id, settings.tiktok_client_id)
    if any((*providers, settings.oidc_issuer)) and not (settings.public_url or "").startswith("https://"):
        problems.append("PUBLIC_URL must be an https address: providers send browsers back to it")
    return problems


def find_development_risks(settings: Settings) -> list[str]:
    """Return the risks that only development accepts, one line each; empty in production."""
    if settings.production or settings.jwt_secret is None:
        return []
    if len(settings.jwt_secret.get_secret_value().encode()) >= KEY_BYTES:
        return []
    return [f"JWT_SECRET is shorter than {KEY_BYTES} bytes: anyone who has a token can brute-force it"]


def _weaknesses(name: str, value: str) -> list[str]:
    if len(value.encode()) < KEY_BYTES:
        return [f"{name} is shorter than {KEY_BYTES} bytes"]
    if is_guessable(value.encode()):
        return [f"{name} looks like a default or can be guessed: make one with `openssl rand -base64 48`"]
    return []


def _open_origins(name: str, origins: Iterable[str], *, plain_http: bool) -> list[str]:
    """Return why pages of these origins must not be trusted: they are any, or anybody between can change them."""
    problems = []
    if any("*" in origin for origin in origins):
        problems.append(f"{name} must name its origins, * is not allowed")
    plain = [origin for origin in origins if origin.startswith("http://") and not _is_loopback(origin)]
    if plain and not plain_http:
        problems.append(f"{name} must name https addresses: what comes by http can be changed on the way")
    return problems


def _is_loopback(origin: str) -> bool:
    host = urlsplit(origin).hostname or ""
    return host in LOOPBACK or host.endswith(".localhost")


async def check_database_role(connection: Any) -> str | None:
    """Return why the role of this asyncpg connection must not serve in production, or None.

    Superusers and roles with BYPASSRLS bypass row-level security.
    """
    query = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    row = await connection.fetchrow(query)
    if row["rolsuper"]:
        return "DATABASE_URL names a superuser; use a role without SUPERUSER that owns its database"
    if row["rolbypassrls"]:
        return "DATABASE_URL names a role with BYPASSRLS; use one that row-level security applies to"
    return None
