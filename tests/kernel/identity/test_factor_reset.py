"""An administrator removes a lost second factor of an account: all of it, at once, and never his own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.kernel.identity.conftest import first_step
from tests.kernel.identity.soft_authenticator import USER_PRESENT, SoftAuthenticator
from tests.kernel.identity.test_mfa import code_at, set_up, still_clock, verify
from tests.kernel.identity.test_passkeys import register

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries

__all__ = ["still_clock"]


async def factors(site, account_id: int) -> tuple[int, int, int]:
    """Count an account's apps, passkeys and recovery codes."""
    tables = ("account_totp", "account_passkeys", "account_recovery_codes")
    counts = [
        await site.db.fetch_value(f"SELECT count(*) FROM {table} WHERE account_id = $1", account_id)
        for table in tables
    ]
    return tuple(counts)


def refusal(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_everything_goes_and_the_owner_is_told(site):
    admin, member, bystander = [await site.sign_in(who) for who in ("admin", "member", "manager")]
    secret, codes = await set_up(member)
    await register(member, SoftAuthenticator(flags=USER_PRESENT))
    await set_up(bystander)
    socket = await site.socket(member.access_token)
    half = (await first_step(site))["mfaToken"]
    answer = await admin.http.delete("/accounts/1/second-factors", headers={"Accept-Language": "en"})
    assert answer.status_code == 204

    assert await factors(site, 1) == (0, 0, 0)
    assert await factors(site, 2) == (1, 0, 10)
    assert (await member.http.get("/me")).status_code == 401
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": member.refresh_token})
    assert refreshed.status_code == 401
    async with asyncio.timeout(5):
        await socket.until_closed()
    assert (await bystander.http.get("/me")).status_code == 200
    ended = await site.db.fetch_value(
        "SELECT array_agg(end_reason) FROM account_sessions WHERE account_id = 1"
    )
    assert ended == ["factors-reset"]
    # A login that was between its two steps has nothing left to prove; a new one asks for nothing.
    for proof in ({"code": code_at(secret)}, {"recoveryCode": codes[0]}):
        assert refusal(await verify(site, half, **proof)) == (400, "SECOND_FACTOR_INVALID")
    assert "accessToken" in await first_step(site)

    told = [mail for mail in await site.mails("member@club.example") if "administrator" in mail.text]
    assert [mail.subject for mail in told] == ["The Club: your second factors were removed"]
    assert "an administrator removed the second factors of your account at The Club" in told[0].text
    await link_entries(site.db)
    (entry,) = await list_entries(site.db, AuditFilters(action="account.factors-reset"), limit=1)
    assert (entry.actor.id, entry.actor.role, entry.target.id) == ("3", "admin", "1")
    assert entry.after == {"app": True, "passkeys": 1}
    assert (entry.address, entry.request_id) == ("127.0.0.1", answer.headers["x-request-id"])


async def test_a_role_that_needs_a_factor_sets_up_another_one(site, required_role):
    admin, manager = await site.sign_in("admin"), await site.sign_in("manager")
    await set_up(manager)
    required_role("manager")
    assert (await admin.http.delete("/accounts/2/second-factors")).status_code == 204
    step = await first_step(site, "manager")
    assert (step["enrollmentRequired"], step["methods"]) == (True, [])


@pytest.mark.parametrize(
    ("who", "account_id", "expected"),
    [
        (None, 1, (401, "UNAUTHORIZED")),
        ("member", 1, (403, "FORBIDDEN")),
        ("manager", 1, (403, "FORBIDDEN")),
        ("admin", 3, (409, "OWN_ACCOUNT")),
        ("admin", 2, (404, "NOT_FOUND")),
        ("admin", 99, (404, "NOT_FOUND")),
    ],
)
async def test_refused(site, who, account_id, expected):
    for owner in ("member", "admin"):
        await set_up(await site.sign_in(owner))
    client = site.client()
    if who is not None:
        token = await token_of(site, who)
        client.headers["Authorization"] = f"Bearer {token}"
    sessions = await site.db.fetch("SELECT id, revoked_at FROM account_sessions ORDER BY id")
    assert refusal(await client.delete(f"/accounts/{account_id}/second-factors")) == expected
    assert [await factors(site, id) for id in (1, 2, 3)] == [(1, 0, 10), (0, 0, 0), (1, 0, 10)]
    assert await site.db.fetch("SELECT id, revoked_at FROM account_sessions ORDER BY id") == sessions


async def token_of(site, role: str) -> str:
    """Issue an access token of a new session of that role, whatever factors it has."""
    account_id = site.people[role]
    session = await site.db.fetch_value(
        "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') RETURNING id",
        account_id,
    )
    return site.services.tokens.issue("access", str(account_id), timedelta(hours=1), {"sid": str(session)})


async def test_nobody_weakens_who_may_do_more(site):
    """A role made at run time may manage accounts, and still not those that may do what it may not."""
    await site.db.execute(
        "INSERT INTO access_roles (name, title, permissions) VALUES ('helper', 'Helper', "
        "ARRAY['accounts:manage', 'notes:read'])"
    )
    helper = await site.add_account("helper@club.example", "Helper", "helper")
    site.people["helper"] = helper
    device = await site.sign_in("helper")
    await set_up(await site.sign_in("admin"))
    assert refusal(await device.http.delete("/accounts/3/second-factors")) == (403, "FORBIDDEN")
    assert await factors(site, 3) == (1, 0, 10)
    await set_up(await site.sign_in("member"))
    assert (await device.http.delete("/accounts/1/second-factors")).status_code == 204


async def test_of_two_resets_one_finds_something(site):
    admin = await site.sign_in("admin")
    await set_up(await site.sign_in("member"))
    answers = await asyncio.gather(*(admin.http.delete("/accounts/1/second-factors") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]
    told = [mail for mail in await site.mails("member@club.example") if "administrator" in mail.text]
    assert len(told) == 1


async def test_an_api_key_cannot_step_up(site):
    admin = await site.sign_in("admin")
    await set_up(await site.sign_in("member"))
    made = await admin.http.post("/auth/keys", json={"name": "Robot", "scopes": ["accounts:manage"]})
    robot = site.client(authorization=f"Bearer {made.json()['data']['key']}")
    assert refusal(await robot.delete("/accounts/1/second-factors")) == (403, "STEP_UP_REQUIRED")
    assert await factors(site, 1) == (1, 0, 10)
