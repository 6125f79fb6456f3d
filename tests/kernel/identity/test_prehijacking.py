"""Who proves to read an address does not find a stranger in the account who was there first.

The attacks are those of "Pre-hijacked accounts" (Sudhodanan and Paverd, USENIX Security 2022): sign up with the
victim's address, leave a second way in, wait until the victim recovers the account.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.kernel.identity.conftest import PASSWORD, first_step, log_in
from tests.kernel.identity.soft_authenticator import SoftAuthenticator, add_passkey, use_passkey
from tests.kernel.identity.test_mfa import code_at, set_up, still_clock, verify
from tests.kernel.identity.test_passwords import MEMBER, NEW, forget, reset

from colonnade.kernel.audit import AuditFilters, link_entries, list_entries
from colonnade.kernel.identity.queries import update_account
from colonnade.kernel.testing import until_waiting

__all__ = ["still_clock"]

KEY = {"name": "Robot", "scopes": ["notes:read"]}
LEFT = """
SELECT (SELECT count(*) FROM account_passkeys WHERE account_id = 1) AS passkeys,
    (SELECT count(*) FROM account_totp WHERE account_id = 1) AS apps,
    (SELECT count(*) FROM account_recovery_codes WHERE account_id = 1) AS recovery_codes,
    (SELECT count(*) FROM account_identities WHERE account_id = 1) AS identities,
    (SELECT count(*) FROM api_keys WHERE account_id = 1 AND revoked_at IS NULL) AS keys,
    (SELECT count(*) FROM account_sessions WHERE account_id = 1 AND revoked_at IS NULL) AS sessions
"""


async def _leave_every_way_in(site: Any, authenticator: SoftAuthenticator) -> httpx.AsyncClient:
    """Add passkey, app, recovery codes, external account and API key to the member's account; return the key's."""
    device = await site.sign_in("member")
    key = (await device.http.post("/auth/keys", json=KEY)).json()["data"]["key"]
    await set_up(device)
    await site.db.execute("UPDATE account_sessions SET created_at = now()")
    await add_passkey(device.http, authenticator)
    await site.db.execute(
        "INSERT INTO account_identities (account_id, provider, subject) VALUES (1, 'oidc', 'stranger')"
    )
    return site.client(authorization=f"Bearer {key}")


async def _recover(site: Any) -> None:
    client = site.client()
    await forget(client)
    assert (await reset(client, await site.code_in_mail(MEMBER))).status_code == 200


@pytest.fixture
def authenticator() -> SoftAuthenticator:
    return SoftAuthenticator(origin="https://www.club.example")


@pytest.mark.parametrize("moved", [False, True])
async def test_a_reset_is_the_first_proof_of_an_account_that_a_stranger_opened(
    site: Any, authenticator: SoftAuthenticator, moved: bool
) -> None:
    """Also if the stranger had verified an address of their own first, and then gave the victim's."""
    await site.db.execute("UPDATE accounts SET signed_up = true WHERE id = 1")
    if moved:
        await site.db.execute(
            "UPDATE accounts SET email = 'evil@club.example', email_verified_at = now() WHERE id = 1"
        )
        await update_account(site.db, 1, email=MEMBER)
    robot = await _leave_every_way_in(site, authenticator)
    assert (await robot.get("/notes")).status_code == 200
    await _recover(site)
    assert tuple(await site.db.fetch_row(LEFT)) == (0, 0, 0, 0, 0, 0)
    assert (await robot.get("/notes")).status_code == 401
    assert (await use_passkey(site.client(), authenticator)).status_code == 401
    login = (await log_in(site.client(), NEW)).json()["data"]
    assert login["user"]["email"] == MEMBER
    text = (await site.mails(MEMBER))[-1].text
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- kunci API",
        "- masuk dengan akun dari penyedia lain",
        "- aplikasi autentikator, kunci sandi (passkey), dan kode pemulihan",
    ]
    await link_entries(site.db)
    (entry,) = await list_entries(site.db, AuditFilters(action="password.reset"), limit=1)
    assert entry.after == {"removed": ["api_keys", "providers", "second_factors"]}


@pytest.mark.parametrize(("verified", "identities"), [(True, 1), (False, 0)])
async def test_a_reset_does_not_get_round_the_second_factor_of_the_owner(
    site: Any, authenticator: SoftAuthenticator, verified: bool, identities: int
) -> None:
    """Also if the address is a new one that nobody has proven: a thief at an open session could have set it."""
    if verified:
        await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    robot = await _leave_every_way_in(site, authenticator)
    await _recover(site)
    assert tuple(await site.db.fetch_row(LEFT)) == (1, 1, 10, identities, 0, 0)
    assert (await robot.get("/notes")).status_code == 401
    assert (await log_in(site.client(), NEW)).json()["data"]["mfaRequired"] is True


