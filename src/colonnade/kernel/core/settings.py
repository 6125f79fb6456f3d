"""The settings of a process: names, defaults, and where values come from.

`load_settings` reads the environment and `.env`; `Settings(...)` itself reads neither, so that tests say what
they mean. `check_production` and `check_database_role` refuse what must not go live. Messages name
settings and never show a value.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import limits
from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from colonnade.kernel.core.home import default_home
from colonnade.kernel.core.secrets import DevelopmentSecretError, development_secret

__all__ = [
    "ALIASES",
    "Settings",
    "SettingsError",
    "check_database_role",
    "check_production",
    "find_development_risks",
    "load_settings",
    "read_env_file",
    "setting_names",
    "setting_prefix",
]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "app_env": ("NODE_ENV",),
    "access_token_ttl_seconds": ("JWT_EXPIRES_IN",),
}
"""Further names under which a setting is accepted; its own name wins."""

_DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://localhost:3001", "http://localhost:5173")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEY_BYTES = 32
_DURATION = re.compile(r"(\d{1,10})\s*([smhdw]?)\Z")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SECRET_MARKS = ("change", "default", "example", "insecure", "placeholder", "secret", "your-", "your_")


class SettingsError(Exception):
    """Settings that cannot be used; the message names each setting and never shows a value."""


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _check_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as a browser sends them: scheme and host, no path; `*` passes."""
    origins = []
    for value in values:
        parts = urlsplit(value)
        address = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
        if value != "*" and not address:
            raise ValueError("must be addresses such as https://www.example.org, separated by commas")
        origins.append(value if value == "*" else f"{parts.scheme}://{parts.netloc}".lower())
    return tuple(origins)


def _check_limit(value: str) -> str:
    try:
        parsed = limits.parse_many(value)
    except ValueError:
        parsed = []
    if not parsed or any(item.amount < 1 for item in parsed):
        raise ValueError("must be a limit such as 100/minute or 5/15 minutes")
    return value


def _parse_networks(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(part, strict=False) for part in _split(value))
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas") from None


def _check_timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone such as Asia/Jakarta") from None
    return value


def _seconds(value: Any) -> Any:
    """`24h`, `15m`, `7d`, `90s` or a number of seconds."""
    match = _DURATION.match(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        return value
    return int(match[1]) * _UNIT_SECONDS[match[2] or "s"]


def _check_base_url(value: str) -> None:
    message = (
        "ASSISTANT_BASE_URL: must be an address such as https://api.openai.com/v1; http for this machine only"
    )
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise ValueError(message) from None
    schemes = ("https", "http") if host in _LOOPBACK else ("https",)
    if not host or parts.scheme not in schemes or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(message)


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Origins = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_check_origins)]
Limit = Annotated[str, AfterValidator(_check_limit)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_parse_networks)]
TimeZone = Annotated[str, AfterValidator(_check_timezone)]


