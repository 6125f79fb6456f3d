"""The kernel's own settings, section by section: name, type, default, and the line that explains each of them.

A field's name in upper case is the name of its environment variable; durations are seconds and sizes bytes, as
the names say. `.env.example` is written from these classes.

Out of scope: settings that one capability of a product alone uses; those stand in its slice (`SliceSettings`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr

from colonnade.kernel.core.home import default_home
from colonnade.kernel.core.settings.types import (
    CommaList,
    Limit,
    LowerCase,
    Networks,
    Origins,
    Seconds,
)

__all__ = ["SECTIONS", "Section"]


class Section(BaseModel):
    """Settings under one heading."""

    title: ClassVar[str] = ""


class Running(Section):
    """What runs, where it listens and how it ends."""

    title = "What runs"

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
            ".colonnade in the current folder where it exists or Colonnade runs from a checkout, else the platform's "
            "folder for users' data."
        ),
    )
    colonnade_products: str | None = Field(
        None,
        description=(
            "Products of other packages, beside those that an installed package declares: package.module:PRODUCT, "
            "several separated by commas. The current folder is looked in as well."
        ),
    )
    demo: bool = Field(True, description="Fill an empty database with demonstration data (development only).")
    host: str = Field("127.0.0.1", description="Address to listen on. 0.0.0.0 opens the port to the network.")
    port: int = Field(3000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(
        1, ge=1, le=64, description="Processes that serve; more than one needs REDIS_URL in production."
    )
    public_url: str | None = Field(
        None,
        description="Address under which the outside world reaches this server, for links in mails and feeds.",
    )
    shutdown_grace_seconds: float = Field(
        20.0, ge=0, le=600, description="Seconds that running requests get when the server stops."
    )


class DatabaseSection(Section):
    """PostgreSQL, and how long anything there may take."""

    title = "Database"

    database_url: str | None = Field(
        None,
        repr=False,
        description=(
            "postgresql://user:password@host:5432/database, PostgreSQL 14 or newer. Empty: an embedded one is "
            "started. In production: a role without SUPERUSER and BYPASSRLS."
        ),
    )
    database_pool_size: int = Field(10, ge=1, le=500, description="Connections per process, at most.")
    database_acquire_timeout_seconds: float = Field(
        2.0, gt=0, description="Longest wait for a free connection; then 503."
    )
    database_statement_timeout_seconds: float = Field(5.0, gt=0, description="Longest statement.")
    database_lock_timeout_seconds: float = Field(2.0, gt=0, description="Longest wait for a lock.")
    database_idle_transaction_timeout_seconds: float = Field(
        10.0, gt=0, description="Longest pause inside a transaction."
    )


class RedisSection(Section):
    """What several processes share."""

    title = "Redis"

    redis_url: str | None = Field(
        None,
        repr=False,
        description=(
            "redis://:password@host:6379/0 (Redis or Valkey): shared cache, limits and sockets of several processes."
        ),
    )


class Secrets(Section):
    """Keys, and how long tokens and sessions live."""

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
            "EdDSA or RS256. The first signs, all verify, JWT_SECRET too while it is set: a new key goes in front, "
            "the old one goes once the tokens it signed have expired. Public keys are at /.well-known/jwks.json."
        ),
    )
    jwt_issuer: str = Field("colonnade", description="The issuer (`iss`) that tokens name.")
    access_token_ttl_seconds: Seconds = Field(
        900,
        ge=1,
        description="Life of an access token: seconds, or 15m, 24h, 7d (JWT_EXPIRES_IN is read too).",
    )
    refresh_token_ttl_seconds: Seconds = Field(
        604_800, ge=60, description="A session ends when it was not refreshed for this long (7 days),"
    )
    session_ttl_seconds: Seconds = Field(
        2_592_000, ge=60, description="and in any case after this (30 days)."
    )
    refresh_grace_seconds: int = Field(
        10,
        ge=0,
        le=60,
        description=(
            "A refresh token that is used twice within this time gives the same successor; later it ends the session."
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
    """Which passwords are taken and how they are hashed."""

    title = "Passwords"

    password_policy: Annotated[Literal["default", "hardened"], LowerCase] = Field(
        "default",
        description=(
            "default: at least 8 characters, the last 3 may not come again; hardened: 12 and 10. Never one of the "
            "10,000 most common ones."
        ),
    )
    password_hash: Annotated[Literal["argon2id", "bcrypt"], LowerCase] = Field(
        "argon2id",
        description=(
            "How new passwords are hashed: argon2id, or bcrypt with BCRYPT_ROUNDS. Each verifies the other's."
        ),
    )
    bcrypt_rounds: int = Field(10, ge=10, le=14, description="Cost of bcrypt, 10 to 14.")
    password_breach_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        description=(
            "Also refuse passwords known from leaks: https://api.pwnedpasswords.com (it learns five of a hash's "
            "forty digits). Empty: nobody is asked."
        ),
    )


class Factors(Section):
    """Second factors and signing in elsewhere."""

    title = "Second factors and signing in elsewhere"

    mfa_required_roles: CommaList = Field(
        (),
        description=(
            "Roles that must have a second factor, separated by commas, beside those that a product names itself."
        ),
    )
    passkey_domain: str | None = Field(
        None,
        pattern=r"^[a-z0-9.-]{1,253}$",
        description=(
            "Domain that passkeys belong to, e.g. example.org. Empty: the host of FRONTEND_URL, else of PUBLIC_URL. "
            "Passkeys made for one domain are lost when it changes."
        ),
    )
    google_client_id: str | None = Field(
        None,
        description=(
            "Providers whose accounts open an account here, each on when its id is set. Register "
            "PUBLIC_URL/auth/oauth/<google|facebook|tiktok|oidc>/callback with them."
        ),
    )
    google_client_secret: SecretStr | None = None
    google_app_client_ids: CommaList = Field((), description="Ids of one's mobile apps, separated by commas.")
    facebook_client_id: str | None = None
    facebook_client_secret: SecretStr | None = None
    tiktok_client_id: str | None = None
    tiktok_client_secret: SecretStr | None = None
    oidc_issuer: str | None = Field(
        None,
        description="Any OpenID Connect provider: its issuer, e.g. https://login.example.org/realms/staff.",
    )
    oidc_title: str = Field("Single sign-on", min_length=1, max_length=60)
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None


class Files(Section):
    """Where uploaded files lie and how large they may be."""

    title = "Files"

    upload_path: str | None = Field(
        None, description="Folder or s3://bucket/prefix. Empty: COLONNADE_HOME/<product>/uploads."
    )
    upload_max_bytes: int = Field(5 * 1024 * 1024, ge=1, description="Largest image file,")
    image_max_pixels: int = Field(
        40_000_000, ge=1, description="and, before it is decoded, its largest number of pixels."
    )
    s3_endpoint: str | None = Field(
        None, description="For s3://; the endpoint only for services other than AWS."
    )
    aws_region: str | None = None
    aws_access_key_id: str | None = Field(None, repr=False)
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None


class Browsers(Section):
    """Who may call from elsewhere, and through what."""

    title = "Browsers and proxies"

    frontend_url: Origins = Field(
        (),
        description=(
            "Addresses of the websites that call this API, separated by commas; this name and the next one both "
            "count. Empty in development: ports 3000, 3001 and 5173 of localhost. * is refused in production."
        ),
    )
    cors_origin: Origins = ()
    trusted_proxies: Networks = Field(
        (),
        description=(
            "Addresses or networks of reverse proxies whose X-Forwarded-For is believed, separated by commas."
        ),
    )
    body_limit_bytes: int = Field(1024 * 1024, ge=1024, description="Largest JSON body in bytes.")


class Limits(Section):
    """What one address or account may do how often, beside the products' own budgets."""

    title = "Limits: number/period, e.g. 100/minute or 5/15 minutes"

    rate_limit_global: Limit = Field("1000/hour", description="Every address.")
    rate_limit_login: Limit = Field("5/15 minutes", description="Failed logins per address and per account.")
    rate_limit_max: int | None = Field(
        None,
        ge=1,
        description="The global one as Express has it: so many requests per window. Either one set wins.",
    )
    rate_limit_window: int | None = Field(None, ge=1000, description="The window in milliseconds.")


