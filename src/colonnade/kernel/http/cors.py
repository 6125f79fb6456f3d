"""Cross-origin answers (Fetch standard, CORS protocol) from an allow-list of origins."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Cors"]

Headers = list[tuple[bytes, bytes]]

EXPOSED = (
    b"Content-Disposition, ETag, Location, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, "
    b"X-Device-Token, X-Request-Id"
)
ALLOWED_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Device-Token",
    "X-Request-Id",
)


class Cors:
    """Headers for an origin on the list, none for any other; `*` allows every origin, without cookies.

    `headers` are those that pages may send beside the ones of every API.
    """

    def __init__(self, origins: Iterable[str], headers: Iterable[str] = ()) -> None:
        self._headers = ", ".join(sorted({*ALLOWED_HEADERS, *headers})).encode()
        listed = {origin.rstrip("/").encode() for origin in origins}
        self._any = b"*" in listed
        self._listed = listed

    def allows(self, origin: bytes) -> bool:
        """Return whether a page of `origin` may read our answers."""
        return self._any or origin in self._listed

    def answer(self, origin: bytes | None) -> Headers:
        """Return the headers for every answer to a request from `origin`, errors included."""
        if origin is None or not self.allows(origin):
            return []
        if self._any:
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", EXPOSED),
            ]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", EXPOSED),
        ]

    def preflight(self, origin: bytes) -> Headers:
        """Return the headers that the answer to a preflight request has beside those of every answer."""
        if not self.allows(origin):
            return []
        return [
            (b"access-control-allow-methods", ALLOWED_METHODS),
            (b"access-control-allow-headers", self._headers),
            (b"access-control-max-age", b"7200"),
        ]