class Settings(BaseSettings):
    """All settings of one product's process. Durations in seconds, sizes in bytes, as the names say."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # What runs
    product: str | None = Field(None, description="Set by load_settings, not by the environment.")
    app_env: Annotated[Literal["development", "production", "test"], BeforeValidator(_lower)] = "development"
    app_version: str = Field("1.0.0", max_length=100)
    colonnade_home: Path = Field(default_factory=default_home)
    demo: bool = True
    host: str = "127.0.0.1"
    port: int = Field(3000, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=64)
    public_url: str | None = None
    shutdown_grace_seconds: float = Field(20.0, ge=0, le=600)

    # Database
    database_url: str | None = Field(None, repr=False)
    database_pool_size: int = Field(10, ge=1, le=500)
    database_acquire_timeout_seconds: float = Field(2.0, gt=0)
    database_statement_timeout_seconds: float = Field(5.0, gt=0)
    database_lock_timeout_seconds: float = Field(2.0, gt=0)
    database_idle_transaction_timeout_seconds: float = Field(10.0, gt=0)

    # Redis
    redis_url: str | None = Field(None, repr=False)

    # Secrets and tokens
    jwt_secret: SecretStr | None = None
    jwt_keys: SecretStr | None = None
    jwt_issuer: str = "colonnade"
    access_token_ttl_seconds: Annotated[int, BeforeValidator(_seconds)] = Field(900, ge=1)
    refresh_token_ttl_seconds: Annotated[int, BeforeValidator(_seconds)] = Field(604_800, ge=60)
    refresh_grace_seconds: int = Field(10, ge=0, le=60)
    session_ttl_seconds: Annotated[int, BeforeValidator(_seconds)] = Field(2_592_000, ge=60)
    field_key: SecretStr | None = None
    field_keys: SecretStr | None = None

    # Passwords
    password_policy: Annotated[Literal["default", "hardened"], BeforeValidator(_lower)] = "default"  # noqa: S105  (the name of a policy)
    password_hash: Annotated[Literal["argon2id", "bcrypt"], BeforeValidator(_lower)] = "argon2id"  # noqa: S105
    bcrypt_rounds: int = Field(10, ge=10, le=14)
    password_breach_url: str | None = Field(None, pattern=r"^https?://[^\s]+$")

    # Second factors and signing in elsewhere
    mfa_required_roles: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    passkey_domain: str | None = Field(None, pattern=r"^[a-z0-9.-]{1,253}$")
    google_client_id: str | None = None
    google_client_secret: SecretStr | None = None
    google_app_client_ids: Annotated[tuple[str, ...], BeforeValidator(_split)] = ()
    facebook_client_id: str | None = None
    facebook_client_secret: SecretStr | None = None
    tiktok_client_id: str | None = None
    tiktok_client_secret: SecretStr | None = None
    oidc_issuer: str | None = None
    oidc_title: str = Field("Single sign-on", min_length=1, max_length=60)
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    # Files
    upload_path: str | None = None
    upload_max_bytes: int = Field(5 * 1024 * 1024, ge=1)
    image_max_pixels: int = Field(40_000_000, ge=1)
    s3_endpoint: str | None = None
    aws_region: str | None = None
    aws_access_key_id: str | None = Field(None, repr=False)
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None

    # Browsers and proxies
    frontend_url: Origins = ()
    cors_origin: Origins = ()
    trusted_proxies: Networks = ()
    body_limit_bytes: int = Field(1024 * 1024, ge=1024)

    # Limits, as the `limits` package writes them
    rate_limit_global: Limit = "1000/hour"
    rate_limit_max: int | None = Field(None, ge=1)
    rate_limit_window: int | None = Field(None, ge=1000, description="Milliseconds.")
    rate_limit_login: Limit = "5/15 minutes"
    rate_limit_uploads: Limit = "10/hour"
    rate_limit_chat: Limit = "100/minute"

    # Mail
    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    smtp_tls: bool = False  # TLS from the first byte (port 465); STARTTLS is then out of the question
    resend_api_key: SecretStr | None = None
    mail_from: str = "Colonnade <noreply@localhost>"
    mail_station: str | None = None

    # The station
    station_timezone: TimeZone = "Asia/Jakarta"
    prayer_retention_days: int = Field(90, ge=1)

    # Channels
    whatsapp_base_url: str = Field("https://graph.facebook.com/v25.0", pattern=r"^https?://[^\s?#]+[^\s?#/]$")
    channel_silence_minutes: int = Field(1440, ge=1, le=525_600)

    # The assistant
    assistant: Annotated[Literal["off", "local", "openai"], BeforeValidator(_lower)] = "off"
    assistant_base_url: str | None = None
    assistant_model: str | None = Field(None, max_length=200)
    assistant_api_key: SecretStr | None = None
    assistant_timeout_seconds: float = Field(60.0, ge=1, le=240)
    human_lease_minutes: int = Field(30, ge=1, le=10_080)

    # Logs and traces
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    log_format: Annotated[Literal["auto", "json", "console"], BeforeValidator(_lower)] = "auto"
    otel_exporter_otlp_endpoint: str | None = None
    metrics_token: SecretStr | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # Which name wins (RADIO_PORT before PORT, environment before .env) is load_settings' business.
        return (init_settings,)

    @model_validator(mode="after")
    def _check_assistant(self) -> Settings:
        """What speaks to a model must know which and where; the key goes out with https or stays on this machine."""
        if self.assistant == "openai" and not (self.assistant_base_url and self.assistant_model):
            raise ValueError("ASSISTANT=openai needs ASSISTANT_BASE_URL and ASSISTANT_MODEL")
        if self.assistant_base_url is not None:
            _check_base_url(self.assistant_base_url)
        return self

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def bcrypt_cost(self) -> int | None:
        """BCRYPT_ROUNDS where passwords are hashed with bcrypt."""
        return None if self.password_hash == "argon2id" else self.bcrypt_rounds  # noqa: S105

    @property
    def global_quota(self) -> str:
        """What one address may ask: RATE_LIMIT_MAX per RATE_LIMIT_WINDOW where one of them is set."""
        if self.rate_limit_max is None and self.rate_limit_window is None:
            return self.rate_limit_global
        return f"{self.rate_limit_max or 100}/{(self.rate_limit_window or 900_000) // 1000} seconds"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins browsers may call from: FRONTEND_URL and CORS_ORIGIN together, each once."""
        named = tuple(dict.fromkeys(self.frontend_url + self.cors_origin))
        return named if named or self.production else _DEVELOPMENT_ORIGINS

    @property
    def upload_location(self) -> str:
        """UPLOAD_PATH, an absolute folder or an `s3://bucket/prefix`."""
        if self.upload_path is not None and "://" in self.upload_path:
            return self.upload_path
        if self.upload_path is not None:
            return os.path.abspath(self.upload_path)
        return str(self.home / (self.product or "shared") / "uploads")

    @property
    def home(self) -> Path:
        """COLONNADE_HOME as an absolute path."""
        return Path(os.path.abspath(self.colonnade_home.expanduser()))

    def field_key_ring(self) -> dict[str, bytes]:
        """Key ids and 32-byte keys for field encryption, the current one first; empty when none is set.

        FIELD_KEYS is `id:base64,id:base64`, FIELD_KEY one key, with or without an id.
        Raises SettingsError on anything else.
        """
        ring: dict[str, bytes] = {}
        for name, value in (("FIELD_KEYS", self.field_keys), ("FIELD_KEY", self.field_key)):
            for part in _split(value.get_secret_value()) if value else ():
                key_id, colon, encoded = part.rpartition(":")
                if colon == "" and name == "FIELD_KEY":
                    key_id = "k1"
                ring.setdefault(_check_key_id(name, key_id), _decode_key(name, encoded))
        return ring


