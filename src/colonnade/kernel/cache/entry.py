"""A cached answer as bytes ready to send, its ETag, and its key in the cache.

ETags are strong: a hash of the body. The gzip form of the same entry is sent with the weak form of the tag
(RFC 9110, 8.8.3.3: two encodings must not share a strong one); `If-None-Match` compares weakly, so a client
may revalidate with either.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus

import msgspec

__all__ = [
    "LARGE_BYTES",
    "Entry",
    "Headers",
    "cache_key",
    "etag_of",
    "head_lines",
    "header_pairs",
    "matches",
    "status_line",
]

Headers = list[tuple[bytes, bytes]]

LARGE_BYTES = 128 * 1024
"""What is larger is hashed and compressed in a thread, because it would block the event loop for too long."""
_COMPRESS_FROM_BYTES = 1_024
_COMPRESSIBLE = (
    b"application/json",
    b"application/problem+json",
    b"text/",
    b"image/svg+xml",
    b"application/xml",
    b"application/rss+xml",
    b"application/atom+xml",
)
# RFC 9110, 15.4.5: the headers that a 304 repeats of the 200 it stands for.
_IN_NOT_MODIFIED = frozenset({b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary"})
_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_OVERHEAD_BYTES = 1_536
"""Objects, dictionary slots and index sets around an entry; tests/kernel/cache/test_memory.py measures them."""
_OWN_LINES_BYTES = 160
"""Of a head: status line, ETag, content-length, content-encoding, and the object itself."""


class Entry(msgspec.Struct):
    """A complete answer; made by `Entry.build`.

    `headers` have names in lower case and hold no content-length, etag or content-encoding; `names` are their names.
    `expires_at` (epoch seconds) ends the entry before the route's TTL, for content that appears at a known time.
    `tags` are this answer's own, in addition to the route's.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    gzip_body: bytes | None
    etag: bytes | None
    expires_at: float | None
    tags: frozenset[str]
    compressible: bool
    names: frozenset[bytes]
    grown: Callable[[Entry, int], None] | None = None
    """Told by how many bytes this entry has grown once its gzip form is made; set by the cache that holds it."""
    _heads: tuple[bytes | None, bytes | None] = (None, None)

    @classmethod
    def build(
        cls,
        *,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        etag: bytes | None = None,
        fresh_until: datetime | float | None = None,
        tags: Iterable[str] = (),
        gzip_body: bytes | None = None,
        compress: bool = True,
    ) -> Entry:
        """Build the entry of an answer.

        A body of a compressible type, 1 KiB or larger, is compressed at the first request that accepts gzip (see
        `zipped`), a large one by `prepare`, unless `compress` is false or the answer has a content-encoding.
        """
        compressible = gzip_body is not None or (compress and len(body) >= _COMPRESS_FROM_BYTES)
        kept, names, compressible = _prepared(tuple(headers), compressible, already=gzip_body is not None)
        return cls(
            status=status,
            headers=kept,
            body=body,
            gzip_body=gzip_body,
            etag=etag,
            expires_at=fresh_until.timestamp() if isinstance(fresh_until, datetime) else fresh_until,
            tags=frozenset(tags),
            compressible=compressible,
            names=names,
        )

    @property
    def plain(self) -> Headers:
        """The headers of the answer as it is."""
        return [*self.headers, *self._tag(), (b"content-length", b"%d" % len(self.body))]

    @property
    def not_modified(self) -> Headers:
        """The headers of a 304 in its place."""
        return [pair for pair in (*self.headers, *self._tag()) if pair[0] in _IN_NOT_MODIFIED]

    def _tag(self) -> Headers:
        return [] if self.etag is None else [(b"etag", self.etag)]

    async def prepare(self) -> None:
        """Make the gzip form of a large body now, in a thread."""
        if self.compressible and self.gzip_body is None and len(self.body) >= LARGE_BYTES:
            await asyncio.to_thread(self.zipped)

    def zipped(self) -> bytes | None:
        """Return the body's gzip form, made at the first call; None if it saves less than a tenth."""
        if self.gzip_body is None and self.compressible:
            small = gzip.compress(self.body, 6, mtime=0)
            if len(small) < len(self.body) * 0.9:
                self.gzip_body = small
                if self.grown is not None:
                    self.grown(self, sys.getsizeof(small))
            else:
                self.compressible = False
        return self.gzip_body

    @property
    def zipped_headers(self) -> Headers:
        """The headers of the gzip form, once `zipped` has made it."""
        return [*self.headers, *self._zipped_tag_and_length()]

    def _zipped_tag_and_length(self) -> Headers:
        etag = self.etag
        weak = [] if etag is None else [(b"etag", etag if etag.startswith(b"W/") else b"W/" + etag)]
        length = (b"content-length", b"%d" % len(self.gzip_body or b""))
        return [*weak, (b"content-encoding", b"gzip"), length]

    def head(self, *, zipped: bool) -> bytes:
        """Return status line and headers as sent, without the final empty line; made at the first call."""
        known = self._heads[zipped]
        if known is None:
            known = status_line(self.status) + _lines_of(self.headers)
            if zipped:
                known += head_lines(self._zipped_tag_and_length())
            elif self.etag is None:
                known += b"content-length: %d\r\n" % len(self.body)
            else:
                known += b"etag: %b\r\ncontent-length: %d\r\n" % (self.etag, len(self.body))
            self._heads = (self._heads[0], known) if zipped else (known, self._heads[1])
        return known

    def weight(self, key: str) -> int:
        """Return how many bytes this entry occupies under `key`, heads included; `grown` is told of what is added."""
        heads = (len(_lines_of(self.headers)) + _OWN_LINES_BYTES) * (2 if self.compressible else 1)
        own = sys.getsizeof(self.body) + (0 if self.gzip_body is None else sys.getsizeof(self.gzip_body))
        return own + heads + sys.getsizeof(key) + _OVERHEAD_BYTES

    def ends(self, ttl_seconds: float, now: float | None = None) -> float:
        """Return until when it may be served, in epoch seconds."""
        end = (time.time() if now is None else now) + ttl_seconds
        return end if self.expires_at is None else min(end, self.expires_at)


