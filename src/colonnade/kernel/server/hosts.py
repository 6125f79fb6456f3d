"""What a head says of the two ends: the host that it names, and the client that a proxy names in it.

Each layer behind must read the same host (RFC 9112, 3.2).

Out of scope: which hosts are served, and whose limits an address spends (`http`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from colonnade.kernel.core.addresses import Network, client_address, forwarded_for, is_trusted
from colonnade.kernel.limits import address_bucket

__all__ = ["counted_address", "fault_of_host"]


def fault_of_host(number: int, host: bytes, url: bytes, version: str) -> str | None:
    """Return what is wrong with a head that has `number` Host headers, of which `host` is the last; None if nothing."""
    if number > 1 or (not number and version != "1.0"):
        return "A request must have exactly one Host header."
    if number and not url.startswith(b"/") and _authority(url) not in (None, _without_port(host)):
        # The absolute form, for proxies: its authority would have to replace the header (RFC 9112, 3.2.2).
        return "The Host header names another host than the address of the request."
    return None


def _authority(url: bytes) -> bytes | None:
    """Return host and port of an address with a scheme, in lower case and without port 80; None for a path."""
    if b"://" not in url:
        return None
    return _without_port(re.split(rb"[/?#]", url.partition(b"://")[2], maxsplit=1)[0])


def _without_port(host: bytes) -> bytes:
    return host.lower().removesuffix(b":80")


def counted_address(
    peer: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]] | None, trusted: Sequence[Network]
) -> str | None:
    """Return the key under which a client's connections are counted; None for a trusted proxy before its `headers`."""
    address = client_address(peer, None, ())
    if not trusted or not is_trusted(address, trusted):
        return address_bucket(address)
    return None if headers is None else address_bucket(client_address(peer, forwarded_for(headers), trusted))
