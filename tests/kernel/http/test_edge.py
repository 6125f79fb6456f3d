"""What every answer has: request id, CORS, security headers, HEAD, ETag, compression; and the caller's address."""

from __future__ import annotations

import asyncio
import gzip
import socket
import uuid

import httpx
import pytest

from colonnade.kernel.testing import repeated_headers

ORIGIN = "https://www.elshaddai.id"
EXPOSED = ", ".join(
    [
        *("Content-Disposition", "ETag", "Location", "Idempotent-Replayed"),
        *("RateLimit", "RateLimit-Policy", "Retry-After", "X-Device-Token", "X-Request-Id"),
    ]
)


async def test_request_ids(lab):
    client = await lab.http()
    first, second = (await client.get("/who")), (await client.get("/who"))
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    mine = uuid.uuid4().hex
    assert (await client.get("/who", headers={"X-Request-Id": mine})).headers["x-request-id"] == mine
    answer = await client.get("/nothing", headers={"X-Request-Id": mine})
    assert answer.json()["error"]["requestId"] == mine
    for strange in (
        "short",
        "x" * 65,
        "a b c d e f g h",
        "<script>alert</script>",
        'id"with"quotes',
        "ä" * 10,
        "",
    ):
        answer = await client.get("/nothing", headers={"X-Request-Id": strange.encode("latin-1")})
        assert answer.headers["x-request-id"] != strange
        assert answer.json()["error"]["requestId"] == answer.headers["x-request-id"]


async def test_headers_of_every_answer(lab):
    for path in ("/who", "/cached/x", "/cached/x", "/nothing"):
        answer = await (await lab.http()).get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["ratelimit-policy"] == '"global";q=100000;w=3600'
        assert answer.headers["ratelimit"].startswith('"global";r=99')
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers
        assert "set-cookie" not in answer.headers


async def test_no_header_is_sent_twice(lab):
    client = await lab.http("admin", headers={"Origin": ORIGIN})
    paths = (
        "/who",
        "/cached/x",
        "/nothing",
        "/big",
        "/api-docs",
        "/openapi.json",
        "/health",
        "/secret",
        "/things/1",
        "/framed",
        "/framed/cached",
        "/framed/cached",
    )
    for method, path in (
        *(("GET", path) for path in paths),
        ("PUT", "/who"),
        ("POST", "/things"),
        ("OPTIONS", "/who"),
    ):
        assert repeated_headers(await client.request(method, path)) == [], path


@pytest.mark.parametrize("path", ["/framed", "/framed/cached"])
async def test_an_answer_keeps_its_own_headers(lab, path):
    client = await lab.http(headers={"Origin": ORIGIN})
    for _ in range(2):  # built, then (where it is cached) from the cache
        answer = await client.get(path)
        assert repeated_headers(answer) == []
        assert answer.headers["content-security-policy"] == "sandbox"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["vary"] == "Accept, origin, Accept-Encoding, Authorization"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("path", ["/who", "/cached/x", "/nothing", "/boom"])
async def test_cors_only_for_listed_origins(lab, path):
    client = await lab.http()
    allowed = await client.get(path, headers={"Origin": ORIGIN})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert allowed.headers["access-control-expose-headers"] == EXPOSED
    other = await client.get(path, headers={"Origin": "https://admin.elshaddai.id"})
    assert other.headers["access-control-allow-origin"] == "https://admin.elshaddai.id"
    for origin in ("https://evil.id", "https://www.elshaddai.id.evil.id", "http://www.elshaddai.id", "null", "*",
                   "https://www.elshaddai.id:8080", "https://sub.www.elshaddai.id", ""):  # fmt: skip
        refused = await client.get(path, headers={"Origin": origin})
        assert refused.status_code == allowed.status_code
        assert not [name for name in refused.headers if name.startswith("access-control-")]
    for answer in (allowed, other, await client.get(path)):
        assert "origin" in answer.headers["vary"].lower().split(", ")


async def test_preflight(lab):
    client = await lab.http()
    asked = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,if-match",
    }
    for path in ("/things/1", "/nothing"):
        answer = await client.options(path, headers={"Origin": ORIGIN, **asked})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert (
            answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        )
        assert "Authorization" in answer.headers["access-control-allow-headers"].split(", ")
        assert "Idempotency-Key" in answer.headers["access-control-allow-headers"].split(", ")
        assert "If-Match" in answer.headers["access-control-allow-headers"].split(", ")
        assert "X-Chat-Token" not in answer.headers["access-control-allow-headers"].split(", ")
        assert answer.headers["access-control-max-age"] == "7200"
        assert "ratelimit" not in answer.headers
    refused = await client.options("/things/1", headers={"Origin": "https://evil.id", **asked})
    assert not [name for name in refused.headers if name.startswith("access-control-")]


