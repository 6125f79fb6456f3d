"""Staff sessions: the contract's login with an additional refresh token, devices, and what ends with them."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.testing import Refused

PASSWORD = "sangat-rahasia-123"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 "
    "Mobile Safari/537.36"
)


async def log_in(radio, role, **headers):
    """Sign in; return the answer, and a client with its access token."""
    http = await radio.http()
    http.headers.update(headers)
    answer = await http.post("/auth/login", json={"email": f"{role}@test.id", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    login = answer.json()["data"]
    http.headers["Authorization"] = f"Bearer {login['accessToken']}"
    return login, http


async def test_the_contracts_login_has_a_refresh_token_beside_it(radio):
    login, http = await log_in(radio, "penyiar")
    user = {
        "id": radio.staff["penyiar"],
        "name": "Yohanes Penyiar",
        "email": "penyiar@test.id",
        "role": "penyiar",
    }
    assert login["user"] == user
    assert set(login) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken", "user"}
    assert (login["expiresIn"], login["refreshExpiresIn"]) == (900, 604_800)
    answer = await http.post("/auth/refresh", json={"refreshToken": login["refreshToken"]})
    assert answer.status_code == 200
    body = answer.json()
    assert body["success"] is True
    assert set(body["data"]) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken"}
    visitor = await radio.http()
    me = await visitor.get("/auth/me", headers={"Authorization": f"Bearer {body['data']['accessToken']}"})
    assert me.json()["data"]["role"] == "penyiar"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "not-an-address", "password": PASSWORD}, "email"),
        ({"email": "penyiar@test.id", "password": "seven77"}, "password"),
        ({"email": "penyiar@test.id"}, "password"),
    ],
)
async def test_the_contracts_rules_for_login_hold(radio, body, field):
    answer = await (await radio.http()).post("/auth/login", json=body)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])


async def test_staff_see_their_devices_and_sign_one_out(radio):
    _, desk = await log_in(radio, "editor")
    phone_login, phone = await log_in(radio, "editor", **{"User-Agent": ANDROID})
    listed = (await desk.get("/auth/sessions")).json()["data"]
    assert {(session["device"], session["current"]) for session in listed} == {
        ("python-httpx", True),
        ("Chrome on Android", False),
    }
    (other,) = [session["id"] for session in listed if not session["current"]]
    assert (await desk.delete(f"/auth/sessions/{other}")).status_code == 204
    assert (await phone.get("/auth/me")).status_code == 401
    refused = await phone.post("/auth/refresh", json={"refreshToken": phone_login["refreshToken"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "REFRESH_TOKEN_INVALID")
    assert (await desk.get("/auth/me")).status_code == 200


async def test_the_chat_of_a_device_that_is_signed_out_closes(radio):
    login, _ = await log_in(radio, "penyiar")
    other_login, other = await log_in(radio, "penyiar")
    socket, staying = await radio.socket(login["accessToken"]), await radio.socket(other_login["accessToken"])
    assert (await other.delete("/auth/sessions")).json()["data"] == {"ended": 1}
    async with asyncio.timeout(5):
        assert await socket.until_closed() == "server"
    assert socket.of("error")[0]["code"] == "SESSION_ENDED"
    assert staying.closed is None
    with pytest.raises(Refused):
        await radio.socket(login["accessToken"])


@pytest.mark.parametrize(
    ("change", "reason"), [({"role": "editor"}, "role-changed"), ({"is_active": False}, "deactivated")]
)
async def test_lost_rights_end_sessions_and_sockets(radio, change, reason):
    login, http = await log_in(radio, "penyiar")
    socket = await radio.socket(login["accessToken"])
    admin = await radio.http("admin")
    answer = await admin.patch(f"/staff/{radio.staff['penyiar']}", json=change)
    assert answer.status_code == 200
    assert (await http.get("/auth/me")).status_code == 401
    refused = await http.post("/auth/refresh", json={"refreshToken": login["refreshToken"]})
    assert refused.status_code == 401
    async with asyncio.timeout(5):
        assert await socket.until_closed() == "server"
    rows = await radio.services.db.fetch(
        "SELECT end_reason FROM account_sessions WHERE account_id = $1", radio.staff["penyiar"]
    )
    assert [row["end_reason"] for row in rows] == [reason]