async def test_the_second_reset_takes_nothing_away_but_keys(
    site: Any, authenticator: SoftAuthenticator
) -> None:
    await site.db.execute("UPDATE accounts SET signed_up = true, email_verified_at = now() WHERE id = 1")
    await _recover(site)
    await site.db.execute("UPDATE accounts SET password_hash = $1 WHERE id = 1", site.password_hash)
    await _leave_every_way_in(site, authenticator)
    await site.db.execute("DELETE FROM identity_codes")
    await site.db.execute("DELETE FROM identity_code_sends")
    client = site.client()
    await forget(client)
    code = await site.code_in_mail(MEMBER)
    assert (await reset(client, code, "sepeda biru tanpa rantai")).status_code == 200
    assert tuple(await site.db.fetch_row(LEFT)) == (1, 1, 10, 1, 0, 0)


async def _by_passkey(site: Any, device: Any) -> Any:
    authenticator = SoftAuthenticator(origin="https://www.club.example")
    await add_passkey(device.http, authenticator)
    begun = (await site.client().post("/auth/passkeys/login/options")).json()["data"]
    body = {"token": begun["token"], "credential": authenticator.get(begun["options"])}
    return site.client().post("/auth/passkeys/login", json=body)


async def _by_app(site: Any, device: Any) -> Any:
    secret, _ = await set_up(device)
    step = await first_step(site)
    return verify(site, step["mfaToken"], code=code_at(secret))


async def _by_recovery_code(site: Any, device: Any) -> Any:
    _, codes = await set_up(device)
    step = await first_step(site)
    return verify(site, step["mfaToken"], recoveryCode=codes[0])


@pytest.mark.parametrize(
    ("begin", "refusal"),
    [
        (_by_passkey, (401, "PASSKEY_INVALID")),
        (_by_app, (400, "SECOND_FACTOR_INVALID")),
        (_by_recovery_code, (400, "SECOND_FACTOR_INVALID")),
    ],
)
async def test_a_sign_in_waits_for_a_reset_instead_of_blocking_it(
    site: Any, begin: Any, refusal: tuple[int, str]
) -> None:
    """Both lock the account first: an intruder who signs in all the time could else keep the owner out by deadlocks."""
    sign_in = await begin(site, await site.sign_in("member"))
    async with site.db.transaction() as reset:
        await reset.execute("UPDATE accounts SET updated_at = now() WHERE id = 1")
        task = asyncio.create_task(sign_in)
        await until_waiting(site.db, task)
        for table in ("account_passkeys", "account_totp", "account_recovery_codes"):
            await reset.execute(f"DELETE FROM {table} WHERE account_id = 1")
    answer = await task
    assert (answer.status_code, answer.json()["error"]["code"]) == refusal
    assert (
        await site.db.fetch_value("SELECT count(*) FROM account_sessions WHERE methods <> '{password}'") == 0
    )


async def test_a_second_step_that_waited_behind_a_reset_is_of_the_old_password(site: Any) -> None:
    secret, _ = await set_up(await site.sign_in("member"))
    step = await first_step(site)
    async with site.db.transaction() as reset:
        await reset.execute("UPDATE accounts SET password_hash = 'another' WHERE id = 1")
        task = asyncio.create_task(verify(site, step["mfaToken"], code=code_at(secret)))
        await until_waiting(site.db, task)
    answer = await task
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "MFA_TOKEN_INVALID")


async def test_a_password_is_not_changed_by_a_session_that_ended_meanwhile(site: Any) -> None:
    device = await site.sign_in("member")
    before = await site.db.fetch_value("SELECT password_hash FROM accounts WHERE id = 1")
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    async with site.db.transaction() as other:
        await other.execute("UPDATE accounts SET updated_at = now() WHERE id = 1")
        task = asyncio.create_task(device.http.put("/auth/password", json=body))
        await until_waiting(site.db, task)
        await other.execute("UPDATE account_sessions SET revoked_at = now()")
    answer = await task
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert await site.db.fetch_value("SELECT password_hash FROM accounts WHERE id = 1") == before


async def test_a_new_key_is_mailed_to_its_owner(site: Any) -> None:
    device = await site.sign_in("member", accept_language="en")
    assert (await device.http.post("/auth/keys", json=KEY)).status_code == 201
    (mail,) = await site.mails(MEMBER)
    assert mail.subject == "The Club: an API key was made"
    assert "an API key was made for your account at The Club" in mail.text
