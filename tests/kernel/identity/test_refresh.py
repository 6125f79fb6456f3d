"""Refresh tokens over HTTP: used once, the same successor within the grace period, the end of the session after it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.testing import count_statements, until_waiting


async def refresh(client, token):
    return await client.post("/auth/refresh", json={"refreshToken": token})


async def given(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def refused(answer):
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"]["code"] == "REFRESH_TOKEN_INVALID"
    assert "set-cookie" not in answer.headers
    return True


async def pass_time(site, interval):
    """Let `interval` pass for everything that a refresh reads."""
    await site.db.execute(
        f"UPDATE refresh_tokens SET rotated_at = rotated_at - interval '{interval}', "
        f"created_at = created_at - interval '{interval}'"
    )
    await site.db.execute(
        f"UPDATE account_sessions SET expires_at = expires_at - interval '{interval}', "
        f"ends_at = ends_at - interval '{interval}', created_at = created_at - interval '{interval}'"
    )


async def tokens(site):
    """Return the number of refresh tokens, and that of used ones."""
    row = await site.db.fetch_row("SELECT count(*), count(rotated_at) AS used FROM refresh_tokens")
    return tuple(row)


async def test_a_refresh_waits_for_the_end_of_its_session_instead_of_blocking_it(site):
    """Both lock the session first: refreshes all the time could else hold a deletion up by deadlocks."""
    device = await site.sign_in("member")
    async with site.db.transaction() as ending:
        await ending.execute("UPDATE account_sessions SET revoked_at = now()")
        task = asyncio.create_task(refresh(site.client(), device.refresh_token))
        await until_waiting(site.db, task)
        await ending.execute("DELETE FROM refresh_tokens")
    assert refused(await task)
    assert await tokens(site) == (0, 0)


async def test_a_refresh_gives_new_tokens_of_the_same_session(site):
    device = await site.sign_in("member")
    client = site.client()
    with count_statements(site.db) as statements:
        answer = await refresh(client, device.refresh_token)
    assert statements.count == 1
    assert answer.headers["cache-control"] == "no-store"
    new = await given(answer)
    assert set(new) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken"}
    assert (new["expiresIn"], new["refreshExpiresIn"]) == (900, 604_800)
    assert new["refreshToken"] != device.refresh_token
    claims = [
        site.services.tokens.verify("access", token) for token in (device.access_token, new["accessToken"])
    ]
    assert claims[0]["sid"] == claims[1]["sid"]
    assert claims[0]["jti"] != claims[1]["jti"]
    me = await client.get("/me", headers={"Authorization": f"Bearer {new['accessToken']}"})
    assert me.json()["data"]["id"] == site.people["member"]
    assert (await tokens(site)) == (2, 1)
    assert len((await device.http.get("/auth/sessions")).json()["data"]) == 1


@pytest.mark.parametrize("bearer", ["expired", "ended", "nonsense"])
async def test_a_bearer_that_is_over_is_no_obstacle(site, bearer):
    """Clients send their old access token along: that it has expired is why they come."""
    device, other = await site.sign_in("member"), await site.sign_in("member")
    session = {"sid": str(await site.session_of(device))}
    header = {
        "expired": site.services.tokens.issue("access", "1", timedelta(minutes=-1), session),
        "ended": other.access_token,
        "nonsense": "x",
    }[bearer]
    await other.http.post("/auth/logout")
    client = site.client(authorization=f"Bearer {header}")
    assert (await client.get("/whoami")).status_code == 401
    assert await given(await refresh(client, device.refresh_token))
    login = {"email": "member@club.example", "password": "a-long-club-password-1"}
    assert (await client.post("/auth/login", json=login)).status_code == 200


async def test_only_hashes_are_kept(site):
    device = await site.sign_in("member")
    new = await given(await refresh(site.client(), device.refresh_token))
    kept = {row["hash"] for row in await site.db.fetch("SELECT hash FROM refresh_tokens")}
    assert kept == {
        hashlib.sha256(token.encode()).digest() for token in (device.refresh_token, new["refreshToken"])
    }
    text = await site.db.fetch_value("SELECT string_agg(t::text, ' ') FROM refresh_tokens t")
    text += await site.db.fetch_value("SELECT string_agg(s::text, ' ') FROM account_sessions s")
    for token in (device.refresh_token, new["refreshToken"]):
        assert token not in text
        assert token.removeprefix("rt_") not in text


async def test_twenty_tabs_at_once_get_one_rotation_and_one_child(site):
    device = await site.sign_in("member")
    clients = [site.client() for _ in range(20)]
    await asyncio.gather(*(client.get("/whoami") for client in clients))
    answers = await asyncio.gather(*(refresh(client, device.refresh_token) for client in clients))
    new = [await given(answer) for answer in answers]
    assert len({each["refreshToken"] for each in new}) == 1
    assert (await tokens(site)) == (2, 1)
    for each in new:
        me = await clients[0].get("/me", headers={"Authorization": f"Bearer {each['accessToken']}"})
        assert me.status_code == 200
    # The one child is good for the next round.
    assert (await given(await refresh(clients[0], new[0]["refreshToken"])))["refreshToken"]
    assert (await tokens(site)) == (3, 2)


async def test_within_the_grace_the_same_successor_comes_again(site):
    device = await site.sign_in("member")
    client = site.client()
    first = await given(await refresh(client, device.refresh_token))
    await pass_time(site, "9 seconds")
    second = await given(await refresh(client, device.refresh_token))
    assert second["refreshToken"] == first["refreshToken"]
    assert (await tokens(site)) == (2, 1)
    # Even when the successor has been used meanwhile.
    third = await given(await refresh(client, first["refreshToken"]))
    assert (await given(await refresh(client, device.refresh_token)))["refreshToken"] == first["refreshToken"]
    assert (await given(await refresh(client, first["refreshToken"])))["refreshToken"] == third[
        "refreshToken"
    ]
    assert (await tokens(site)) == (3, 2)


async def test_reuse_after_the_grace_ends_the_session_and_is_audited_and_mailed_once(site):
    device, other = await site.sign_in("member"), await site.sign_in("member")
    socket = await site.socket(device.access_token)
    client = site.client(user_agent="curl/8.5")
    new = await given(await refresh(client, device.refresh_token))
    await pass_time(site, "11 seconds")
    assert (await device.http.get("/me")).status_code == 200
    thieves = [site.client(user_agent="curl/8.5") for _ in range(5)]
    answers = await asyncio.gather(*(refresh(thief, device.refresh_token) for thief in thieves))
    assert all(refused(answer) for answer in answers)
    async with asyncio.timeout(5):
        await socket.until_closed()
    assert refused(await refresh(client, new["refreshToken"]))
    assert (await device.http.get("/me")).status_code == 401
    bearer = {"Authorization": f"Bearer {new['accessToken']}"}
    assert (await client.get("/me", headers=bearer)).status_code == 401
    assert (await other.http.get("/me")).status_code == 200
    assert await site.db.fetch_value(
        "SELECT end_reason FROM account_sessions WHERE revoked_at IS NOT NULL"
    ) == ("token-reused")
    await link_entries(site.db)
    about = AuditFilters(target_kind="session", target_id=str(await site.session_of(device)))
    ended = (await list_entries(site.db, about, limit=10))[:-1]
    assert [(entry.action, entry.after, entry.actor.kind, entry.address) for entry in ended] == [
        ("session.ended", {"reason": "token-reused"}, "anonymous", "127.0.0.1")
    ]
    (mail,) = await site.mails("member@club.example")
    assert mail.subject == "The Club: Anda dikeluarkan demi keamanan"
    assert "curl dari alamat 127.0.0.1" in mail.text.replace("\n", " ")
    assert device.refresh_token not in mail.text


async def test_a_token_of_long_ago_is_recognised(site):
    device = await site.sign_in("member")
    client = site.client()
    token = device.refresh_token
    for _ in range(5):
        token = (await given(await refresh(client, token)))["refreshToken"]
        await pass_time(site, "15 minutes")
    assert refused(await refresh(client, device.refresh_token))
    assert refused(await refresh(client, token))


async def test_what_makes_a_successor_is_forgotten_after_the_grace(site):
    device = await site.sign_in("member")
    client = site.client()
    new = await given(await refresh(client, device.refresh_token))
    await pass_time(site, "11 seconds")
    await refresh(client, new["refreshToken"])
    rows = await site.db.fetch(
        "SELECT hash, nonce IS NOT NULL AS kept FROM refresh_tokens WHERE rotated_at IS NOT NULL"
    )
    assert {row["hash"]: row["kept"] for row in rows} == {
        hashlib.sha256(device.refresh_token.encode()).digest(): False,
        hashlib.sha256(new["refreshToken"].encode()).digest(): True,
    }


async def test_an_idle_session_ends_and_use_keeps_it(site):
    used, idle = await site.sign_in("member"), await site.sign_in("member")
    client = site.client()
    token = used.refresh_token
    for _ in range(2):
        await pass_time(site, "6 days")
        token = (await given(await refresh(client, token)))["refreshToken"]
    assert refused(await refresh(client, idle.refresh_token))
    assert await given(await refresh(client, token))


async def test_no_session_outlives_its_absolute_lifetime(site):
    device = await site.sign_in("member")
    client = site.client()
    token = device.refresh_token
    for _ in range(5):
        await pass_time(site, "5 days")
        new = await given(await refresh(client, token))
        token = new["refreshToken"]
    assert abs(new["refreshExpiresIn"] - 5 * 86_400) <= 2
    await pass_time(site, "4 days 23 hours 55 minutes")
    last = await given(await refresh(client, token))
    assert abs(last["refreshExpiresIn"] - 300) <= 2
    assert last["expiresIn"] == last["refreshExpiresIn"]
    await pass_time(site, "6 minutes")
    assert refused(await refresh(client, last["refreshToken"]))
    bearer = {"Authorization": f"Bearer {last['accessToken']}"}
    assert (await client.get("/me", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "token",
    ["", "rt_", "x", "rt_" + "A" * 43, "%00", "🎷", "rt_" + "A" * 190, " ", "'; DROP TABLE accounts; --"],
)
async def test_what_is_no_refresh_token_is_refused(site, token):
    await site.sign_in("member")
    client = site.client(origin="https://www.club.example")
    answer = await refresh(client, token)
    assert refused(answer)
    assert (await tokens(site)) == (1, 0)


async def test_a_token_too_long_or_of_another_type_is_422(site):
    client = site.client()
    for token in ("x" * 201, 7, None, ["rt_"], {"rt": 1}):
        assert (await refresh(client, token)).status_code == 422


async def test_tokens_do_not_pass_for_one_another(site):
    device = await site.sign_in("member")
    client = site.client()
    assert refused(await refresh(client, device.access_token.rpartition(".")[2]))
    bearer = {"Authorization": f"Bearer {device.refresh_token}"}
    assert (await client.get("/me", headers=bearer)).status_code == 401
    assert (await tokens(site)) == (1, 0)


async def test_a_refresh_beside_a_revocation_leaves_nothing_usable(site):
    for _ in range(5):
        device, other = await site.sign_in("member"), await site.sign_in("member")
        answer, gone = await asyncio.gather(
            refresh(site.client(), device.refresh_token),
            other.http.delete(f"/auth/sessions/{await site.session_of(device)}"),
        )
        assert gone.status_code == 204
        if answer.status_code == 200:
            new = answer.json()["data"]
            bearer = {"Authorization": f"Bearer {new['accessToken']}"}
            assert (await site.client().get("/me", headers=bearer)).status_code == 401
            assert refused(await refresh(site.client(), new["refreshToken"]))
        else:
            assert refused(answer)
