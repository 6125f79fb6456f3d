"""Recognises visits from this machine or its private network, which may see the pages of development.

Demonstration accounts and undelivered mails are for the developers. Two checks keep others out: the client's
address is private, and the Host header names a local host. The second stops DNS rebinding: a page of evil.example
whose name was changed to resolve to 127.0.0.1 still sends its own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from colonnade.kernel.core import Forbidden, NotFound
from colonnade.kernel.core.addresses import Network, is_private, is_trusted, split_host
from colonnade.kernel.core.origins import split_origin
from colonnade.kernel.http.exchange import Exchange

__all__ = ["LocalVisits", "UnknownProxies", "is_local_exchange", "is_local_visit", "is_private_exchange"]

log = structlog.get_logger(__name__)

_FORWARDED = (
    b"cdn-loop",
    b"cf-connecting-ip",
    b"fastly-client-ip",
    b"true-client-ip",
    b"via",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-envoy-external-address",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-original-forwarded-for",
    b"x-real-ip",
)
"""Headers that proxies and tunnels add: whoever sends them here came through one."""


def is_private_visit(
    peer: tuple[str, int] | None,
    address: str,
    headers: Mapping[bytes, bytes],
    trusted: Sequence[Network],
) -> bool:
    """Return whether a request comes from a private address.

    `peer` is the connection's other end, `address` the client's as `client_address` finds it, `headers` those of
    the request by lower-case name. A request from an unknown proxy may originate anywhere: it is not private.
    """
    # A Unix socket has no peer address: a proxy is at its other end.
    if not peer or not peer[0] or b"forwarded" in headers:
        return False
    if any(name in headers for name in _FORWARDED) and not is_trusted(peer[0], trusted):
        return False
    return is_private(address)


def is_local_visit(
    peer: tuple[str, int] | None,
    address: str,
    headers: Mapping[bytes, bytes],
    trusted: Sequence[Network],
) -> bool:
    """Return whether a request comes from a private address, as for `is_private_visit`, and names a local host."""
    named = (headers.get(b"host", b""), headers.get(b"x-forwarded-host"))
    return is_private_visit(peer, address, headers, trusted) and all(
        _is_local_host(host) for host in named if host is not None
    )


def is_private_exchange(exchange: Exchange) -> bool:
    """Return whether the request of `exchange` comes from a private address."""
    trusted = exchange.services.settings.trusted_proxies
    return is_private_visit(exchange.peer, exchange.address, exchange.request_headers, trusted)


def is_local_exchange(exchange: Exchange) -> bool:
    """Return whether the request of `exchange` is a local visit."""
    trusted = exchange.services.settings.trusted_proxies
    return is_local_visit(exchange.peer, exchange.address, exchange.request_headers, trusted)


def _is_local_host(host: bytes) -> bool:
    """Return whether a Host header names localhost, a name below it, or a private address (which needs no DNS)."""
    name, _ = split_host(host)
    name = name.removesuffix(".")
    if "%" in name:  # a zone is for addresses of a link, and no client writes one here
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return is_private(name.removeprefix("[").removesuffix("]"))


def _is_from_elsewhere(exchange: Exchange) -> bool:
    """Return whether a page of another origin sent this request, by Fetch Metadata or else Origin."""
    site = exchange.header("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = exchange.header("origin")
    return origin is not None and split_origin(origin)[1] != (exchange.header("host") or "").lower()


class UnknownProxies:
    """Says once, in the log, that requests come through a proxy that TRUSTED_PROXIES does not name.

    All of its clients are one address then: they share the limits, and a sanction against one is against all.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._said = False

    def notice(self, peer: tuple[str, int] | None, headers: Mapping[bytes, bytes]) -> None:
        """Look at a request that has `X-Forwarded-For` or `Forwarded`; a public peer is somebody who pretends."""
        if self._said or not peer or not is_private(peer[0]) or is_trusted(peer[0], self._trusted):
            return
        self._said = True
        header = next(name for name in (b"x-forwarded-for", b"forwarded") if name in headers)
        log.warning(
            "unknown proxy: all of its clients count as one address",
            peer=peer[0],
            header=header.decode(),
            advice="name its address or network in TRUSTED_PROXIES",
        )


class LocalVisits:
    """Open to local visits outside of production only; all others get 404.

    Requests that change something are refused (403) if they come from a page of another site.
    """

    async def __call__(self, exchange: Exchange) -> None:
        """Refuse all other requests."""
        if exchange.services.settings.production or not is_local_exchange(exchange):
            raise NotFound
        if exchange.method not in ("GET", "HEAD") and _is_from_elsewhere(exchange):
            raise Forbidden("A page of another site may not change anything here.")
