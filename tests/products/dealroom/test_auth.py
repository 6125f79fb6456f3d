"""Signing up and in, tokens, devices; and the shape of every answer."""

from __future__ import annotations

import asyncio
from typing import Any

API = "/api/v1"
NEW = {
    "username": "wulan",
    "email": "wulan@test.id",
    "password": "kunci-rumah-kita-77",
    "phoneNumber": "+62 857 9876 5432",
}


async def test_signing_up_gives_the_user_and_no_secret(room: Any) -> None:
    answer = await room.visitor.post(f"{API}/users", json=NEW)
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["status", "message", "data"]
    assert body == {
        "status": "success",
        "message": "User created",
        "data": {
            "id": 4,
            "username": "wulan",
            "email": "wulan@test.id",
            "phoneNumber": "+6285798765432",
            "role": "user",
            "isActive": True,
            "lastLoginAt": None,
            "createdAt": body["data"]["createdAt"],
            "updatedAt": body["data"]["updatedAt"],
        },
    }
    row = await room.services.db.fetch_row("SELECT password_hash FROM accounts WHERE id = 4")
    assert row["password_hash"].startswith("$argon2id$")


async def test_username_email_and_number_are_unique_each(room: Any) -> None:
    await room.visitor.post(f"{API}/users", json=NEW)
    fresh = {**NEW, "username": "lain", "email": "lain@test.id", "phoneNumber": "+62 811 9999 888"}
    for taken in ({"username": "WULAN"}, {"email": "Wulan@Test.id"}, {"phoneNumber": "+62-857-9876-5432"}):
        refused = await room.visitor.post(f"{API}/users", json={**fresh, **taken})
        assert refused.status_code == 409
        assert list(refused.json()) == ["status", "message", "code", "requestId"]
        assert refused.json()["status"] == "error"
        assert refused.json()["message"] == "User already exists"
    assert await room.services.db.fetch_value("SELECT count(*) FROM accounts") == 4
    assert await room.services.db.fetch_value("SELECT count(*) FROM profiles") == 4


async def test_of_parallel_sign_ups_one_wins(room: Any) -> None:
    many = [room.visitor.post(f"{API}/users", json=NEW) for _ in range(8)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*many))
    assert statuses == [201] + [409] * 7
    assert await room.services.db.fetch_value("SELECT count(*) FROM accounts") == 4


async def test_what_nobody_may_set_is_refused(room: Any) -> None:
    for extra in ("role", "isActive", "id", "passwordHash", "is_active", "createdAt"):
        refused = await room.visitor.post(f"{API}/users", json={**NEW, extra: "admin"})
        assert refused.status_code == 422, extra
        assert refused.json()["errors"] == {extra: "There is no such field"}
    weak = await room.visitor.post(f"{API}/users", json={**NEW, "password": "password"})
    assert weak.status_code == 422
    assert list(weak.json()["errors"]) == ["password"]
    for number in ("12", "0811 6000 123", "+1", "hello there"):
        odd = await room.visitor.post(f"{API}/users", json={**NEW, "phoneNumber": number})
        assert odd.status_code == 422, number
        assert list(odd.json()["errors"]) == ["phoneNumber"]
    assert await room.services.db.fetch_value("SELECT count(*) FROM accounts") == 3


async def test_login_gives_user_token_and_refresh_token(room: Any) -> None:
    login = {"email": "melati@test.id", "password": room.password}
    first, second = await asyncio.gather(
        *(room.visitor.post(f"{API}/auth/login", json=login) for _ in range(2))
    )
    for answer in (first, second):
        assert answer.status_code == 200
        data = answer.json()["data"]
        assert set(data) == {"user", "token", "refreshToken", "expiresIn", "refreshExpiresIn"}
        assert data["user"]["username"] == "melati"
        assert data["user"]["phoneNumber"] == "+628116000101"
        assert data["expiresIn"] == 86_400
        me = await room.visitor.get(f"{API}/users/me", headers={"Authorization": f"Bearer {data['token']}"})
        assert me.json()["data"]["id"] == 1
    assert first.json()["data"]["token"] != second.json()["data"]["token"]


async def test_a_failed_login_says_one_thing(room: Any) -> None:
    wrong = await room.visitor.post(
        f"{API}/auth/login", json={"email": "melati@test.id", "password": "salah-sekali"}
    )
    nobody = await room.visitor.post(
        f"{API}/auth/login", json={"email": "nobody@test.id", "password": "salah-sekali"}
    )
    for answer in (wrong, nobody):
        assert answer.status_code == 401
        assert list(answer.json()) == ["status", "message", "code", "requestId"]
        assert answer.json()["message"] == "Invalid email or password"
        assert " " not in answer.text.replace(answer.json()["message"], "")


