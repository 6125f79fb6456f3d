"""Checks before going live: missing, default or short secrets, open CORS, a role that bypasses row-level security."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.core.settings.model import KEY_BYTES, Settings
from colonnade.kernel.core.settings.types import SettingsError

__all__ = ["check_database_role", "check_production", "find_development_risks"]

_SECRET_MARKS = ("change", "default", "example", "insecure", "placeholder", "secret", "your-", "your_")


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
            problems.append("FIELD_KEYS (or FIELD_KEY) is missing")
        if any(len(set(key)) < 8 for key in ring.values()):
            problems.append("FIELD_KEYS is a default: make keys with `openssl rand -base64 32`")
    except SettingsError as error:
        problems.append(str(error))
    for name, origins in (("FRONTEND_URL", settings.frontend_url), ("CORS_ORIGIN", settings.cors_origin)):
        if "*" in origins:
            problems.append(f"{name} must name its origins, * is not allowed")
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
    if len(set(value)) < 8 or any(mark in value.lower() for mark in _SECRET_MARKS):
        return [f"{name} looks like a default: make one with `openssl rand -base64 48`"]
    return []


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
