"""Entries, ETags, keys, and the messages of serve_cached."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.kernel.cache import Entry, accepts_gzip, cache_key, etag_of, head_lines, matches, serve_cached

BODY = b'{"data":[' + b'"a long list of the same",' * 200 + b'"end"]}'
TAG = etag_of(BODY)
ENTRY = Entry.build(
    status=200,
    headers=[
        (b"content-type", b"application/json"),
        (b"cache-control", b"public, no-cache"),
        (b"vary", b"Origin"),
        (b"content-length", b"1"),
    ],
    body=BODY,
    etag=TAG,
)


async def serve(
    entry: Entry = ENTRY, method: str = "GET", extra: Any = (), **headers: bytes
) -> tuple[Any, ...]:
    """Return status, headers and body of one answer; keyword names are header names with underscores."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    status = await serve_cached(entry, {"method": method, "headers": pairs}, send, head_lines(extra))
    start, body = sent
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    assert start["status"] == status
    return status, start["headers"], body["body"]


async def test_a_plain_get() -> None:
    status, headers, body = await serve(extra=[(b"x-request-id", b"42")])

    assert (status, body) == (200, BODY)
    assert headers == [
        (b"content-type", b"application/json"),
        (b"cache-control", b"public, no-cache"),
        (b"vary", b"Origin"),
        (b"vary", b"Accept-Encoding"),
        (b"etag", TAG),
        (b"content-length", b"%d" % len(BODY)),
        (b"x-request-id", b"42"),
    ]


async def test_gzip_when_accepted() -> None:
    status, headers, body = await serve(accept_encoding=b"br, gzip;q=0.5")

    assert status == 200
    assert gzip.decompress(body) == BODY
    assert dict(headers)[b"content-encoding"] == b"gzip"
    assert dict(headers)[b"content-length"] == b"%d" % len(body)
    assert dict(headers)[b"etag"] == b"W/" + TAG


async def test_head_has_the_headers_and_no_body() -> None:
    status, headers, body = await serve(method="HEAD")

    assert (status, body) == (200, b"")
    assert dict(headers)[b"content-length"] == b"%d" % len(BODY)


@pytest.mark.parametrize("asked", [TAG, b"W/" + TAG, b'"x", W/' + TAG, b"*"])
async def test_not_modified(asked: bytes) -> None:
    status, headers, body = await serve(if_none_match=asked, accept_encoding=b"gzip", extra=[(b"a", b"b")])

    assert (status, body) == (304, b"")
    assert headers == [
        (b"cache-control", b"public, no-cache"),
        (b"vary", b"Origin"),
        (b"vary", b"Accept-Encoding"),
        (b"etag", TAG),
        (b"a", b"b"),
    ]


async def test_another_tag_gets_the_answer() -> None:
    assert (await serve(if_none_match=b'"another"'))[0] == 200


async def test_redirects_ignore_if_none_match() -> None:
    moved = Entry.build(status=301, headers=[(b"location", b"/new")], body=b"", etag=b'"x"')
    assert (await serve(moved, if_none_match=b"*"))[0] == 301


@pytest.mark.parametrize(
    ("kind", "body", "encoding"),
    [
        (b"application/json", b"x" * 1023, b""),
        (b"image/png", b"x" * 5000, b""),
        (b"text/html", b"x" * 5000, b"br"),
    ],
)
def test_what_is_not_compressed(kind: bytes, body: bytes, encoding: bytes) -> None:
    headers = [(b"content-type", kind), *([(b"content-encoding", encoding)] if encoding else [])]
    entry = Entry.build(status=200, headers=headers, body=body)
    assert entry.gzip_body is None
    assert (b"vary", b"Accept-Encoding") not in entry.plain


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (b"gzip", True),
        (b"GZIP, deflate, br", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"br;q=1, gzip;q=0.1", True),
        (b"*", True),
        (b"*;q=0", False),
        (b"*, gzip;q=0", False),
        (b"gzip;q=x", False),
        (b"identity", False),
        (b"", False),
        (b"agzip", False),
        (b"a, " * 100 + b"gzip", True),
    ],
)
def test_accept_encoding(header: bytes, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b'"abc"', True),
        (b'W/"abc"', True),
        (b' "x" , W/"abc"', True),
        (b'"x","abc"', True),
        (b" * ", True),
        (b'"ab"', False),
        (b'"xabc"', False),
        (b"abc", False),
        (b'"x,"abc"', False),
        (b"", False),
    ],
)
def test_if_none_match(header: bytes, found: bool) -> None:
    assert matches(header, b'"abc"') is found
    assert matches(header, b'W/"abc"') is found


def test_etags_are_strong_and_tell_bodies_apart() -> None:
    assert etag_of(b"") == etag_of(b"")
    assert len({etag_of(b"%d" % n) for n in range(1_000)}) == 1_000
    assert len(TAG) == 34
    assert TAG[:1] == TAG[-1:] == b'"'


def test_keys_are_canonical() -> None:
    assert cache_key("/a", b"page=1&limit=5") == cache_key("/a", b"limit=5&page=1")
    assert cache_key("/a", b"&page=1&") == cache_key("/a", b"page=1&&")
    assert cache_key("/a", b"x=2&x=1") != cache_key("/a", b"x=1&x=2")
    assert cache_key("/a", b"page=1") != cache_key("/a?page=1", b"")
    assert cache_key("/a", b"", prefix="radio") != cache_key("/a", b"", prefix="shop")


QUERY = st.lists(
    st.tuples(st.text("ab", min_size=1, max_size=2), st.text("12%", max_size=2)),
    max_size=4,
    unique_by=lambda p: p[0],
)
PATH = st.text("/ab ?=&\n", max_size=6)


@given(PATH, QUERY, PATH, QUERY)
def test_keys_are_equal_exactly_for_equal_requests(
    path: str, query: list[tuple[str, str]], other_path: str, other: list[tuple[str, str]]
) -> None:
    first = cache_key(path, "&".join(f"{k}={v}" for k, v in query).encode())
    second = cache_key(other_path, "&".join(f"{k}={v}" for k, v in other).encode())
    assert (first == second) is (path == other_path and sorted(query) == sorted(other))