async def test_options_without_an_origin_names_the_methods(lab):
    answer = await (await lab.http()).options("/things/1")
    assert answer.status_code == 204
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    ["/who", "/things", "/cached/x", "/cached/big", "/big", "/nothing", "/boom", "/secret", "/openapi.json",
     "/api-docs", "/health", "/health/live", "/api-docs/assets/swagger-ui.css", "/metrics"],
)  # fmt: skip
async def test_head_is_get_without_a_body(lab, path):
    client = await lab.http()
    for _ in range(2):
        get, head = await client.get(path), await client.head(path)
        assert head.status_code == get.status_code
        assert head.content == b""
        varying = {"x-request-id", "ratelimit", "date", "content-length"}
        assert {k: v for k, v in head.headers.items() if k not in varying} == {
            k: v for k, v in get.headers.items() if k not in varying
        }
        assert head.headers["content-type"] == get.headers["content-type"]
        assert get.headers.get("content-type", "").count("charset=") <= 1, path
        if path not in ("/health", "/metrics") and get.status_code == 200:
            assert head.headers.get("content-length") == get.headers.get("content-length")


async def test_head_is_counted_as_head(lab):
    client = await lab.http()

    async def counted() -> float:
        text = (await client.get("/metrics")).text
        lines = [line for line in text.splitlines() if line.startswith("colonnade_http_requests_total{")]
        wanted = ('product="lab"', 'method="HEAD"', 'route="/things/{thing_id}"', 'status="404"')
        return sum(float(line.split()[-1]) for line in lines if all(label in line for label in wanted))

    before = await counted()
    await client.head("/things/77")
    assert await counted() - before == 1


@pytest.mark.parametrize("path", ["/big", "/cached/big"])
async def test_large_answers_are_compressed_for_those_who_ask(lab, path):
    client = await lab.http()
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content) > 10_000
    small = await client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 1_000
    assert small.json() == plain.json()
    assert small.headers["etag"] == "W/" + plain.headers["etag"]
    for answer in (plain, small):
        assert {"origin", "accept-encoding"} <= set(answer.headers["vary"].lower().split(", "))
    for refusing in ("gzip;q=0", "br", "", "deflate"):
        answer = await client.get(path, headers={"Accept-Encoding": refusing})
        assert "content-encoding" not in answer.headers


async def test_small_answers_are_not_compressed(lab):
    answer = await (await lab.http()).get("/who", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


async def test_a_very_large_answer_is_compressed_as_well(lab):
    answer = await (await lab.http()).get("/big?size=300000", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["data"]) == 300_000


async def test_compressed_bytes_are_gzip(lab):
    raw = await lab.raw(b"GET /big HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
    assert gzip.decompress(raw.split(b"\r\n\r\n", 1)[1]).startswith(b'{"success":true')


@pytest.mark.parametrize("path", ["/things/1", "/cached/x", "/big", "/cached/big", "/things"])
async def test_an_unchanged_answer_is_304(lab, path):
    await lab.add("chair")
    client = await lab.http(headers={"Origin": ORIGIN})
    first = await client.get(path)
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}".replace("W/W/", "W/"), f'"other", {tag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": sent})
        assert answer.status_code == 304, sent
        assert answer.content == b""
        assert "content-type" not in answer.headers
        assert answer.headers["etag"].removeprefix("W/") == tag.removeprefix("W/")
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "origin" in answer.headers["vary"].lower()
        assert "x-request-id" in answer.headers
        assert "cache-control" in answer.headers
    for sent in ('"other"', tag.strip('"'), "W/", ""):
        assert (await client.get(path, headers={"If-None-Match": sent})).status_code == 200, sent
    head = await client.head(path, headers={"If-None-Match": tag})
    assert head.status_code == 304


