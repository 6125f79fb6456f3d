"""The kernel's settings of what comes in and goes out: files, browsers, limits, texts, mail, logs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from colonnade.kernel.core.quotas import MAX_AMOUNT, MAX_WINDOW_SECONDS
from colonnade.kernel.core.settings.section import Section
from colonnade.kernel.core.settings.types import (
    Hosts,
    Limit,
    LowerCase,
    Networks,
    Origins,
    Region,
    TimeZone,
    WebAddress,
)

__all__ = ["Browsers", "Files", "Limits", "Logs", "MailSection", "Texts"]


class Files(Section):
    """The place of uploaded files, and how long deleted things are kept."""

    title = "Files and deleted things"

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
    trash_days: int = Field(30, ge=1, le=3650, description="Days after which deleted things are purged.")


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


class Texts(Section):
    """What people write without saying which country or zone they mean."""

    title = "What people write"

    phone_region: Region | None = Field(
        None,
        description=(
            "Country (ISO 3166: ID, DE) of telephone numbers without a country code. Empty: they are refused."
        ),
    )
    local_timezone: TimeZone | None = Field(
        None,
        description="Zone of times that are sent without an offset, such as Asia/Jakarta. Empty: they are refused.",
    )
    embed_hosts: Hosts = Field(
        (),
        description=(
            "Hosts whose players (iframes by https) texts may embed, separated by commas, such as "
            "www.youtube-nocookie.com. Empty: they are removed. Name none that serves pages of your own."
        ),
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
