"""The refresh token in a browser: a `__Host-` cookie that no script can read and no other site can use.

The access token is never in a cookie, so CSRF concerns only requests that set this cookie or use it. Both must come
from a page of this site (Origin header) and send JSON, which neither a form nor, without a CORS preflight, a foreign
page can; SameSite=Strict is the second defence.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from colonnade.kernel.core import UnsupportedMediaType
from colonnade.kernel.core.origins import split_origin
from colonnade.kernel.http import Exchange, QueryParameter
from colonnade.kernel.identity.sessions.schemas import CrossSiteRefused, Issued

__all__ = ["Transport", "check_same_site", "cookie_of", "drop_cookie", "hand_over"]

Transport = Annotated[
    Literal["body", "cookie"],
    QueryParameter(
        description="Where the refresh token goes: into the answer, or into a `__Host-` cookie (browsers).",
    ),
]


def hand_over(exchange: Exchange, issued: Issued, transport: Literal["body", "cookie"]) -> str | UnsetType:
    """Return the answer's `refreshToken`; with the transport `cookie`, set the cookie and return UNSET.

    For a cookie, raise as `check_same_site` does; routes call that first, this call is the second defence.
    """
    if transport == "body":
        return issued.refresh_token
    check_same_site(exchange)
    _set_cookie(exchange, issued.refresh_token, issued.refresh_expires_in)
    return UNSET


def check_same_site(exchange: Exchange) -> None:
    """Refuse a request that a foreign page could have sent from a user's browser.

    Raise CrossSiteRefused if its Origin is missing, `null`, or neither this site nor listed; raise
    UnsupportedMediaType unless it sends JSON.
    """
    origin = exchange.header("origin")
    if origin is None or not _is_ours(exchange, origin.lower()):
        raise CrossSiteRefused
    content_type = exchange.header("content-type") or ""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("A request with the session cookie must send JSON.")


def _is_ours(exchange: Exchange, origin: str) -> bool:
    settings = exchange.services.settings
    # "*" is not a page of this site.
    if origin != "*" and origin in settings.allowed_origins:
        return True
    scheme, authority = split_origin(origin)
    secure = scheme == "https" or (scheme == "http" and not settings.demands_https)
    return bool(secure and authority and authority == (exchange.header("host") or "").lower())


def cookie_of(exchange: Exchange) -> str | None:
    """Return the refresh token of the request's cookie, or None."""
    return exchange.cookie(_name(exchange))


def drop_cookie(exchange: Exchange) -> None:
    """Make the browser delete the cookie if it sent one."""
    if cookie_of(exchange) is not None:
        _set_cookie(exchange, "", 0)


def _name(exchange: Exchange) -> str:
    # Products may share a host; a __Host- cookie has no path of its own.
    return f"__Host-{exchange.services.product.name}-refresh"


def _set_cookie(exchange: Exchange, value: str, max_age_seconds: int) -> None:
    cookie = (
        f"{_name(exchange)}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Strict"
    )
    exchange.headers.append((b"set-cookie", cookie.encode("ascii")))