def _check_key_id(name: str, key_id: str) -> str:
    if not key_id.replace("-", "").replace("_", "").isalnum() or not key_id.isascii() or len(key_id) > 32:
        raise SettingsError(f"{name}: each key is written id:base64; an id is 1 to 32 of a-z, 0-9, - and _")
    return key_id


def _decode_key(name: str, encoded: str) -> bytes:
    try:
        standard = encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4)
        key = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            f"{name}: each key is base64 of exactly {_KEY_BYTES} bytes (openssl rand -base64 32)"
        )
    return key


def load_settings(
    product: str | None = None,
    env_file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Settings:
    """The settings of `product`, from the environment and `env_file` (default `./.env`, may be missing).

    For each setting the first non-empty of these counts: `RADIO_PORT` in the environment, in the file, `PORT`
    in the environment, in the file; then `defaults`, the product's own. Outside production missing secrets are
    made once under COLONNADE_HOME.
    `overrides` (attribute names) win over everything; None leaves a setting alone.
    Raises SettingsError.
    """
    process = os.environ if environ is None else environ
    file = read_env_file(env_file)
    values: dict[str, Any] = {**(defaults or {}), "product": product}
    for field in Settings.model_fields:
        value = None if field == "product" else _find_value(field, product, (process, file))
        if value is not None:
            values[field] = value
    values.update({name: value for name, value in overrides.items() if value is not None})
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError("; ".join(_describe(error))) from None
    return settings if settings.production else _with_development_secrets(settings)


def read_env_file(path: Path | None = None) -> dict[str, str | None]:
    """Read the settings file (`./.env` by default): name to value; empty when it is missing. Raises SettingsError."""
    path = path if path is not None else Path(".env")
    try:
        return dotenv_values(path, interpolate=False) if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {type(error).__name__}") from None


def setting_names(product: str | None = None) -> set[str]:
    """Every name under which a setting is accepted, those with the prefix of `product` included."""
    fields = (field for field in Settings.model_fields if field != "product")
    return {name for field in fields for name in _names_of(field, product)}


def _names_of(field: str, product: str | None) -> tuple[str, ...]:
    names = (field.upper(), *ALIASES.get(field, ()))
    prefixed = tuple(f"{setting_prefix(product)}{name}" for name in names) if product else ()
    return (*prefixed, *names)


def setting_prefix(product: str) -> str:
    """Return what stands in front of a setting's name when the value is for `product` alone."""
    return f"{product.upper().replace('-', '_')}_"


def _find_value(field: str, product: str | None, sources: Iterable[Mapping[str, str | None]]) -> str | None:
    for name in _names_of(field, product):
        for source in sources:
            value = (source.get(name) or "").strip()
            if value:
                return value
    return None


def _describe(error: ValidationError) -> Iterable[str]:
    # pydantic's own text shows values; only what is known to carry none is passed on.
    for item in error.errors(include_url=False, include_input=False, include_context=True):
        name = ".".join(str(part) for part in item["loc"][:1]).upper()
        message = item["msg"].removeprefix("Value error, ")
        yield f"{name}: {message}" if name else message


def _with_development_secrets(settings: Settings) -> Settings:
    made: dict[str, SecretStr] = {}
    prefix = f"{settings.product}." if settings.product else ""
    try:
        if settings.jwt_secret is None:
            made["jwt_secret"] = SecretStr(development_secret(settings.home, f"{prefix}jwt_secret"))
        if settings.field_key is None and settings.field_keys is None:
            made["field_key"] = SecretStr(f"dev:{development_secret(settings.home, f'{prefix}field_key')}")
    except DevelopmentSecretError as error:
        raise SettingsError(str(error)) from None
    settings = settings.model_copy(update=made)
    settings.field_key_ring()
    return settings


def check_production(settings: Settings, *, workers: int = 1) -> list[str]:
    """What keeps these settings from going live, one line each; empty when all is well."""
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
    """Say what is accepted here and that production refuses, one line each; empty in production itself."""
    if settings.production or settings.jwt_secret is None:
        return []
    if len(settings.jwt_secret.get_secret_value().encode()) >= _KEY_BYTES:
        return []
    return [f"JWT_SECRET is shorter than {_KEY_BYTES} bytes: whoever has a token can try out secrets"]


def _weaknesses(name: str, value: str) -> list[str]:
    if len(value.encode()) < _KEY_BYTES:
        return [f"{name} is shorter than {_KEY_BYTES} bytes"]
    if len(set(value)) < 8 or any(mark in value.lower() for mark in _SECRET_MARKS):
        return [f"{name} looks like a default: make one with `openssl rand -base64 48`"]
    return []


async def check_database_role(connection: Any) -> str | None:
    """Why the role of this asyncpg connection must not serve in production, or None.

    A superuser, and a role with BYPASSRLS, would see through row-level security.
    """
    query = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    row = await connection.fetchrow(query)
    if row["rolsuper"]:
        return "DATABASE_URL names a superuser; use a role without SUPERUSER that owns its database"
    if row["rolbypassrls"]:
        return "DATABASE_URL names a role with BYPASSRLS; use one that row-level security applies to"
    return None
