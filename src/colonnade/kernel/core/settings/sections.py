"""The kernel's own settings, section by section: the name, type, default and explanation of each.

A field's name in upper case is its environment variable; durations are in seconds and sizes in bytes, as
the names say. `.env.example` is written from these classes.

Out of scope: settings that only one slice uses; it declares them itself (`SliceSettings`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr

from colonnade.kernel.core.home import default_home
from colonnade.kernel.core.quotas import MAX_AMOUNT, MAX_WINDOW_SECONDS
from colonnade.kernel.core.settings.types import (
    CommaList,
    DomainName,
    Limit,
    LowerCase,
    Networks,
    Origins,
    Seconds,
    WebAddress,
)

__all__ = ["SECTIONS", "Section"]

MAX_LIFETIME_SECONDS = 10 * 365 * 86_400
"""Of tokens and sessions: longer ones are a mistake, and end beyond the years that a date can have."""


class Section(BaseModel):
    """Settings under one heading."""

    title: ClassVar[str] = ""


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


class Files(Section):
    """The place of uploaded files, and their largest size."""

    title = "Files"

    upload_path: str | None = Field(
        None, description="Folder or s3://bucket/prefix. Empty: COLONNADE_HOME/<product>/uploads."
    )
    s3_endpoint: WebAddress | None = Field(
        None, description="For s3:// only; the endpoint is needed for services other than AWS."
    )
    aws_region: str | None = None
    aws_access_key_id: str | None = Field(None, repr=False)
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None


class Browsers(Section):
    """Websites that may call the API, and the proxies in front of it."""

    title = "Browsers and proxies"

    frontend_url: Origins = Field(
        (),
        description=(
            "Addresses of the websites that call this API, separated by commas; this setting and the next one both "
            "count. Empty in development: ports 3000, 3001 and 5173 of localhost, and the server's own. * is refused "
            "in production."
        ),
    )
    cors_origin: Origins = ()
    https_only: bool | None = Field(
        None, description="HSTS, no cookie for pages of http. Empty: in production."
    )
    trusted_proxies: Networks = Field(
        (),
        description=(
            "Addresses or networks of reverse proxies whose X-Forwarded-For is trusted, separated by commas. Clients "
            "whose proxy tells no address share the limits of one address, `unknown`."
        ),
    )
    body_limit_bytes: int = Field(1024 * 1024, ge=1024, le=1024**3, description="Largest JSON body in bytes.")


class Limits(Section):
    """Limits per account and per address, in addition to the budgets of products."""

    title = "Limits: number/period, e.g. 100/minute or 5/15 minutes"

    rate_limit_global: Limit = Field(
        "1000/hour", description="Requests per account, or per address of who is not signed in."
    )
    unfinished_requests_per_address: int = Field(
        100,
        ge=8,
        le=100_000,
        description=(
            "Connections of one address on which a request has not arrived completely, or an answer is not read; of "
            "more the one that has waited longest is closed."
        ),
    )
    rate_limit_login: Limit = Field(
        "5/15 minutes", description="Failed logins of one account from one address."
    )
    rate_limit_login_address: Limit = Field(
        "50/15 minutes", description="Failed logins from one address, whatever the accounts."
    )
    rate_limit_max: int | None = Field(
        None,
        ge=1,
        le=MAX_AMOUNT,
        description="The global limit in Express' form: requests per window. It replaces RATE_LIMIT_GLOBAL.",
    )
    rate_limit_window: int | None = Field(
        None, ge=1000, le=MAX_WINDOW_SECONDS * 1000, description="The window in milliseconds."
    )


class MailSection(Section):
    """The delivery of mails."""

    title = "Mail"

    smtp_host: str | None = Field(
        None,
        description=(
            "SMTP server, or a Resend key; with neither, mails are kept in the development mailbox at /_dev/mail."
        ),
    )
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = Field(True, description="STARTTLS after connecting (port 587).")
    smtp_tls: bool = Field(
        False, description="TLS from the first byte (port 465); SMTP_STARTTLS is then ignored."
    )
    resend_api_key: SecretStr | None = None
    mail_from: str = Field("Colonnade <noreply@localhost>", description="The sender of every mail.")


class Logs(Section):
    """Logs, traces and metrics: level, format and destination."""

    title = "Logs and traces"

    log_level: Annotated[Literal["debug", "info", "warning", "error"], LowerCase] = Field(
        "info", description="debug, info, warning or error."
    )
    log_format: Annotated[Literal["auto", "json", "console"], LowerCase] = Field(
        "auto", description="json, console, or auto: json in production, console otherwise."
    )
    slow_request_seconds: float = Field(
        1.0, ge=0.001, le=3600, description="Requests that take longer are logged as warnings."
    )
    otel_exporter_otlp_endpoint: WebAddress | None = Field(
        None, description="Address of an OpenTelemetry collector (needs the otel extra). Empty: no traces."
    )
    metrics_token: SecretStr | None = Field(
        None,
        description=(
            "Token that /metrics requires in the header X-Metrics-Token. Empty: it answers this machine and private "
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