@lru_cache(maxsize=64)
def _prepared(
    headers: tuple[tuple[bytes, bytes], ...], compressible: bool, *, already: bool
) -> tuple[tuple[tuple[bytes, bytes], ...], frozenset[bytes], bool]:
    """Return an entry's headers, their names, and whether it may be compressed (`already`: it is).

    They are the same objects for the many entries that have the same ones.
    """
    kept = [pair for pair in headers if pair[0] not in (b"content-length", b"etag")]
    compressible = already or (compressible and _may_compress(kept))
    if compressible and not any(
        name == b"vary" and b"accept-encoding" in value.lower() for name, value in kept
    ):
        kept.append((b"vary", b"Accept-Encoding"))
    return tuple(kept), _names_of(tuple(name for name, _ in kept)), compressible


@lru_cache(maxsize=64)
def _names_of(names: tuple[bytes, ...]) -> frozenset[bytes]:
    return frozenset(names)


@lru_cache(maxsize=64)
def _lines_of(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return head_lines(headers)


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    """Return the first line of an HTTP/1.1 answer."""
    return b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())


def head_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers as lines of an HTTP/1.1 head."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


def header_pairs(lines: bytes) -> Headers:
    """Return lines of a head as headers."""
    return [(name, value) for line in lines.split(b"\r\n")[:-1] for name, _, value in [line.partition(b": ")]]


def _may_compress(headers: Headers) -> bool:
    kind = b""
    for name, value in headers:
        if name == b"content-encoding":
            return False
        if name == b"content-type":
            kind = value
    return kind.startswith(_COMPRESSIBLE)


def etag_of(body: bytes) -> bytes:
    """Return the strong ETag of a body, quotes included: 128 bits of SHA-256, which processors compute in hardware."""
    return b'"%b"' % hashlib.sha256(body).hexdigest()[:32].encode()


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Return whether `If-None-Match` (a tag, a list or `*`) names `etag`; weak comparison (RFC 9110, 13.1.2)."""
    if if_none_match == etag or if_none_match.strip() == b"*":
        return True
    opaque = etag.removeprefix(b"W/")
    return opaque in if_none_match and opaque in _ENTITY_TAG.findall(if_none_match)


def cache_key(path: str, query_string: bytes, *, prefix: str = "") -> str:
    """Return the key of a GET: parameters in the order of their names, repeated ones in the order given.

    `path` is decoded (as in ASGI), `query_string` is not; `prefix` separates hosts or products that share a cache.
    Percent-encodings are not normalised: a client that varies them gets entries of its own, under the same bound.
    """
    if not query_string:
        return f"{prefix} {path}"
    if b"&" in query_string:
        parts = [part for part in query_string.split(b"&") if part]
        parts.sort(key=_parameter_name)
        query_string = b"&".join(parts)
    # The raw query has no space, the decoded path may have any character: in this order keys are unambiguous.
    return f"{prefix}?{query_string.decode('latin-1')} {path}"


def _parameter_name(part: bytes) -> bytes:
    return part.partition(b"=")[0]
