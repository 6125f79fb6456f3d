"""The headers of every answer: set where the route has not set its own, so that none is sent twice.

A browser refuses an answer with two X-Frame-Options and applies the stricter of two policies: a page that needs
another policy than the API's must be able to replace it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from colonnade.kernel import pages
from colonnade.kernel.http.answers import Headers

__all__ = [
    "HOME_HEADERS",
    "STRICT_CSP",
    "VARY",
    "VARY_BY_ORIGIN",
    "Headers",
    "absent_from",
    "complete",
    "security_headers",
]

STRICT_CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
VARY = (b"vary", b"Origin, Accept-Encoding, Authorization")
VARY_BY_ORIGIN = (b"vary", b"Origin")

HOME_HEADERS: Headers = [
    *((name.encode(), value.encode()) for name, value in pages.PAGE_HEADERS.items()),
    (b"content-type", b"text/html; charset=utf-8"),
    (b"vary", b"Accept"),
]
"""The headers of a page that stands where programs get JSON. It depends on the visitor: no cache may store it."""


def security_headers(*, https_only: bool) -> Headers:
    """Return the headers that keep browsers from misusing an API's answers (OWASP Secure Headers)."""
    headers: Headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if https_only:
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return headers


def complete(own: Headers, common: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return `own` and the headers of `common` whose names it lacks; the values of two Vary headers are merged.

    Names are in lower case.
    """
    present = {name for name, _ in own}
    if b"vary" not in present:
        return own + absent_from(present, common)
    common = list(common)
    listed = b", ".join(value for name, value in (*own, *common) if name == b"vary").split(b",")
    # Field names are compared without case; the first spelling is kept.
    fields = {field.strip().lower(): field.strip() for field in reversed(listed)}
    joined = (b"vary", b", ".join(reversed(fields.values())))
    return [pair for pair in own if pair[0] != b"vary"] + absent_from(present, common) + [joined]


def absent_from(present: Collection[bytes], common: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of `common` whose names are not in `present`."""
    return [pair for pair in common if pair[0] not in present]
