"""How a browser keeps a refresh token: a `__Host-` cookie that no script reads and no other site uses.

The access token is never in a cookie, so this matters to two kinds of requests only: those that set the
cookie and those that use it. Both must come from a page of ours (Origin header) and send JSON, which a form
or a foreign page cannot without being asked first (CORS preflight); SameSite=Strict is the second lock.
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
    """What the answer has as `refreshToken`: the token, or nothing when a cookie of the answer has it.

    Raises what `check_same_site` raises; a route asks that before it does anything, this is the last lock.
    """
    if transport == "body":
        return issued.refresh_token
    check_same_site(exchange)
    _set_cookie(exchange, issued.refresh_token, issued.refresh_expires_in)
    return UNSET


def check_same_site(exchange: Exchange) -> None:
    """Refuse a request that a foreign page could have made in the browser of a user of ours.

    Raises CrossSiteRefused (no Origin, `null`, or one that is neither ours nor listed) and
    UnsupportedMediaType.
    """
    origin = exchange.header("origin")
    if origin is None or not _is_ours(exchange, origin.lower()):
        raise CrossSiteRefused
    content_type = exchange.header("content-type") or ""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("A request with the session cookie must send JSON.")


def _is_ours(exchange: Exchange, origin: str) -> bool:
    settings = exchange.services.settings
    # "*" is no page of ours.
    if origin != "*" and origin in settings.allowed_origins:
        return True
    scheme, authority = split_origin(origin)
    secure = scheme == "https" or (scheme == "http" and not settings.production)
    return bool(secure and authority and authority == (exchange.header("host") or "").lower())


def cookie_of(exchange: Exchange) -> str | None:
    """The refresh token in the request's cookie."""
    return exchange.cookie(_name(exchange))


def drop_cookie(exchange: Exchange) -> None:
    """Have the browser forget the cookie, where it sent one."""
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
