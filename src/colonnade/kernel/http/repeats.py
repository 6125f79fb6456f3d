"""Headers that a request has twice: lists are joined, and what can only be one thing is refused (RFC 9110, 5.3).

Two readers of one request must not understand it differently, the cache and a handler least of all. A proxy in front
that looks at the first Authorization, and a server that looks at the second, are a way around the proxy.

Out of scope: what a repeated Host means to the connection (`server.hosts`), which refuses it before.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ONE_EACH", "joined"]

ONE_EACH = frozenset({b"authorization", b"content-type", b"host", b"idempotency-key"})
"""What a request has once or not at all."""


def joined(headers: Sequence[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], bytes | None]:
    """Return headers by name, repeated ones as one list, and the name of one that must not be repeated, if it is."""
    found: dict[bytes, bytes] = {}
    further: dict[bytes, list[bytes]] = {}
    refused = None
    for name, value in headers:
        if name not in found:
            found[name] = value
        elif name in ONE_EACH:
            refused = name
        else:
            further.setdefault(name, []).append(value)
    for name, values in further.items():
        found[name] = (b"; " if name == b"cookie" else b", ").join([found[name], *values])
    return found, refused