async def test_five_failures_and_no_more_but_successes_do_not_count(room: Any) -> None:
    good = {"email": "melati@test.id", "password": room.password}
    bad = {"email": "melati@test.id", "password": "salah-sekali"}
    for _ in range(7):
        assert (await room.visitor.post(f"{API}/auth/login", json=good)).status_code == 200
    for _ in range(5):
        assert (await room.visitor.post(f"{API}/auth/login", json=bad)).status_code == 401
    refused = await room.visitor.post(f"{API}/auth/login", json=bad)
    assert refused.status_code == 429
    assert refused.json()["status"] == "error"
    assert int(refused.headers["retry-after"]) > 0


async def test_logging_out_ends_the_token(room: Any) -> None:
    done = await room.melati.post(f"{API}/auth/logout")
    assert (done.status_code, done.content) == (204, b"")
    after = await room.melati.get(f"{API}/users/me")
    assert after.status_code == 401
    assert after.json()["status"] == "error"


async def test_refreshing_and_devices(room: Any) -> None:
    login = {"email": "melati@test.id", "password": room.password}
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0"}
    signed = (await room.visitor.post(f"{API}/auth/login", json=login, headers=agent)).json()["data"]
    renewed = await room.visitor.post(f"{API}/auth/refresh", json={"refreshToken": signed["refreshToken"]})
    assert renewed.status_code == 200
    tokens = renewed.json()["data"]
    assert set(tokens) == {"token", "refreshToken", "expiresIn", "refreshExpiresIn"}
    phone = {"Authorization": f"Bearer {tokens['token']}"}
    listed = (await room.visitor.get(f"{API}/auth/sessions", headers=phone)).json()
    assert listed["results"] == len(listed["data"]) == 2
    mine = next(device for device in listed["data"] if device["current"])
    assert (mine["device"], mine["address"]) == ("Chrome on Android", "127.0.0.1")
    assert (await room.melati.delete(f"{API}/auth/sessions/{mine['id']}")).status_code == 204
    assert (await room.visitor.get(f"{API}/users/me", headers=phone)).status_code == 401
    again = await room.visitor.post(f"{API}/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert (again.status_code, again.json()["code"]) == (401, "REFRESH_TOKEN_INVALID")
    assert (await room.budi.delete(f"{API}/auth/sessions/{mine['id']}")).status_code == 404


async def test_health_is_below_the_prefix_too(room: Any) -> None:
    for path in ("/health", f"{API}/health"):
        answer = await room.visitor.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
        assert "ratelimit" not in answer.headers
    assert (await room.visitor.get(f"{API}/health/ready")).json() == {"status": "ready"}


async def test_every_error_has_the_shape(room: Any) -> None:
    json_type = {"Content-Type": "application/json"}
    cases = {
        404: await room.visitor.get(f"{API}/nothing"),
        405: await room.visitor.put(f"{API}/users", json={}),
        400: await room.visitor.post(f"{API}/users", content=b"{", headers=json_type),
        413: await room.visitor.post(f"{API}/users", json={**NEW, "username": "x" * 10_240}),
        415: await room.visitor.post(f"{API}/users", content=b"a=b", headers={"Content-Type": "text/plain"}),
        422: await room.visitor.post(f"{API}/users", json={}),
        401: await room.visitor.get(f"{API}/sessions"),
        403: await room.melati.get(f"{API}/users"),
    }
    for status, answer in cases.items():
        assert answer.status_code == status
        body = answer.json()
        assert list(body)[:3] == ["status", "message", "code"]
        assert body["status"] == "error"
        assert body["requestId"] == answer.headers["x-request-id"]
        assert answer.text.startswith('{"status":"error","message":"')
    assert set(cases[422].json()["errors"]) == {"username", "email", "password", "phoneNumber"}


async def test_a_body_of_sixty_four_kilobytes_and_no_more_where_texts_are_long(room: Any) -> None:
    session = await room.session()
    fits = {"sessionId": session, "sender": "customer", "content": "x" * 4096}
    assert (await room.melati.post(f"{API}/messages", json=fits)).status_code == 201
    long = {**fits, "content": "x" * 4097}
    assert (await room.melati.post(f"{API}/messages", json=long)).status_code == 422
    padded = b'{"sessionId":"' + session.encode() + b'","sender":"customer","content":"x"}'
    whole = padded + b" " * (65_536 - len(padded))
    json_type = {"Content-Type": "application/json"}
    assert (await room.melati.post(f"{API}/messages", content=whole, headers=json_type)).status_code == 201
    over = await room.melati.post(f"{API}/messages", content=whole + b" ", headers=json_type)
    assert over.status_code == 413
    assert (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]["lastSeq"] == 2
