"""`If-Match` (RFC 9110, 13.1.1): an edit names the version that it is based on.

A handler takes the version as a parameter of type `ExpectedVersion` and compares it while it holds the row's lock:

    async def update_order(order_id: int, data: OrderUpdate, expected: ExpectedVersion, …) -> Ok[Order]:

A write whose handler has no such parameter refuses every `If-Match` but `*`: who sends one must not be told that
the condition held.
"""

from __future__ import annotations

import re
from typing import Annotated

from colonnade.kernel.core import PreconditionFailed
from colonnade.kernel.http.exchange import Exchange

__all__ = ["ExpectedVersion", "VersionsNotCompared", "expected_version", "refuse_versions"]

ExpectedVersion = Annotated[int | None, "If-Match"]
"""The version that the request's `If-Match` names; None without the header or with `*`."""

_TAG = re.compile(r'(?:W/)?"[^"]*"|[^",\s]+')
_LIST = re.compile(rf"(?:{_TAG.pattern})(?:\s*,\s*(?:{_TAG.pattern}))*")
_VERSION = re.compile(r'(?:W/)?"?v?(\d{1,9})(?:-[0-9a-zA-Z_-]+)?"?\Z')


class VersionsNotCompared(PreconditionFailed):
    """`If-Match` names a version to a route that compares none."""

    message = "This request does not compare versions: send it without If-Match."


def expected_version(exchange: Exchange) -> int | None:
    """Return the version that the request's `If-Match` names; None without the header or with `*`.

    It may be our ETag (`"v3-…"`), the bare version (`3`), or a list of these: the highest counts, since versions only
    rise and the client has seen that one. Raise PreconditionFailed if none of it can be a current version.
    """
    header = exchange.header("if-match")
    if header is None or header.strip() == "*":
        return None
    tags = _TAG.findall(header) if _LIST.fullmatch(header.strip()) else []
    matches = [_VERSION.match(tag) for tag in tags]
    versions = [int(match[1]) for match in matches if match is not None]
    if not versions:
        raise PreconditionFailed
    return max(versions)


def refuse_versions(exchange: Exchange) -> None:
    """Raise VersionsNotCompared if `If-Match` names anything but `*`, which everything that exists fulfils."""
    header = exchange.header("if-match")
    if header is not None and header.strip() != "*":
        raise VersionsNotCompared
