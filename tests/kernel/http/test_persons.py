"""Whom a request counts as: an account, a key, a guest or device with a signed token, else an address."""

from __future__ import annotations

from typing import Any

import httpx

GARBAGE = ("Bearer rubbish", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "Basic eDp5", "Bearer", "")


async def left(client: httpx.AsyncClient, path: str = "/who", **headers: str) -> int:
    """Return how much of the global budget is left after a request; -1 if it was refused."""
    answer = await client.get(path, headers=headers)
    if answer.status_code == 429:
        return -1
    return int(answer.headers["ratelimit"].partition(";r=")[2].partition(";")[0])


async def test_whoever_is_signed_in_is_not_refused_for_the_visitors_of_the_address(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="3/hour")
    visitor, admin, reader = await lab.http(), await lab.http("admin"), await lab.http("reader")
    assert [await left(visitor) for _ in range(4)] == [2, 1, 0, -1]
    assert [await left(admin) for _ in range(4)] == [2, 1, 0, -1]
    assert [await left(reader) for _ in range(2)] == [2, 1]
    again = await lab.http("reader")
    assert await left(again) == 2  # another account
    for bad in GARBAGE:
        assert await left(visitor, Authorization=bad) == -1, bad


async def test_all_tokens_of_an_account_count_as_one(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="3/hour")
    admin = await lab.http("admin")
    account = await lab.services.db.fetch_value("SELECT max(id) FROM accounts")
    second = await lab.http(headers={"Authorization": f"Bearer {await lab.token_of(account)}"})
    assert [await left(admin), await left(second), await left(admin), await left(second)] == [2, 1, 0, -1]


async def test_a_token_of_an_ended_session_spends_nothing_of_its_owner(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="5/hour")
    thief, visitor = await lab.http("admin"), await lab.http()
    account = await lab.services.db.fetch_value("SELECT max(id) FROM accounts")
    await lab.services.db.execute("UPDATE account_sessions SET revoked_at = now()")
    for _ in range(4):
        assert (await thief.get("/me")).status_code == 401
    assert await left(visitor) == 1  # three of the four were the address's
    owner = await lab.http(headers={"Authorization": f"Bearer {await lab.token_of(account)}"})
    assert await left(owner) == 3


async def test_guests_count_by_themselves_and_gain_nothing_by_being_many(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="3/hour")
    client = await lab.http()
    tokens = [lab.guest_token() for _ in range(12)]
    assert [await left(client) for _ in range(4)] == [2, 1, 0, -1]
    assert [await left(client, **{"X-Guest": tokens[0]}) for _ in range(4)] == [2, 1, 0, -1]
    for token in tokens[1:10]:
        assert [await left(client, **{"X-Guest": token}) for _ in range(3)] == [2, 1, 0]
    # Thirty were ten times the quota: the guests of this address have had what they get together.
    assert await left(client, **{"X-Guest": tokens[10]}) == -1
    assert await left(client, **{"X-Guest": "rubbish"}) == -1
    admin = await lab.token("admin")
    assert await left(client, **{"X-Guest": admin}) == -1  # an access token is no guest's


