"""Sessions over HTTP: the list of devices, ending one, the others and one's own, and what ends with them."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.testing import Refused, count_statements

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def ended(answer):
    """Check that a request is refused because its session has ended."""
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UNAUTHORIZED"
    return True


async def refused(site, refresh_token):
    """Check that a refresh token is no longer valid."""
    answer = await site.client().post("/auth/refresh", json={"refreshToken": refresh_token})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "REFRESH_TOKEN_INVALID"
    return True


async def test_signing_in_makes_a_session_with_a_device_name(site):
    device = await site.sign_in("member", user_agent=FIREFOX)
    assert set(device.login) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken", "user"}
    assert device.login["user"] == {
        "id": site.people["member"],
        "name": "Mia Member",
        "email": "member@club.example",
        "role": "member",
    }
    assert (device.login["expiresIn"], device.login["refreshExpiresIn"]) == (900, 604_800)
    answer = await device.http.get("/auth/sessions")
    assert answer.status_code == 200
    (session,) = answer.json()["data"]
    assert session["id"] == str(await site.session_of(device))
    assert (session["device"], session["address"], session["methods"], session["current"]) == (
        "Firefox on Linux",
        "127.0.0.1",
        ["password"],
        True,
    )


async def test_devices_are_listed_by_last_use_and_only_ones_own(site):
    laptop = await site.sign_in("member", user_agent=FIREFOX)
    phone = await site.sign_in("member", user_agent=IPHONE)
    await site.sign_in("manager")
    await site.db.execute(
        "UPDATE account_sessions SET last_seen_at = now() - interval '30 seconds' WHERE id = $1",
        await site.session_of(phone),
    )
    with count_statements(site.db) as statements:
        answer = await laptop.http.get("/auth/sessions")
    assert statements.count == 2
    listed = answer.json()["data"]
    assert [(session["device"], session["current"]) for session in listed] == [
        ("Firefox on Linux", True),
        ("Safari on iPhone", False),
    ]
    assert set(listed[0]) == {
        "id", "device", "address", "methods", "createdAt", "lastSeenAt", "expiresAt", "current",
    }  # fmt: skip


async def test_one_device_is_signed_out(site):
    laptop, phone = await site.sign_in("member"), await site.sign_in("member")
    answer = await laptop.http.delete(f"/auth/sessions/{await site.session_of(phone)}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ended(await phone.http.get("/me"))
    assert await refused(site, phone.refresh_token)
    assert (await laptop.http.get("/me")).status_code == 200
    again = await laptop.http.delete(f"/auth/sessions/{await site.session_of(phone)}")
    assert again.status_code == 404


async def test_nobody_elses_device_is_signed_out(site):
    member, manager = await site.sign_in("member"), await site.sign_in("manager")
    answer = await member.http.delete(f"/auth/sessions/{await site.session_of(manager)}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (await manager.http.get("/me")).status_code == 200
    assert (await member.http.delete(f"/auth/sessions/{uuid.uuid4()}")).status_code == 404
    assert (await member.http.delete("/auth/sessions/not-an-id")).status_code in (404, 422)


async def test_all_other_devices_are_signed_out(site):
    devices = [await site.sign_in("member") for _ in range(3)]
    manager = await site.sign_in("manager")
    answer = await devices[0].http.delete("/auth/sessions")
    assert (answer.status_code, answer.json()["data"]) == (200, {"ended": 2})
    assert (await devices[0].http.get("/me")).status_code == 200
    for device in devices[1:]:
        assert ended(await device.http.get("/me"))
        assert await refused(site, device.refresh_token)
    assert (await manager.http.get("/me")).status_code == 200
    assert (await devices[0].http.delete("/auth/sessions")).json()["data"] == {"ended": 0}


async def test_logout_ends_the_session_and_its_refresh_token(site):
    device = await site.sign_in("member")
    assert (await device.http.post("/auth/logout")).status_code == 200
    assert ended(await device.http.get("/me"))
    assert await refused(site, device.refresh_token)
    rows = await site.db.fetch("SELECT end_reason FROM account_sessions")
    assert [row["end_reason"] for row in rows] == ["logout"]


@pytest.mark.parametrize("path", ["/auth/sessions", "/me"])
async def test_visitors_have_no_devices(site, path):
    assert (await site.client().get(path)).status_code == 401


async def test_sockets_end_with_their_session_and_no_other(site):
    laptop, phone = await site.sign_in("member"), await site.sign_in("member")
    laptop_socket, phone_socket = (
        await site.socket(laptop.access_token),
        await site.socket(phone.access_token),
    )
    await laptop.http.delete(f"/auth/sessions/{await site.session_of(phone)}")
    async with asyncio.timeout(5):
        await phone_socket.until_closed()
    assert phone_socket.of("error") == [{"message": "You have been disconnected.", "code": "SESSION_ENDED"}]
    assert laptop_socket.closed is None
    with pytest.raises(Refused):
        await site.socket(phone.access_token)
    async with asyncio.timeout(5):
        await laptop.http.post("/auth/logout")
        await laptop_socket.until_closed()


async def test_other_sockets_end_when_all_others_are_signed_out(site):
    laptop, phone = await site.sign_in("member"), await site.sign_in("member")
    laptop_socket, phone_socket = (
        await site.socket(laptop.access_token),
        await site.socket(phone.access_token),
    )
    await laptop.http.delete("/auth/sessions")
    async with asyncio.timeout(5):
        await phone_socket.until_closed()
    assert laptop_socket.closed is None


async def test_an_account_loses_all_its_sessions_and_sockets(site):
    laptop, phone, manager = [await site.sign_in(who) for who in ("member", "member", "manager")]
    sockets = [await site.socket(device.access_token) for device in (laptop, phone, manager)]
    async with site.db.transaction() as tx:
        assert await end_account_sessions(tx, site.people["member"], "suspended") == 2
    async with asyncio.timeout(5):
        await asyncio.gather(sockets[0].until_closed(), sockets[1].until_closed())
    for device in (laptop, phone):
        assert ended(await device.http.get("/me"))
        assert await refused(site, device.refresh_token)
    assert (await manager.http.get("/me")).status_code == 200
    assert sockets[2].closed is None


async def test_a_rolled_back_end_ends_nothing(site):
    device = await site.sign_in("member")
    socket = await site.socket(device.access_token)

    async def fail():
        async with site.db.transaction() as tx:
            await end_account_sessions(tx, site.people["member"], "suspended")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert (await device.http.get("/me")).status_code == 200
    assert socket.closed is None


async def test_a_deactivated_account_is_refused_everywhere(site):
    device = await site.sign_in("member")
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = $1", site.people["member"])
    assert ended(await device.http.get("/me"))
    assert await refused(site, device.refresh_token)
    login = {"email": "member@club.example", "password": "a-long-club-password-1"}
    answer = await site.client().post("/auth/login", json=login)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_CREDENTIALS")


async def test_last_seen_is_noted_once_a_minute(site):
    device = await site.sign_in("member")
    session_id = await site.session_of(device)

    async def seen():
        return await site.db.fetch_value(
            "SELECT last_seen_at FROM account_sessions WHERE id = $1", session_id
        )

    before = await seen()
    with count_statements(site.db) as statements:
        await device.http.get("/me")
        await site.services.authenticator.settle()
        assert statements.count == 1
    assert await seen() == before
    await site.db.execute(
        "UPDATE account_sessions SET last_seen_at = now() - interval '61 seconds' WHERE id = $1", session_id
    )
    with count_statements(site.db) as statements:
        await asyncio.gather(*(device.http.get("/me") for _ in range(10)))
        await site.services.authenticator.settle()
        assert statements.count <= 12
    noted = await seen()
    assert noted > before
    await device.http.get("/me")
    await site.services.authenticator.settle()
    assert await seen() == noted


async def test_a_request_does_not_wait_for_a_row_that_is_being_changed(site):
    device = await site.sign_in("member")
    session_id = await site.session_of(device)
    await site.db.execute("UPDATE account_sessions SET last_seen_at = now() - interval '1 hour'")
    async with site.db.transaction() as tx:
        await tx.execute("SELECT FROM account_sessions WHERE id = $1 FOR UPDATE", session_id)
        async with asyncio.timeout(1):
            assert (await device.http.get("/me")).status_code == 200
            await site.services.authenticator.settle()


async def test_sessions_end_when_they_are_old(site):
    device = await site.sign_in("member")
    await site.db.execute("UPDATE account_sessions SET expires_at = now() - interval '1 second'")
    assert ended(await device.http.get("/me"))
    other = await site.sign_in("member")
    assert len((await other.http.get("/auth/sessions")).json()["data"]) == 1


async def test_signing_in_takes_nothing_over_from_before(site):
    """Session fixation: whatever a client brings along, a login begins a session of its own."""
    attacker = await site.sign_in("manager")
    login = {"email": "member@club.example", "password": "a-long-club-password-1"}
    planted = {
        "sessionId": str(await site.session_of(attacker)),
        "session_id": str(await site.session_of(attacker)),
        "sid": str(await site.session_of(attacker)),
        "refreshToken": attacker.refresh_token,
        "accountId": site.people["admin"],
        "role": "admin",
    }
    answer = await site.client().post(
        "/auth/login",
        json=login | planted,
        headers={
            "Authorization": f"Bearer {attacker.access_token}",
            "Cookie": f"__Host-club-refresh={attacker.refresh_token}",
        },
    )
    assert answer.status_code == 200
    made = answer.json()["data"]
    assert made["user"] == {
        "id": site.people["member"], "name": "Mia Member", "email": "member@club.example", "role": "member",
    }  # fmt: skip
    claims = site.services.tokens.verify("access", made["accessToken"])
    assert claims["sid"] != str(await site.session_of(attacker))
    assert made["refreshToken"] != attacker.refresh_token
    # What the attacker holds is still the attacker's own.
    assert (await attacker.http.get("/me")).json()["data"]["id"] == site.people["manager"]
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": attacker.refresh_token})
    attackers = site.services.tokens.verify("access", refreshed.json()["data"]["accessToken"])
    assert attackers["sub"] == str(site.people["manager"])


async def test_beginnings_and_ends_are_audited(site):
    laptop, phone = await site.sign_in("member", user_agent=FIREFOX), await site.sign_in("member")
    ids = [await site.session_of(device) for device in (laptop, phone)]
    await laptop.http.delete(f"/auth/sessions/{ids[1]}")
    answer = await laptop.http.post("/auth/logout")
    await link_entries(site.db)
    found = [
        await list_entries(site.db, AuditFilters(target_kind="session", target_id=str(id)), limit=10)
        for id in ids
    ]
    assert [(entry.action, entry.after) for entry in found[0]] == [
        ("session.ended", {"reason": "logout"}),
        ("session.opened", {"device": "Firefox on Linux", "methods": ["password"]}),
    ]
    assert [(entry.action, entry.after["reason"]) for entry in found[1][:1]] == [("session.ended", "revoked")]
    ended, opened = found[0]
    assert (ended.actor.id, ended.actor.session_id, ended.address, ended.request_id) == (
        str(site.people["member"]),
        ids[0],
        "127.0.0.1",
        answer.headers["x-request-id"],
    )
    assert (opened.actor.id, opened.actor.role, opened.address) == (
        str(site.people["member"]),
        "member",
        "127.0.0.1",
    )
