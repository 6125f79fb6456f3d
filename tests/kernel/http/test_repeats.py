"""Headers that a request has twice, on routes whose answers are cached and on others: nobody reads them differently."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.kernel.http.repeats import joined

PATHS = ["/cached/x", "/things/1"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type"])
async def test_what_can_only_be_one_thing_is_refused(lab: Any, failure: Any, path: str, name: str) -> None:
    await lab.add("chair")
    client, token = await lab.http(), await lab.token("admin")
    value = f"Bearer {token}" if name == "Authorization" else "application/json"
    for values in ((value, value), (value, "x"), ("x", value)):
        answer = await client.get(path, headers=[(name, each) for each in values])
        failure(answer, 400, "BAD_REQUEST")
        assert name.lower() in answer.json()["error"]["message"]
    assert (await client.get(path, headers=[(name, value)])).status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_two_hosts_are_refused(lab: Any, path: str) -> None:
    await lab.add("chair")
    answer = await lab.raw(
        f"GET {path} HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", PATHS)
async def test_lists_are_joined(lab: Any, path: str) -> None:
    await lab.add("chair")
    client = await lab.http()
    tag = (await client.get(path)).headers["etag"]
    for values in ((tag, '"other"'), ('"other"', tag), ('"a", "b"', tag)):
        answer = await client.get(path, headers=[("If-None-Match", each) for each in values])
        assert answer.status_code == 304, values
    answer = await client.get(path, headers=[("If-None-Match", '"a"'), ("If-None-Match", '"b"')])
    assert answer.status_code == 200
    zipped = await client.get("/cached/big", headers=[("Accept-Encoding", "br"), ("Accept-Encoding", "gzip")])
    assert zipped.headers["content-encoding"] == "gzip"


def test_many_are_joined_in_the_order_given() -> None:
    headers = [(b"a", b"%d" % number) for number in range(50)] + [(b"cookie", b"x=1"), (b"cookie", b"y=2")]
    found, refused = joined([*headers, (b"host", b"x")])
    assert found == {b"a": b", ".join(b"%d" % n for n in range(50)), b"cookie": b"x=1; y=2", b"host": b"x"}
    assert refused is None


async def test_if_match_takes_a_list(lab: Any, failure: Any) -> None:
    (thing,) = await lab.add("chair")
    admin = await lab.http("admin")
    path = f"/things/{thing}"
    first = (await admin.get(path)).headers["etag"]
    second = (
        await admin.put(path, json={"name": "table"}, headers={"If-Match": f'"other", {first}'})
    ).headers["etag"]
    for stale in (f'"other", {first}', f"{first}, {first}", '"other"'):
        failure(
            await admin.put(path, json={"name": "bench"}, headers={"If-Match": stale}),
            412,
            "PRECONDITION_FAILED",
        )
    assert await lab.names() == ["table"]
    twice = [("If-Match", first), ("If-Match", second)]
    assert (await admin.put(path, json={"name": "bench"}, headers=twice)).status_code == 200


async def test_two_cookies_are_one_list(lab: Any) -> None:
    client = await lab.http()
    answer = await client.get("/cookie", headers=[("Cookie", "a=1"), ("Cookie", "b=2")])
    assert answer.json()["data"] == ["1", "2"]
