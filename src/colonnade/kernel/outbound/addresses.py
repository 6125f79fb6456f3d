"""Decides which addresses may be called, so that a URL from outside cannot reach our own network (SSRF, OWASP).

A name is resolved once and the connection goes to the very address that was checked, so that another answer of the
name server (DNS rebinding) has no effect. TLS still verifies the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from colonnade.kernel.outbound.names import Names
from colonnade.kernel.outbound.registries import is_public

__all__ = ["AddressRefused", "GuardedNetwork", "check_url", "is_loopback_url"]

_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


class AddressRefused(Exception):
    """The address may not be called; the message names the host at most."""


def is_loopback_url(url: str) -> bool:
    """Return whether the URL's host names this machine (`localhost`, 127.0.0.1, ::1); no URL names it."""
    try:
        return (urlsplit(url).hostname or "") in _LOOPBACK_NAMES
    except ValueError:  # such as `http://[`
        return False


def check_url(url: str, *, loopback: bool = False, private: str | None = None) -> str:
    """Return `url` if it may be called: https without credentials and fragment.

    With `loopback` it must name this machine, and plain http is allowed; so it is with `private`, the one address
    (or host) inside a network that the installation names: `GuardedNetwork` connects to no other. Raise AddressRefused.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        _ = httpx.URL(url).host  # raises UnicodeError, a ValueError, for a name such as `xn--`, which is none
    except (ValueError, httpx.InvalidURL):
        raise AddressRefused("not a URL") from None
    if not host or "@" in parts.netloc or parts.fragment or any(c.isspace() or ord(c) < 32 for c in url):
        raise AddressRefused("not a plain URL")
    if loopback:
        if host not in _LOOPBACK_NAMES or parts.scheme not in ("http", "https"):
            raise AddressRefused(f"{host} is not this machine")
    elif private is not None:
        if parts.scheme not in ("http", "https"):
            raise AddressRefused(f"{host} must be called with http or https")
    elif parts.scheme != "https":
        raise AddressRefused(f"{host} must be called with https")
    return url


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """A network backend of httpcore that resolves hosts itself and connects to permitted addresses only.

    Those are public ones; with `loopback` this machine's; with `private` that address alone, or those of the host of
    that name, whatever they are, but for link-local ones, where clouds keep the machines' secrets.
    """

    def __init__(self, *, loopback: bool, private: str | None = None) -> None:
        self._loopback = loopback
        self._private = private.lower().rstrip(".") if private is not None else None
        self._network = httpcore.AnyIOBackend()
        self._names = Names()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a permitted address of `host`. Raise AddressRefused before any packet is sent."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self._permitted(host, timeout):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Raise AddressRefused: unix sockets are never called."""
        raise AddressRefused("unix sockets are not called")

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` (part of httpcore's interface)."""
        await self._network.sleep(seconds)

    async def _permitted(self, host: str, timeout: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._names.resolve(host)
        except TimeoutError:
            raise httpcore.ConnectTimeout(host) from None
        except OSError:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from None
        # A name with one forbidden address among permitted ones cannot be trusted.
        if not all(self._permits(host, address) for address in addresses):
            raise AddressRefused(f"{host} has an address that may not be called")
        return addresses

    def _permits(self, host: str, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        if self._loopback:
            return ip.is_loopback
        if self._private is not None:
            named = host.lower().rstrip(".") == self._private or ip == _address(self._private)
            return named and not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)
        return is_public(address)