async def test_a_changed_answer_has_another_tag(lab):
    (thing,) = await lab.add("chair")
    client, admin = await lab.http(), await lab.http("admin")
    tag = (await client.get(f"/things/{thing}")).headers["etag"]
    await admin.put(f"/things/{thing}", json={"name": "table"})
    answer = await client.get(f"/things/{thing}", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.json()["data"]["name"] == "table"


async def test_no_cache_stores_what_those_who_sign_in_read(lab):
    await lab.add("chair")
    assert (await (await lab.http()).get("/things/1")).headers["cache-control"] == "public, no-cache"
    admin = await lab.http("admin")
    answer = await admin.get("/things/1")
    assert answer.headers["cache-control"] == "no-store"
    again = await admin.get("/things/1", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-store")
    assert (await admin.get("/cached/x")).headers["cache-control"] == "no-store"
    assert (await (await lab.http()).get("/letter?link_token=x")).headers["cache-control"] == "no-store"
    for client in (await lab.http(), await lab.http("admin")):
        assert "authorization" in (await client.get("/things/1")).headers["vary"].lower()
    assert (await (await lab.http()).post("/parse", json={"name": "ab", "count": 1})).headers[
        "cache-control"
    ] == "no-store"


async def test_if_match(lab, failure):
    (thing,) = await lab.add("chair")
    admin = await lab.http("admin")
    tag = (await admin.get(f"/things/{thing}")).headers["etag"]
    assert tag.startswith('"v1-')
    changed = await admin.put(f"/things/{thing}", json={"name": "table"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"].startswith('"v2-')
    stale = await admin.put(f"/things/{thing}", json={"name": "lamp"}, headers={"If-Match": tag})
    failure(stale, 412, "PRECONDITION_FAILED")
    assert await lab.names() == ["table"]
    for sent in ("rubbish", '"abc"', "3", '"v1"', "v99999999999", "-2", '"v2-x" "v2-y"'):
        refused = await admin.put(f"/things/{thing}", json={"name": "lamp"}, headers={"If-Match": sent})
        failure(refused, 412, "PRECONDITION_FAILED")
    assert await lab.names() == ["table"]
    version = 2
    for sent in ("*", "2", changed.headers["etag"], f"W/{changed.headers['etag']}", None):
        headers = {} if sent is None else {"If-Match": sent.replace("2", str(version), 1)}
        answer = await admin.put(f"/things/{thing}", json={"name": "lamp"}, headers=headers)
        assert answer.status_code == 200, sent
        version += 1


async def test_writes_that_compare_no_versions_refuse_if_match(lab, failure):
    (thing,) = await lab.add("chair")
    admin = await lab.http("admin")
    tag = (await admin.get(f"/things/{thing}")).headers["etag"]
    new = {"name": "lamp", "count": 1}
    writes = [("POST", "/things", {"json": new}), ("PATCH", f"/things/{thing}", {})]
    for sent in (tag, "1", '"x"', "", "*, *"):
        for method, path, body in [*writes, *([("DELETE", f"/things/{thing}", {})] if sent == tag else [])]:
            refused = await admin.request(method, path, headers={"If-Match": sent}, **body)
            assert "does not compare versions" in failure(refused, 412, "PRECONDITION_FAILED")["message"]
    assert await lab.names() == ["chair"]
    # Who may not write at all learns that, and a read has nothing to refuse.
    visitor = await lab.http()
    failure(await visitor.delete(f"/things/{thing}", headers={"If-Match": tag}), 401, "UNAUTHORIZED")
    assert (await visitor.get(f"/things/{thing}", headers={"If-Match": '"x"'})).status_code == 200
    assert (await admin.post("/things", json=new, headers={"If-Match": "*"})).status_code == 201
    assert (await admin.delete(f"/things/{thing}", headers={"If-Match": "*"})).status_code == 204
    assert await lab.names() == ["lamp"]


async def _address(lab, forwarded, source="127.0.0.1"):
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, base_url=lab.url) as client:
        headers = [("X-Forwarded-For", value) for value in forwarded]
        return (await client.get("/who", headers=headers)).json()["data"][1]


async def test_forwarded_addresses_are_believed_from_trusted_proxies_only(lab):
    proxy = "127.0.0.2"
    assert await _address(lab, []) == "127.0.0.1"
    assert await _address(lab, ["203.0.113.9"]) == "127.0.0.1"
    assert await _address(lab, ["127.0.0.2, 10.0.0.1"]) == "127.0.0.1"
    assert await _address(lab, [], proxy) == proxy
    assert await _address(lab, ["203.0.113.9"], proxy) == "203.0.113.9"
    assert await _address(lab, ["10.0.0.9 ,  203.0.113.9"], proxy) == "203.0.113.9"
    # What the client wrote itself stands left of what the proxy added.
    assert await _address(lab, ["1.1.1.1, 203.0.113.9"], proxy) == "203.0.113.9"
    assert await _address(lab, ["1.1.1.1", "203.0.113.9"], proxy) == "203.0.113.9"
    assert await _address(lab, ["203.0.113.9", "10.1.2.3"], proxy) == "203.0.113.9"
    assert await _address(lab, ["1.1.1.1, 203.0.113.9, 10.1.2.3"], proxy) == "203.0.113.9"
    assert await _address(lab, ["10.1.2.3, 10.1.2.4"], proxy) == "10.1.2.3"
    assert await _address(lab, ["::ffff:10.1.2.3, ::ffff:203.0.113.9"], proxy) == "203.0.113.9"
    assert await _address(lab, ["203.0.113.9, ::ffff:10.1.2.3"], proxy) == "203.0.113.9"
    assert await _address(lab, ["2001:db8::1"], proxy) == "2001:db8::1"
    assert await _address(lab, ["fe80::1%eth0"], proxy) == "fe80::1"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),  # Azure
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ('"203.0.113.9"', "203.0.113.9"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9:1, 10.1.2.3:2", "203.0.113.9"),
    ],
)
async def test_forwarded_addresses_with_a_port_in_brackets_or_quoted(lab, value, address):
    assert await _address(lab, [value], "127.0.0.2") == address


@pytest.mark.parametrize(
    "value",
    ["", ",", "rubbish", "1.2.3", "<script>", "a" * 5000, ":" * 5000, "1.1.1.1,", "unknown", "_hidden", "[::1", "::1]",
     "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:123456", "[::1]x", '"127.0.0.1', '"', "0x7f000001", "127.1", "2130706433",
     "127.0.0.1 10.0.0.1", "127.0.0.1, unknown, 10.1.2.3"],
)  # fmt: skip
async def test_a_client_whose_proxy_tells_no_address_is_not_the_proxy(lab, value):
    assert await _address(lab, [value], "127.0.0.2") == "unknown"


async def test_a_list_of_more_proxies_than_there_can_be_is_not_read(lab):
    assert await _address(lab, ["203.0.113.9" + ", 10.1.2.3" * 20], "127.0.0.2") == "203.0.113.9"
    assert await _address(lab, ["203.0.113.9" + ", 10.1.2.3" * 21], "127.0.0.2") == "unknown"


async def _left(lab, forwarded):
    """Return how much of the global budget is left to a client that comes through the proxy 127.0.0.2."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(transport=transport, base_url=lab.url) as client:
        answer = await client.get("/who", headers={"X-Forwarded-For": forwarded} if forwarded else {})
        return int(answer.headers["ratelimit"].split(";")[1].removeprefix("r="))


async def test_clients_without_an_address_share_a_budget(lab):
    """Writing another text there opens no new bucket, and does not spend the proxy's own."""
    own = await _left(lab, None)
    left = await _left(lab, "unknown")
    assert [await _left(lab, text) for text in ("_hidden", "127.0.0.1 x", "1.1.1.1,")] == [
        left - 1,
        left - 2,
        left - 3,
    ]
    assert await _left(lab, None) == own - 1


async def test_http_1_0_pipelines_and_closing(lab):
    answer = await lab.raw(b"GET /who HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    two = await lab.raw(
        b"GET /who HTTP/1.1\r\nHost: x\r\n\r\nHEAD /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert two.count(b"HTTP/1.1 200 ") == 2
    assert two.endswith(b"\r\n\r\n")


async def test_what_is_no_http_ends_the_connection(lab):
    for request in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /who HTTP/9\r\n\r\n",
    ):
        assert (await lab.raw(request)).startswith((b"HTTP/1.1 400 ", b""))
    assert (await (await lab.http()).get("/who")).status_code == 200


async def test_a_request_without_a_peer_address(lab):
    """A server on a Unix socket knows no address."""
    answer = {}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        answer.update(message)

    for client in (None, ("", 0)):
        scope = {"type": "http", "method": "GET", "path": "/who", "raw_path": b"/who", "query_string": b"",
                 "root_path": "", "headers": [(b"host", b"x")], "client": client, "server": None,
                 "scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"}}  # fmt: skip
        await lab.running(scope, receive, send)
        assert b'"127.0.0.1"' in answer["body"]


