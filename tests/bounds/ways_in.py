"""Every way into a server, what it may cost, and its worst inputs: the table from which `docs/bounds.md` is written.

A way in has the worst input that is legal and the first one that is not. Both are sent to a real server by
`test_every_way_in`, which looks at its memory and at how long others wait meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

import httpx
from tests.bounds.sending import MEGABYTE, Client, WayIn
from tests.bounds.socket_ways import SOCKET_WAYS_IN

from colonnade.kernel.core.texts.kinds import MAX_REMOVED
from colonnade.kernel.core.workers import MAX_WAITING_PER_OWNER, MEMORY_BYTES
from colonnade.kernel.http.forms import MAX_PARTS
from colonnade.kernel.http.strict_json import MAX_DEPTH, MAX_TOKENS
from colonnade.kernel.images.decoding import MAX_IMAGE_FRAMES, MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PIXELS
from colonnade.kernel.images.images import IMAGE_MEMORY_BYTES, IMAGE_SECONDS, MAX_IMAGE_BYTES
from colonnade.kernel.server import ConnectionLimits
from colonnade.kernel.server.protocol import MAX_HEAD_BYTES, MAX_HEADER_LINES
from colonnade.kernel.testing.worst import WORST_TEXTS
from colonnade.kernel.text.markup import CLEAN_SECONDS
from colonnade.kernel.text.nesting import MAX_OPEN_TAGS

__all__ = ["WAYS_IN", "bounds_page"]

KILOBYTE = 1024
LIMITS = ConnectionLimits()
BODY_LIMIT_BYTES = MEGABYTE
CHUNKED = b"Host: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LOGIN = b"POST /auth/login HTTP/1.1\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def _head_worst(client: Client) -> None:
    line = b"X-Large: " + b"x" * (MAX_HEAD_BYTES - 200) + b"\r\n"
    assert _status(await client.send(LIVE + line + b"Connection: close\r\n\r\n")) == 200


async def _head_illegal(client: Client) -> None:
    assert _status(await client.send(LIVE + b"X-Large: ", *[b"x" * MEGABYTE] * 60)) in (431, 0)


def _lines(count: int) -> bytes:
    return LIVE + b"a:\r\n" * (count - 2) + b"Connection: close\r\n\r\n"


async def _lines_worst(client: Client) -> None:
    answers = await asyncio.gather(*(client.send(_lines(MAX_HEADER_LINES)) for _ in range(20)))
    assert {_status(answer) for answer in answers} == {200}


async def _lines_illegal(client: Client) -> None:
    for count in (MAX_HEADER_LINES + 1, 16_000):
        answers = await asyncio.gather(*(client.send(_lines(count)) for _ in range(20)))
        assert {_status(answer) for answer in answers} == {431}


async def _lists_worst(client: Client) -> None:
    names = {
        "Accept": "a;q=0.1,",
        "Accept-Encoding": "a;q=0.1,",
        "Accept-Language": "a;q=0,",
        "If-None-Match": '"a",',
    }
    for name, item in names.items():
        headers = {name: item * (60_000 // len(item))}
        for path in ("/", "/openapi.json"):
            answers = await asyncio.gather(*(client.visitor.get(path, headers=headers) for _ in range(20)))
            assert {answer.status_code for answer in answers} <= {200, 404}
    form = {"Content-Type": "multipart/form-data" + ";a=b" * 15_000}
    asked = (client.admin.post("/gallery", content=b"x", headers=form) for _ in range(20))
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {415}


async def _head_slow_worst(client: Client) -> None:
    pieces = [LIVE[at : at + 4] for at in range(0, len(LIVE), 4)]
    pause = (LIMITS.head_seconds - 2) / len(pieces)
    assert _status(await client.send(*pieces, b"Connection: close\r\n\r\n", pause=pause)) == 200


async def _head_slow_illegal(client: Client) -> None:
    pieces = [b"x"] * 100
    assert _status(await client.send(LIVE + b"X-Slow: ", *pieces, pause=0.2)) == 408


async def _trailers_worst(client: Client) -> None:
    trailers = b"x: y\r\n" * 8_000 + b"X-Forwarded-For: 192.0.2.1\r\n"
    answer = await client.send(LOGIN + CHUNKED + b"2\r\n{}\r\n0\r\n" + trailers + b"\r\n")
    assert _status(answer) == 422


async def _trailers_illegal(client: Client) -> None:
    line = b"x: y\r\n" * 10_000
    for head in (LIVE.removesuffix(b"Host: x\r\n"), b"POST /none HTTP/1.1\r\n"):
        answer = await client.send(head + CHUNKED, b"0\r\n", *[line] * 1_000, pause=0.0001)
        assert _status(answer) in (200, 404, 400)
        assert answer.count(b"HTTP/1.1 ") == 1


def _credentials(size: int) -> bytes:
    start = b'{"email":"a@b.example","password":"'
    return start + b"x" * (size - len(start) - 2) + b'"}'


async def _body_worst(client: Client) -> None:
    body = _credentials(BODY_LIMIT_BYTES)
    head = {"Content-Type": "application/json"}
    assert (await client.visitor.post("/auth/login", content=body, headers=head)).status_code == 422


async def _body_illegal(client: Client) -> None:
    head = {"Content-Type": "application/json"}
    body = _credentials(BODY_LIMIT_BYTES + 1)
    assert (await client.visitor.post("/auth/login", content=body, headers=head)).status_code == 413
    endless = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 1_000
    assert _status(await client.send(LOGIN + CHUNKED, *endless, pause=0.0001)) == 413


SLOWLY = b"Host: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n"


async def _body_slow_worst(client: Client) -> None:
    """Send at 10 KB/s: a telephone at the edge of its network."""
    body = _credentials(100_000)
    pieces = [body[at : at + 5_000] for at in range(0, len(body), 5_000)]
    assert _status(await client.send(LOGIN + SLOWLY, *pieces, pause=0.5)) == 422


async def _body_slow_illegal(client: Client) -> None:
    assert _status(await client.send(LOGIN + SLOWLY, *[b" "] * 100, pause=0.2)) == 408


async def _chunks_worst(client: Client) -> None:
    body = _credentials(300_000)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert _status(await client.send(LOGIN + CHUNKED + chunks)) == 422


async def _chunks_illegal(client: Client) -> None:
    chunk = b"1;" + b"x" * (MAX_HEAD_BYTES // 2) + b"\r\n{\r\n"
    assert _status(await client.send(LOGIN + CHUNKED, *[chunk] * 1_000, pause=0.0001)) in (400, 0)


async def _pipeline_worst(client: Client) -> None:
    requests = (LIVE + b"\r\n") * 2_000 + LIVE + b"Connection: close\r\n\r\n"
    assert (await client.send(requests)).count(b"HTTP/1.1 200 OK") == 2_001


async def _pipeline_illegal(client: Client) -> None:
    """Send requests, and read no answer: the server stops reading them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1_024)
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(2_000):
        writer.write((b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n") * 500)
    with suppress(TimeoutError):
        await asyncio.wait_for(writer.drain(), 2)
    assert writer.transport.get_write_buffer_size() > 0
    writer.transport.abort()


UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
SOCKET = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n" + UPGRADE


async def _upgrade_worst(client: Client) -> None:
    assert _status(await client.send(SOCKET + b"\r\n")) == 101


async def _upgrade_illegal(client: Client) -> None:
    answer = await client.send(SOCKET + b"Content-Length: 60000000\r\n\r\n", *[b"x" * MEGABYTE] * 60)
    assert _status(answer) in (400, 0)


async def _silence_illegal(client: Client) -> None:
    """Open a socket and say nothing: it is closed, even if the client does not answer that."""
    began = asyncio.get_running_loop().time()
    answer = await client.send(SOCKET + b"\r\n", *[b""] * 200, pause=0.2)
    assert _status(answer) == 101
    assert asyncio.get_running_loop().time() - began < 35


async def _post_article(client: Client, body: object) -> httpx.Response:
    return await client.admin.post("/articles", json=body)


async def _values_worst(client: Client) -> None:
    body = {f"k{number}": 1 for number in range((MAX_TOKENS - 2) // 2 - 1)}
    assert (await client.visitor.post("/auth/login", json=body)).status_code == 422


async def _values_illegal(client: Client) -> None:
    for body in (json.dumps({f"k{n}": 1 for n in range(80_000)}), '{"email":[' + "[]," * 300_000 + "[]]}"):
        answer = await client.visitor.post(
            "/auth/login", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400


async def _numbers(client: Client, count: int) -> set[int]:
    body = b"[" + b",".join([b"2.225073858507201136057409796709131e-308"] * count) + b"]"
    head = {"Content-Type": "application/json"}
    asked = (client.visitor.post("/auth/login", content=body, headers=head) for _ in range(20))
    return {answer.status_code for answer in await asyncio.gather(*asked)}


async def _many_large_worst(client: Client) -> None:
    assert await _numbers(client, MAX_TOKENS - 1_500) == {422}


async def _many_large_illegal(client: Client) -> None:
    assert await _numbers(client, MAX_TOKENS + 1_500) == {400}


def _nested(levels: int) -> bytes:
    return b'{"email":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


async def _depth_worst(client: Client) -> None:
    head = {"Content-Type": "application/json"}
    answer = await client.visitor.post("/auth/login", content=_nested(MAX_DEPTH), headers=head)
    assert answer.status_code == 422


async def _depth_illegal(client: Client) -> None:
    head = {"Content-Type": "application/json"}
    for levels in (MAX_DEPTH + 1, 400_000):
        answer = await client.visitor.post("/auth/login", content=_nested(levels), headers=head)
        assert answer.status_code == 400


def _gif(width: int, height: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0;"


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(height))) + chunk(b"IEND", b"")


async def _upload(client: Client, name: str, data: bytes) -> int:
    answer = await client.admin.post("/gallery", files={"file": (name, data)}, data={"title": "A picture"})
    return answer.status_code


async def _picture_worst(client: Client) -> None:
    assert await _upload(client, "wide.gif", _gif(MAX_IMAGE_SIDE_PIXELS, 2_441)) in (201, 413)


async def _picture_illegal(client: Client) -> None:
    assert await _upload(client, "rows.png", _png(1, MAX_IMAGE_PIXELS - 1)) == 413
    assert await _upload(client, "wide.png", _png(MAX_IMAGE_SIDE_PIXELS + 1, 1)) == 413


async def _html_worst(client: Client) -> None:
    text = "<p>a</p>" * 30_000
    assert (await _post_article(client, {"title": "Many tags", "content": text})).status_code == 201


async def _html_illegal(client: Client) -> None:
    for name in ("deep", "attributes", "open tags"):
        piece = WORST_TEXTS[name]
        body = {"title": "Tangled", "content": piece * (300_000 // len(piece))}
        assert (await _post_article(client, body)).status_code in (201, 422)


_REGISTRATION = {"contact_person": "Ibu Lestari", "email": "lestari@example.org", "phone": "+62 811 6000 123",
                 "partnership_type": "mitra"}  # fmt: skip
_KEPT = {"message": 2_000, "organisation": 255}
"""Characters that these fields keep."""


async def _register(client: Client, more: Callable[[int], int]) -> set[int]:
    """Send each of the worst texts as a visitor, each field with `more` than it keeps; return the statuses."""
    statuses = set()
    for piece in WORST_TEXTS.values():
        body = dict(_REGISTRATION)
        for name, most in _KEPT.items():
            length = more(most)
            body[name] = "a" + (piece * length)[: length - 1]
        statuses.add((await client.visitor.post("/membership/register", json=body)).status_code)
    return statuses


async def _texts_worst(client: Client) -> None:
    assert await _register(client, lambda most: 4 * most + MAX_REMOVED) <= {201, 409, 422}


async def _texts_illegal(client: Client) -> None:
    assert await _register(client, lambda most: 100 * most) == {422}


async def _search_worst(client: Client) -> None:
    for piece in WORST_TEXTS.values():
        answer = await client.visitor.get("/articles", params={"search": (piece * 100)[:100]})
        assert answer.status_code in (200, 422)


async def _search_illegal(client: Client) -> None:
    answer = await client.visitor.get("/articles", params={"search": "a" * 20_000})
    assert answer.status_code == 422


async def _probes_worst(client: Client) -> None:
    answers = await asyncio.gather(*(client.visitor.get("/health") for _ in range(300)))
    assert {answer.status_code for answer in answers} == {200}


_DESCRIPTIONS = ("/openapi.json", "/asyncapi.json", "/api-docs/events")


async def _descriptions_worst(client: Client) -> None:
    """Ask for each on a hundred connections at once: 44 MB of the largest."""
    for path in _DESCRIPTIONS:
        asked = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        answers = await asyncio.gather(*(client.send(asked) for _ in range(100)))
        assert {_status(answer) for answer in answers} == {200}


async def _descriptions_illegal(client: Client) -> None:
    answers = await asyncio.gather(*(client.visitor.get("/api-docs/assets/none.js") for _ in range(15)))
    assert {answer.status_code for answer in answers} == {404}


def _form(parts: int) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'
    return b"".join(part % number for number in range(parts)) + b"--b--\r\n"


async def _post_form(client: Client, parts: int) -> int:
    head = {"Content-Type": "multipart/form-data; boundary=b"}
    return (await client.admin.post("/gallery", content=_form(parts), headers=head)).status_code


async def _parts_worst(client: Client) -> None:
    assert await _post_form(client, MAX_PARTS) == 422


async def _parts_illegal(client: Client) -> None:
    for parts in (MAX_PARTS + 1, 10_000):
        assert await _post_form(client, parts) == 400


_HEAD = f"{MAX_HEAD_BYTES // KILOBYTE} KiB"
_RATE = f"{LIMITS.body_bytes_per_second // KILOBYTE} KiB/s on average"
_GRACE = f"{LIMITS.body_grace_seconds:g} s without progress; {_RATE}"
_UNFINISHED = f"{LIMITS.unfinished_per_address} connections per address"

WAYS_IN: Sequence[WayIn] = (
    WayIn("head", _HEAD, f"{LIMITS.head_seconds:g} s", _HEAD, "431", _head_worst, _head_illegal),
    WayIn("lines of a head", f"{MAX_HEADER_LINES} lines", "1 ms of the event loop", _HEAD, "431",
          _lines_worst, _lines_illegal, together=False),
    WayIn("lists in a head", "of Accept 4 KiB count, of Accept-Encoding and Content-Type 1 KiB",
          "1 ms of the event loop", "none", "nothing: the rest is not read",
          _lists_worst, _lists_worst, together=False),
    WayIn(
        "head, slowly", _HEAD, f"{LIMITS.head_seconds:g} s", _UNFINISHED, "408",
        _head_slow_worst, _head_slow_illegal, slow=True,
    ),
    WayIn("trailers", _HEAD, _GRACE, "none is kept", "the end of the connection", _trailers_worst, _trailers_illegal),
    WayIn("body", "`BODY_LIMIT_BYTES` (1 MiB), or the route's", _GRACE, "the body", "413", _body_worst, _body_illegal),
    WayIn("body, slowly", "the same", _GRACE, _UNFINISHED, "408", _body_slow_worst, _body_slow_illegal, slow=True),
    WayIn("body in tiny chunks", "16 of framing for each of the body, and 64 KiB", _GRACE, "the body", "400",
          _chunks_worst, _chunks_illegal),
    WayIn("pipelined requests", "what is read at a time", f"{LIMITS.unread_seconds:g} s unread", "one answer",
          "the server stops reading", _pipeline_worst, _pipeline_illegal),
    WayIn("upgrade with a body", "none", "at once", "none", "400", _upgrade_worst, _upgrade_illegal),
    WayIn("upgrade, then silence", "none", "20 s (`SocketLimits.connect_seconds`), 10 s of closing",
          "1,000 sockets per address", "the end of the connection", _upgrade_worst, _silence_illegal, slow=True),
    WayIn("values of a JSON body", f"{MAX_TOKENS:,} strings, brackets and commas", "10 ms of the event loop",
          "the body's values", "400", _values_worst, _values_illegal),
    WayIn("many large bodies", "200 of visitors, 200 of accounts", "a thread decodes one at a time, in turns of people",
          "the bodies", "503", _many_large_worst, _many_large_illegal, megabytes=60, together=False),
    WayIn("depth of a JSON body", f"{MAX_DEPTH} levels", "1 ms of the event loop", "none", "400",
          _depth_worst, _depth_illegal),
    WayIn("picture", f"{MAX_IMAGE_BYTES // MEGABYTE} MiB, {MAX_IMAGE_PIXELS // 10**6} megapixels, "
          f"{MAX_IMAGE_SIDE_PIXELS:,} a side, {MAX_IMAGE_FRAMES:,} frames",
          f"{IMAGE_SECONDS:g} s of a processor, {MAX_WAITING_PER_OWNER + 1} of an account in line",
          f"{IMAGE_MEMORY_BYTES / 1024**3:g} GiB of that process", "413",
          _picture_worst, _picture_illegal, together=False),
    WayIn("HTML", f"the field's, before and after it is cleaned; {MAX_OPEN_TAGS:,} open tags",
          f"{CLEAN_SECONDS:g} s of a processor",
          f"{MEMORY_BYTES / 1024**3:g} GiB of that process", "422", _html_worst, _html_illegal),
    WayIn("texts of a form", f"four times what a field keeps, and {MAX_REMOVED:,} characters",
          "10 ms for 10,000 characters: linear, whatever they are", "the body", "422",
          _texts_worst, _texts_illegal),
    WayIn("search text", "the parameter's", "the statement's", "none", "422", _search_worst, _search_illegal),
    WayIn("probes", "a head", "one check a second", "one check", "nothing: they share the check",
          _probes_worst, _probes_worst, together=False),
    WayIn("descriptions of the API", "a head", "they are made once, and written in 3 ms of a turn", "one of each",
          "404", _descriptions_worst, _descriptions_illegal, together=False),
    WayIn("parts of a form", f"{MAX_PARTS} parts", "1 ms of the event loop", "the body", "400",
          _parts_worst, _parts_illegal),
    *SOCKET_WAYS_IN,
)  # fmt: skip
"""Add a way in here: it is tried by the test, and stands in the page once that is written anew."""


_PAGE = """\
# What each way in may cost

Whoever sends, and however slowly: bytes, seconds and memory of every way into a server are bounded, and nobody else
waits for 100 ms meanwhile. `tests/bounds/test_every_way_in.py` sends the worst legal and the first illegal input of
each to a running server, and holds this page. `python -m tests.bounds.ways_in > docs/bounds.md` writes it. What
sockets may do is in `SocketLimits` (`kernel/realtime/limits.py`), also what they may leave unread
(`tests/kernel/realtime/test_limits.py`), and in the budgets of their slices.

A signed webhook of dealroom has 3 MiB, taken apart in steps of 35 ms of a turn, and 5,000 items, each in a turn of its
own; an item has 128 KiB, or is kept unread (`tests/products/dealroom/test_webhook_items.py`). More than 100 that do
something are received by a job, and 64 MiB of an owner's wait for it; above a megabyte 32 clients who have not signed
in send at a time, four of an address (`tests/products/dealroom/test_webhook_deliveries.py`), and one that has less than
256 KiB/s of it gives way to the next (`tests/kernel/http/test_bodies.py`). A file that it names has 100 MiB and 180 s,
and passes through a file on disk in pieces.

What customers, sellers and models write is read and checked for an answer in a process of its own: ten seconds of a
processor and 1 GiB, one call of an owner at a time (`tests/products/dealroom/test_checks.py`). A catalogue has 100
sellers, 1,000 products and 512 KiB of texts (`tests/products/dealroom/test_catalogue_bounds.py`).

| way in | bytes or number | seconds | memory | beyond it |
|---|---|---|---|---|
{rows}

Why: [slow clients](adr/0036-clients-that-are-slow.md), [costly input](adr/0035-costly-input-in-processes.md),
[the request cycle](adr/0034-a-request-cycle-of-our-own.md), [limits](adr/0012-limits.md).
"""


def bounds_page() -> str:
    """Return `docs/bounds.md`."""
    rows = [f"| {way.name} | {way.bytes} | {way.seconds} | {way.memory} | {way.beyond} |" for way in WAYS_IN]
    return _PAGE.format(rows="\n".join(rows))


if __name__ == "__main__":
    print(bounds_page(), end="")
