"""Addresses of clients: whose a request is when proxies pass it on, and how addresses and hosts are written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence

__all__ = [
    "UNKNOWN_ADDRESS",
    "Network",
    "client_address",
    "forwarded_for",
    "is_private",
    "is_trusted",
    "parse_address",
    "split_host",
]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


UNKNOWN_ADDRESS = "unknown"
"""The address of a client whose proxy does not tell it: no IP address, so it is neither private nor trusted."""

_MAX_HOPS = 20
"""Entries of X-Forwarded-For that are looked at; a header holds 16,000, of which each takes 50 µs."""
_LONGEST_ENTRY = 100
_PORT = re.compile(r"(?::[0-9]{1,5})?")


def forwarded_for(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """Return every X-Forwarded-For line as one list: a proxy may add a line of its own (RFC 9110, 5.3).

    None if there is no line.
    """
    lines = [value for name, value in headers if name == b"x-forwarded-for"]
    return b",".join(lines) if lines else None


def client_address(peer: tuple[str, int] | None, forwarded: bytes | None, trusted: Sequence[Network]) -> str:
    """Return the client's address: the peer's, or the last one in X-Forwarded-For that is not a trusted proxy.

    The header counts only if the peer itself is a trusted proxy. Where a trusted proxy's entry is no IP address
    (`unknown`, `_hidden`, nothing), the client is UNKNOWN_ADDRESS and not the proxy, whose address is private. That
    is one bucket for all clients without an address: an entry which a client can vary must not open a new one. It is
    theirs as well who come through more proxies than there can be.
    """
    # A Unix socket has no address; a link-local address includes its interface (`fe80::1%eth0`).
    address = (peer[0] if peer else "").partition("%")[0] or "127.0.0.1"
    if forwarded is None or not trusted:
        return address
    # What is left of a longer list is no address.
    for candidate in reversed(forwarded.decode("latin-1").rsplit(",", _MAX_HOPS)):
        if not is_trusted(address, trusted):
            return address
        ip = _parse_forwarded(candidate)
        if ip is None:
            return UNKNOWN_ADDRESS
        address = str(ip)
    return address


def _parse_forwarded(entry: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address in an entry of X-Forwarded-For, also one with a port, in brackets or quoted."""
    text = entry.strip()
    if len(text) > _LONGEST_ENTRY:
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        if not closed:
            return None
    elif text.count(":") == 1:
        text, colon, port = text.partition(":")
        port = colon + port
    else:
        port = ""
    return parse_address(text) if _PORT.fullmatch(port) else None


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address in the form for comparing and logging: no interface, IPv4 in IPv6 as IPv4; None for others."""
    try:
        ip = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return whether `address` is that of a trusted proxy."""
    ip = parse_address(address)
    return ip is not None and any(ip in network for network in trusted)


def split_host(host: bytes) -> tuple[str, str]:
    """Return the name (in lower case) and port of a Host header; an empty port if it has none."""
    given = host.decode("latin-1").lower()
    name, _, port = given.rpartition(":")
    return (name, port) if name and port.isdigit() else (given, "")


_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("127.0.0.0/8", "::1/128"),  # this machine
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # RFC 1918, RFC 4193
        *("169.254.0.0/16", "fe80::/10"),  # of one link
    )
)
"""Not what `ipaddress` calls private, which has documentation, benchmark and reserved networks among it."""


def is_private(address: str) -> bool:
    """Return whether `address` is this machine's or in a private network; IPv4 in IPv6 counts as IPv4."""
    ip = parse_address(address)
    return ip is not None and any(ip in network for network in _PRIVATE)
