"""`If-Match` (RFC 9110, 13.1.1): an edit names the version that it is based on."""

from __future__ import annotations

import re

from colonnade.kernel.core import PreconditionFailed
from colonnade.kernel.http.exchange import Exchange

__all__ = ["expected_version"]

_VERSION = re.compile(r'(?:W/)?"?v?(\d{1,9})(?:-[0-9a-zA-Z_-]+)?"?\Z')


def expected_version(exchange: Exchange) -> int | None:
    """Return the version that the request's `If-Match` names; None without the header or with `*`.

    It may be our ETag (`"v3-…"`) or the bare version (`3`). Raise PreconditionFailed for any other value, which cannot
    be a current version.
    """
    header = exchange.header("if-match")
    if header is None or header.strip() == "*":
        return None
    match = _VERSION.match(header.strip())
    if match is None:
        raise PreconditionFailed
    return int(match[1])