async def test_cached_answers_spend_no_budget(open_lab, failure):
    """A church's Wi-Fi is one address: what costs nothing must not use up what its visitors have."""
    lab = await open_lab(rate_limit_global="3/hour")
    client = await lab.http()
    first = await client.get("/cached/x")
    assert first.headers["ratelimit"].startswith('"global";r=2;')
    for _ in range(10):
        for method in ("GET", "HEAD"):
            again = await client.request(method, "/cached/x")
            assert (again.status_code, again.headers["ratelimit"][:13]) == (200, '"global";r=2;')
    for _ in range(2):
        assert (await client.get("/who")).status_code == 200
    failure(await client.get("/who"), 429, "RATE_LIMIT_EXCEEDED")
    failure(await client.get("/cached/z"), 429, "RATE_LIMIT_EXCEEDED")
    assert (await client.get("/cached/x")).status_code == 200


async def test_probes_spend_no_budget(open_lab, failure):
    lab = await open_lab(rate_limit_global="3/hour")
    client = await lab.http(headers={"Origin": "http://localhost:3000"})
    for _ in range(5):
        for path in ("/health", "/health/live", "/health/ready", "/metrics"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
    assert [(await client.get(path)).status_code for path in ("/who", "/cached/x", "/healthy")] == [
        200,
        200,
        404,
    ]
    for path in ("/who", "/cached/y", "/metrics2"):
        refused = await client.get(path)
        failure(refused, 429, "RATE_LIMIT_EXCEEDED")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert refused.headers["access-control-allow-origin"] == "http://localhost:3000"
    head = await client.head("/who")
    assert head.status_code == 429
    assert head.content == b""
    await lab.close_clients()


async def test_reading_the_documentation_leaves_the_api_its_budget(open_lab, failure):
    lab = await open_lab(rate_limit_global="3/hour")
    lab.services.budgets["docs"] = lab.services.budgets["docs"].with_quota("6/hour")
    client = await lab.http()
    pages = (
        "/api-docs",
        "/api-docs/",
        "/openapi.json",
        "/_dev/mail",
        "/api-docs/assets/docs.css",
        "/_dev/mail/7",
    )
    answers = [await client.get(path) for path in pages]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 404]
    assert answers[-1].headers["ratelimit-policy"] == '"docs";q=6;w=3600'
    for path in ("/openapi.json", "/_dev/mail"):
        failure(await client.get(path), 429, "RATE_LIMIT_EXCEEDED")
    assert [(await client.get("/who")).status_code for _ in range(4)] == [200, 200, 200, 429]
    failure(await client.get("/api-docs-of-mine"), 429, "RATE_LIMIT_EXCEEDED")
    # What reaches none of these routes has no budget of its own.
    for path in ("/_dev/mail/7/nothing", "/_dev/mail/abc", "/api-docs/assets/a/b", "/_dev"):
        failure(await client.get(path), 429, "RATE_LIMIT_EXCEEDED")
    for method in ("PUT", "DELETE", "POST"):
        failure(await client.request(method, "/openapi.json"), 429, "RATE_LIMIT_EXCEEDED")
    elsewhere = await client.get("/_dev/mail", headers={"Host": "evil.example"})
    failure(elsewhere, 429, "RATE_LIMIT_EXCEEDED")
    await lab.close_clients()


def test_the_test_addresses_exist():
    """127.0.0.2 stands for a proxy in these tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))


async def test_a_stream_ends_when_its_client_is_gone(lab):
    _, writer = await asyncio.open_connection("127.0.0.1", int(lab.url.rpartition(":")[2]))
    writer.write(b"GET /lines HTTP/1.1\r\nHost: lab\r\n\r\n")
    await writer.drain()
    while not lab.gate.runs:
        await asyncio.sleep(0)
    writer.transport.abort()
    async with asyncio.timeout(10):
        await lab.gate.reached.acquire()


async def test_head_of_a_stream_does_not_begin_it(lab):
    answer = await (await lab.http()).head("/lines")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert lab.gate.runs == 0


async def test_a_header_with_a_line_break_is_an_error_of_ours(lab, failure):
    answer = await (await lab.http()).get("/torn")
    failure(answer, 500, "INTERNAL_ERROR")
    assert "set-cookie" not in answer.headers
    assert "x-name" not in answer.headers