async def test_budgets_of_routes_count_by_person_and_what_makes_persons_by_address(lab: Any) -> None:
    visitor, admin = await lab.http(), await lab.http("admin")
    guests = [(await visitor.post("/guests")).json()["data"] for _ in range(2)]
    for client in (visitor, admin):
        assert (await client.post("/guests")).status_code == 429
    assert (await visitor.post("/guests", headers={"X-Guest": guests[0]})).status_code == 429

    for client, headers in ((visitor, {}), (admin, {}), *((visitor, {"X-Guest": guest}) for guest in guests)):
        statuses = [(await client.post("/few", headers=headers)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
    assert (await admin.post("/few")).headers["ratelimit"].startswith('"global"')


async def send(client: httpx.AsyncClient, **headers: str) -> tuple[int, str | None, str | None]:
    """Post to a route that gives devices; return the status, whom a refusal counted, and the token that it gave."""
    answer = await client.post("/sent", headers=headers)
    problem = answer.json().get("error") or {}
    return (
        answer.status_code,
        (problem.get("details") or {}).get("countedBy"),
        answer.headers.get("x-device-token"),
    )


async def test_a_device_counts_by_itself_from_its_second_request_on(lab: Any) -> None:
    first = await lab.http()
    status, _, token = await send(first)
    assert (status, token is not None) == (200, True)
    cookie = (await (await lab.http()).post("/sent")).headers["set-cookie"]
    assert cookie.endswith("; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax")
    assert cookie.startswith("lab-device=ey")
    # The address has had its two. The first client kept its cookie, and has one left; a second one is new.
    assert await send(first) == (200, None, None)
    assert await send(first) == (429, "device", None)
    second = await lab.http()
    refused = await send(second)
    assert refused[:2] == (429, "address")
    assert [(await send(second))[:2] for _ in range(3)] == [(200, None), (200, None), (429, "device")]
    # The same by the header, for pages of another site; a token counts wherever it comes from.
    third = await lab.http()
    assert (await send(third, **{"X-Device-Token": token or ""}))[:2] == (429, "device")
    assert (await send(third, **{"X-Device-Token": "rubbish"}))[:2] == (429, "address")


async def test_who_names_anybody_is_no_new_device(lab: Any) -> None:
    client = await lab.http()
    for header in GARBAGE:
        answer = await client.post("/sent", headers={"Authorization": header})
        assert not {"x-device-token", "set-cookie"} & answer.headers.keys(), header


async def test_where_https_is_demanded_the_cookie_is_for_it_alone(open_lab: Any) -> None:
    lab = await open_lab(https_only=True)
    secure = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    made = await (await lab.http()).post("/sent", headers=secure)
    assert made.status_code == 200, made.text
    cookie, _, attributes = made.headers["set-cookie"].partition("; ")
    assert cookie.startswith("__Host-lab-device=ey")
    assert attributes == "Path=/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax"
    again = await (await lab.http()).post("/sent", headers={**secure, "Cookie": cookie})
    assert (again.status_code, "set-cookie" in again.headers) == (200, False)
    plain = await (await lab.http()).post(
        "/sent", headers={**secure, "Cookie": cookie.removeprefix("__Host-")}
    )
    assert "set-cookie" in plain.headers


async def test_devices_gain_nothing_by_being_many(lab: Any) -> None:
    client = await lab.http()
    tokens = []
    for _ in range(12):
        client.cookies.clear()
        tokens.append((await send(client))[2])
    client.cookies.clear()
    statuses = [await send(client, **{"X-Device-Token": token}) for token in tokens for _ in range(2)]
    # The first two spent one each when they came; twenty are ten times the quota of one.
    assert sum(status == 200 for status, _, _ in statuses) == 20 - 2
    assert statuses[-1][:2] == (429, "address")


async def test_a_guests_token_is_no_bearer_and_costs_the_guest(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="3/hour")
    client = await lab.http()
    token = lab.guest_token()
    refused = await client.get("/me", headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        401,
        "This is the token of a guest or device, not of an account: send it in its own header.",
    )
    assert await left(client, **{"X-Guest": token}) == 1
    assert await left(client) == 2


async def test_a_refusal_names_whom_it_counted(open_lab: Any) -> None:
    lab = await open_lab(rate_limit_global="1/hour")
    visitor, admin = await lab.http(), await lab.http("admin")
    guest = await lab.http(headers={"X-Guest": lab.guest_token()})
    for client, kind in ((visitor, "address"), (admin, "account"), (guest, "guest")):
        await client.get("/who")
        refused = await client.get("/who")
        details = refused.json()["error"]["details"]
        assert (refused.status_code, details["countedBy"]) == (429, kind)
        assert details["retryAfterSeconds"] == int(refused.headers["retry-after"])