class MailSection(Section):
    """Who takes mails."""

    title = "Mail"

    smtp_host: str | None = Field(
        None,
        description=(
            "SMTP server, or a Resend key; with neither, mails wait in the development mailbox at /_dev/mail."
        ),
    )
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = Field(True, description="STARTTLS after connecting (port 587),")
    smtp_tls: bool = Field(
        False, description="or TLS from the first byte (port 465; SMTP_STARTTLS is then ignored)."
    )
    resend_api_key: SecretStr | None = None
    mail_from: str = Field("Colonnade <noreply@localhost>", description="The sender of every mail.")


class Logs(Section):
    """What is written about the work, and where it goes."""

    title = "Logs and traces"

    log_level: Annotated[Literal["debug", "info", "warning", "error"], LowerCase] = Field(
        "info", description="debug, info, warning or error."
    )
    log_format: Annotated[Literal["auto", "json", "console"], LowerCase] = Field(
        "auto", description="json, console, or auto: json in production, console otherwise."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="Address of an OpenTelemetry collector (needs the otel extra). Empty: no traces."
    )
    metrics_token: SecretStr | None = Field(
        None,
        description=(
            "What /metrics asks for in the header X-Metrics-Token. Empty: it answers this machine and private "
            "networks only."
        ),
    )


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
    MailSection,
    Logs,
)
