"""The kernel's own settings, section by section: the name, type, default and explanation of each.

A field's name in upper case is its environment variable; durations are in seconds and sizes in bytes, as
the names say. `.env.example` is written from these classes.

Out of scope: settings that only one slice uses; it declares them itself (`SliceSettings`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from colonnade.kernel.core.home import default_home
from colonnade.kernel.core.settings.edge import Browsers, Files, Limits, Logs, MailSection, Texts
from colonnade.kernel.core.settings.section import Section
from colonnade.kernel.core.settings.types import (
    CommaList,
    DomainName,
    LowerCase,
    Seconds,
    WebAddress,
)

__all__ = ["SECTIONS", "Section"]

MAX_LIFETIME_SECONDS = 10 * 365 * 86_400
"""Of tokens and sessions: longer ones are a mistake, and end beyond the years that a date can have."""


class Running(Section):
    """The process: mode, address, workers and shutdown."""

    title = "Process"

    app_env: Annotated[Literal["development", "production", "test"], LowerCase] = Field(
        "development",
        description="development, production or test (NODE_ENV is read too). Production refuses unsafe settings.",
    )
    app_version: str = Field(
        "1.0.0", max_length=100, description="Version shown by /health and in the API description."
    )
    colonnade_home: Path = Field(
        default_factory=default_home,
        description=(
            "Folder of everything kept on this machine: embedded database, development secrets, uploads. Empty: "
            ".colonnade in the current folder if it exists or Colonnade runs from a checkout, else the platform's "
            "folder for users' data."
        ),
    )
    colonnade_products: str | None = Field(
        None,
        description=(
            "Products of other packages, beside those that an installed package declares: package.module:PRODUCT, "
            "several separated by commas. The current folder is searched as well."
        ),
    )
    demo: bool = Field(True, description="Fill an empty database with demonstration data (development only).")
    host: str = Field("127.0.0.1", description="Address to listen on. 0.0.0.0 opens the port to the network.")
    port: int = Field(3000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(
        1, ge=1, le=64, description="Processes that serve; more than one needs REDIS_URL in production."
    )
    cache_max_bytes: int = Field(
        32 * 1024**2,
        ge=1024**2,
        le=64 * 1024**3,
        description=(
            "Memory for cached public answers in bytes, for each product in each process; their totals take up to an "
            "eighth of it in addition."
        ),
    )
    public_url: WebAddress | None = Field(
        None,
        description="Address under which the outside world reaches this server, for links in mails and feeds.",
    )
    held_job_days: int = Field(
        30,
        ge=1,
        le=3650,
        description=(
            "Days after which a job that failed for good is removed. Until then `colonnade jobs retry` can run it "
            "again; it may hold names and addresses."
        ),
    )
    shutdown_grace_seconds: float = Field(
        20.0, ge=0, le=600, description="Seconds that running requests get when the server stops."
    )


class DatabaseSection(Section):
    """PostgreSQL: its address, the pool and the timeouts."""

    title = "Database"

    database_url: str | None = Field(
        None,
        repr=False,
        description=(
            "postgresql://user:password@host:5432/database, PostgreSQL 14 or newer. Empty: an embedded one is "
            "started. In production: a role without SUPERUSER and BYPASSRLS."
        ),
    )
    embedded_database: Annotated[Literal["development", "allowed"], LowerCase] = Field(
        "development",
        description="allowed: production may use the embedded one; it refuses a missing DATABASE_URL otherwise.",
    )
    database_pool_size: int = Field(10, ge=1, le=500, description="Connections per process, at most.")
    database_acquire_timeout_seconds: float = Field(
        2.0, ge=0.001, le=600, description="Longest wait for a free connection; then 503."
    )
    database_statement_timeout_seconds: float = Field(
        5.0, ge=0.001, le=3600, description="Longest statement."
    )
    database_lock_timeout_seconds: float = Field(
        2.0, ge=0.001, le=3600, description="Longest wait for a lock."
    )
    database_idle_transaction_timeout_seconds: float = Field(
        10.0, ge=0.001, le=3600, description="Longest pause inside a transaction."
    )
    database_idle_seconds: float = Field(
        300.0, ge=1, le=86400, description="A connection that nobody has needed for so long is closed."
    )


class RedisSection(Section):
    """The Redis or Valkey server that several processes share."""

    title = "Redis"

    redis_url: str | None = Field(
        None,
        repr=False,
        description=(
            "redis://:password@host:6379/0 (Redis or Valkey): shared cache, limits and sockets of several processes."
        ),
    )


class Secrets(Section):
    """Keys, and the lifetimes of tokens and sessions."""

    title = "Secrets and tokens"

    jwt_secret: SecretStr | None = Field(
        None,
        description=(
            "Signs access tokens; at least 32 bytes: openssl rand -base64 48. Production: required. Empty in "
            "development: made once and kept in COLONNADE_HOME/secrets."
        ),
    )
    jwt_keys: SecretStr | None = Field(
        None,
        description=(
            "Keys with ids, id:algorithm:base64,id:algorithm:base64 (`colonnade keys create` makes one): HS256, "
            "EdDSA or RS256. The first signs; all of them verify, as does JWT_SECRET while it is set. To rotate, put a "
            "new key in front and remove the old one once the tokens it signed have expired. Public keys are at "
            "/.well-known/jwks.json."
        ),
    )
    jwt_issuer: str = Field("colonnade", description="The issuer (`iss`) that tokens name.")
    access_token_ttl_seconds: Seconds = Field(
        900,
        ge=1,
        le=MAX_LIFETIME_SECONDS,
        description="Lifetime of an access token: seconds, or 15m, 24h, 7d (JWT_EXPIRES_IN is read too).",
    )
    refresh_token_ttl_seconds: Seconds = Field(
        604_800,
        ge=60,
        le=MAX_LIFETIME_SECONDS,
        description="A session ends when it has not been refreshed for this long (7 days).",
    )
    session_ttl_seconds: Seconds = Field(
        2_592_000,
        ge=60,
        le=MAX_LIFETIME_SECONDS,
        description="A session ends after this time in any case (30 days).",
    )
    refresh_grace_seconds: int = Field(
        10,
        ge=0,
        le=60,
        description=(
            "A refresh token used again within this time gives the same successor; later reuse ends the session."
        ),
    )
    field_key: SecretStr | None = Field(
        None,
        description=(
            "Encrypts personal fields. One key: the base64 of 32 bytes (openssl rand -base64 32), optionally "
            "id:base64. Production: FIELD_KEY or FIELD_KEYS is required."
        ),
    )
    field_keys: SecretStr | None = Field(
        None,
        description=(
            "Several keys, id:base64,id:base64. The first encrypts, the others still decrypt (key rotation)."
        ),
    )


class Passwords(Section):
    """The password policy and the hashing of passwords."""

    title = "Passwords"

    password_policy: Annotated[Literal["default", "hardened"], LowerCase] = Field(
        "default",
        description=(
            "default: at least 8 characters, none of the last 3 passwords; hardened: 12, and none of the last 10. "
            "The 10,000 most common passwords are always refused."
        ),
    )
    password_hash: Annotated[Literal["argon2id", "bcrypt"], LowerCase] = Field(
        "argon2id",
        description=(
            "How new passwords are hashed: argon2id, or bcrypt with BCRYPT_ROUNDS. Hashes of both kinds are verified."
        ),
    )
    bcrypt_rounds: int = Field(10, ge=10, le=14, description="Cost of bcrypt, 10 to 14.")
    password_breach_url: WebAddress | None = Field(
        None,
        description=(
            "Also refuse passwords known from leaks: https://api.pwnedpasswords.com (it learns five of a hash's "
            "forty digits). Empty: passwords are not looked up."
        ),
    )


class Factors(Section):
    """Second factors and sign-in with other providers."""

    title = "Second factors and sign-in with other providers"

    mfa_required_roles: CommaList = Field(
        (),
        description=(
            "Roles that must have a second factor, separated by commas, in addition to those that the product names."
        ),
    )
    passkey_domain: DomainName | None = Field(
        None,
        description=(
            "Domain that passkeys belong to, e.g. example.org. Empty: the host of FRONTEND_URL, else of PUBLIC_URL. "
            "Passkeys made for one domain are lost when it changes."
        ),
    )
    google_client_id: str | None = Field(
        None,
        description=(
            "Sign-in with accounts of other providers, each enabled by its id. Register the callback with them: "
            "PUBLIC_URL, then /<product> if several are served, then the path that `colonnade routes <product>` shows "
            "for it, such as /auth/oauth/google/callback."
        ),
    )
    google_client_secret: SecretStr | None = None
    google_app_client_ids: CommaList = Field(
        (), description="Client ids of your mobile apps, separated by commas."
    )
    facebook_client_id: str | None = None
    facebook_client_secret: SecretStr | None = None
    tiktok_client_id: str | None = None
    tiktok_client_secret: SecretStr | None = None
    oidc_issuer: WebAddress | None = Field(
        None,
        description="Any OpenID Connect provider: its issuer, e.g. https://login.example.org/realms/staff.",
    )
    oidc_title: str = Field("Single sign-on", min_length=1, max_length=60)
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None


SECTIONS: tuple[type[Section], ...] = (
    Running,
    DatabaseSection,
    RedisSection,
    Secrets,
    Passwords,
    Factors,
    Files,
    Browsers,
    Limits,
    Texts,
    MailSection,
    Logs,
)
