"""Every failure is answered in the product's error shape, and reveals nothing of the inside."""

from __future__ import annotations

import asyncio
import json

import pytest

from colonnade.kernel.server import ConnectionLimits

HOST = b"Host: lab\r\n"


async def test_unknown_route_is_404(lab, failure):
    client = await lab.http()
    for path in ("/nothing", "/things/1/2", "/a/b/c", "/%2e%2e/etc/passwd", "/things/none", "/Things"):
        error = failure(await client.get(path), 404, "NOT_FOUND")
        assert error["message"] == "The requested resource was not found."


async def test_wrong_method_is_405_and_names_the_right_ones(lab, failure):
    client = await lab.http()
    answer = await client.delete("/things")
    failure(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    answer = await client.request("TRACE", "/things/1")
    failure(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    failure(await client.post("/who", json={}), 405, "METHOD_NOT_ALLOWED")


async def test_head_of_a_route_without_get_is_405(lab):
    answer = await (await lab.http()).head("/parse")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/boom", "/cached/boom"])
async def test_unforeseen_errors_tell_nothing(lab, failure, path):
    answer = await (await lab.http()).get(path)
    error = failure(answer, 500, "INTERNAL_ERROR")
    assert error["message"] == "Something went wrong on our side."
    assert "secret" not in answer.text
    assert "Runtime" not in answer.text
    assert "Traceback" not in answer.text


async def test_an_unforeseen_error_rolls_back_and_sends_no_event(lab, failure):
    failure(await (await lab.http()).post("/boom"), 500, "INTERNAL_ERROR")
    assert await lab.names() == []
    assert lab.happened == []


async def test_errors_carry_cors_and_security_headers(lab):
    client = await lab.http(headers={"Origin": "https://www.elshaddai.id"})
    bodies = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    for answer in (
        await client.get("/nothing"),
        await client.get("/boom"),
        await client.get("/cached/boom"),
        await client.delete("/things"),
        await client.post("/things", **bodies),
        await client.get("/me"),
        await client.get("/me", headers={"Authorization": "Bearer x"}),
    ):
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == "https://www.elshaddai.id"
        assert "origin" in answer.headers["vary"].lower()
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_body_above_the_limit_is_413(lab, failure):
    client = await lab.http()
    body = json.dumps({"name": "x" * 2**20, "count": 1}).encode()
    headers = {"Content-Type": "application/json"}
    error = failure(await client.post("/things", content=body, headers=headers), 413, "PAYLOAD_TOO_LARGE")
    assert error["message"] == "The request body is too large: 1 MiB is the most."

    async def chunks():
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    failure(await client.post("/things", content=chunks(), headers=headers), 413, "PAYLOAD_TOO_LARGE")
    assert await lab.names() == []


async def test_a_body_of_exactly_the_limit_is_read(lab, failure):
    client = await lab.http()
    frame = len(json.dumps({"name": "", "count": 1}))
    body = json.dumps({"name": "x" * (2**20 - frame), "count": 1}).encode()
    assert len(body) == 2**20
    answer = await client.post("/things", content=body, headers={"Content-Type": "application/json"})
    failure(answer, 422, "VALIDATION_ERROR")


async def test_an_announced_length_above_the_limit_is_refused_before_it_is_sent(lab):
    answer = await lab.raw(
        b"POST /things HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
        b"Content-Length: 9999999999\r\nConnection: close\r\n\r\n{"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"PAYLOAD_TOO_LARGE"' in answer


async def test_a_bad_host_and_an_absent_one_are_400(lab):
    for host in (b"Host: a b\r\n", b"Host: <script>\r\n"):
        answer = await lab.raw(b"GET /who HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"code":"BAD_REQUEST"' in answer


async def test_nul_in_path_is_404_and_in_query_422(lab, failure):
    client = await lab.http()
    failure(await client.get("/cached/a%00b"), 404, "NOT_FOUND")
    failure(await client.get("/things/1%00"), 404, "NOT_FOUND")
    error = failure(await client.get("/things?search=a%00b"), 422, "VALIDATION_ERROR")
    assert error["field"] == "search"
    failure(await client.get("/things?a%00=1"), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "query", ["search=%ff%fe", "search=%ED%A0%80", "page=1&page=2", "&&&=&=1", "%", "search=%zz"]
)
async def test_strange_queries_are_never_server_errors(lab, query):
    answer = await (await lab.http()).get(f"/things?{query}")
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("path", ["%ff", "%ED%A0%80", "a%2Fb", "%F0%9F%98%80", "中文", "x" * 5000])
async def test_strange_paths_are_never_server_errors(lab, path):
    assert (await (await lab.http()).get(f"/cached/{path}")).status_code in (200, 404)


@pytest.mark.parametrize(
    "value", ["abc", "1.5", "2147483648", "-2147483649", "99999999999999999999", "9" * 5000, "1e3", "0x10", "", "1_0",
              "%D9%A3", "+1", "%201", "NaN", "1%0A"],
)  # fmt: skip
async def test_ids_of_the_wrong_type_are_404(lab, failure, value):
    await lab.add(*(f"thing {number}" for number in range(12)))
    client = await lab.http("admin")
    if value:
        failure(await client.get(f"/things/{value}"), 404, "NOT_FOUND")
        failure(await client.put(f"/things/{value}", json={"name": "other"}), 404, "NOT_FOUND")
    else:
        failure(await client.get("/things/%20"), 404, "NOT_FOUND")
    assert "other" not in await lab.names()


async def test_ids_at_the_ends_of_the_range_are_404(lab, failure):
    client = await lab.http()
    for value in (0, -1, 2**31 - 1, -(2**31) + 1):
        failure(await client.get(f"/things/{value}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Basic YTpi", "bearer x y z", "Bearer a.b.c", "x" * 4000, "Bearer " + "y" * 20_000, "Bearer é",
     "Bearer {}", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer ...."],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/who", "/me", "/secret", "/cached/x"])
async def test_a_broken_authorization_is_401(lab, failure, value, path):
    answer = await (await lab.http()).get(path, headers={"Authorization": value.encode("latin-1")})
    failure(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_authentication_and_permission(lab, failure):
    failure(await (await lab.http()).get("/secret"), 401, "UNAUTHORIZED")
    failure(await (await lab.http("reader")).get("/secret"), 403, "FORBIDDEN")
    failure(await (await lab.http("nobody")).get("/secret"), 403, "FORBIDDEN")
    assert (await (await lab.http("admin")).get("/secret")).json() == {"success": True, "data": "secret"}


async def test_permission_is_asked_before_the_body_is_read(lab, failure):
    client = await lab.http("reader")
    failure(await client.put("/things/1", content=b"{"), 403, "FORBIDDEN")


async def test_a_header_section_that_is_too_large_ends_the_connection(lab):
    answer = await lab.raw(b"GET /who HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    target = await lab.raw(b"GET /who?" + b"x" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert target.startswith(b"HTTP/1.1 431 ")


async def test_a_client_that_hangs_up_in_its_body_leaves_nothing(lab):
    before = lab.services.db.pool.size - lab.services.db.pool.idle
    _, writer = await asyncio.open_connection("127.0.0.1", lab.server.port)
    writer.write(
        b"POST /things HTTP/1.1\r\n"
        + HOST
        + b'Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"name"'
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await (await lab.http()).get("/who")).status_code == 200
    assert lab.services.db.pool.size - lab.services.db.pool.idle == before
    assert await lab.names() == []


async def test_more_than_one_budget_and_a_spent_one(lab, failure):
    client = await lab.http("admin")
    first = await client.delete("/things/1")
    assert first.status_code == 204
    assert first.content == b""
    assert "content-length" not in first.headers
    assert first.headers["ratelimit-policy"] == '"global";q=100000;w=3600, "few";q=2;w=3600'
    assert (await client.delete("/things/1")).status_code == 204
    refused = await client.delete("/things/1")
    failure(refused, 429, "RATE_LIMIT_EXCEEDED")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.headers.get_list("retry-after") == [refused.headers["retry-after"]]
    assert '"few";r=0' in refused.headers["ratelimit"]


async def test_a_body_that_does_not_go_on_is_408(open_lab):
    lab = await open_lab(limits=ConnectionLimits(body_grace_seconds=0.2))
    await lab.empty()
    answer = await lab.raw(
        b"POST /things HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 50\r\n"
        b'Connection: close\r\n\r\n{"name":'
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in answer
    assert await lab.names() == []


async def test_a_client_that_goes_away_in_its_body_is_no_error_of_ours(lab):
    client = await lab.http()

    async def ended() -> dict[str, float]:
        lines = (await client.get("/metrics")).text.splitlines()
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith("colonnade_http_requests_total") and 'method="POST"' in line
        }

    before = await ended()
    _, writer = await asyncio.open_connection("127.0.0.1", lab.server.port)
    writer.write(
        b"POST /things HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    await writer.drain()
    writer.close()
    async with asyncio.timeout(5):
        while (after := await ended()) == before:
            await asyncio.sleep(0.01)
    (name,) = [name for name in after if after[name] != before.get(name, 0)]
    assert 'status="400"' in name
