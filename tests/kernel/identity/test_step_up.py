"""Step-up: dangerous routes demand a new proof of identity, by the strongest factor of the account."""

from __future__ import annotations

import asyncio

import pytest
from tests.kernel.identity.conftest import PASSWORD
from tests.kernel.identity.soft_authenticator import USER_PRESENT, SoftAuthenticator
from tests.kernel.identity.test_mfa import age_sessions, code_at, set_up, still_clock
from tests.kernel.identity.test_passkeys import register

__all__ = ["still_clock"]

DANGEROUS = "/auth/passkeys/options"


async def step_up(device, **proof):
    return await device.http.post("/auth/step-up", json=proof)


async def is_open(device) -> bool:
    answer = await device.http.post(DANGEROUS)
    if answer.status_code == 403:
        assert answer.json()["error"]["code"] == "STEP_UP_REQUIRED"
        assert answer.json()["error"]["details"] == {"max_age_seconds": 600}
    return answer.status_code == 200


async def test_a_login_counts_for_ten_minutes(site):
    device = await site.sign_in("member")
    assert await is_open(device)
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '9 minutes 50 seconds'")
    assert await is_open(device)
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '10 minutes'")
    assert not await is_open(device)
    # Refreshing proves that the device is the same, not who holds it.
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": device.refresh_token})
    device.http.headers["Authorization"] = f"Bearer {refreshed.json()['data']['accessToken']}"
    assert not await is_open(device)


async def test_the_password_opens_one_session_and_a_wrong_one_is_400(site):
    device, other = await site.sign_in("member"), await site.sign_in("member")
    await age_sessions(site)
    assert (await device.http.get("/auth/step-up")).json()["data"] == {"methods": ["password"]}
    wrong = await step_up(device, password="not-the-password")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "STEP_UP_REFUSED")
    assert not await is_open(device)
    answer = await step_up(device, password=PASSWORD)
    assert (answer.status_code, answer.json()["data"]) == (200, {"expiresIn": 600})
    assert await is_open(device)
    assert not await is_open(other)


async def test_guessing_the_password_is_limited_like_a_login(site):
    device = await site.sign_in("member")
    await age_sessions(site)
    answers = await asyncio.gather(*(step_up(device, password=f"guess-{n}") for n in range(10)))
    assert sorted(answer.status_code for answer in answers) == [400] * 5 + [429] * 5
    right = await step_up(device, password=PASSWORD)
    assert right.status_code == 429
    assert not await is_open(device)


async def test_what_others_guess_behind_the_same_address_is_nothing_to_who_is_signed_in(site):
    device, visitor = await site.sign_in("member"), site.client()
    await age_sessions(site)
    for number in range(50):
        email = "member@club.example" if number < 5 else f"somebody{number}@club.example"
        wrong = {"email": email, "password": "not-the-password"}
        assert (await visitor.post("/auth/login", json=wrong)).status_code == 401
    right = {"email": "member@club.example", "password": PASSWORD}
    assert (await visitor.post("/auth/login", json=right)).status_code == 429
    assert (await step_up(device, password=PASSWORD)).status_code == 200


async def test_who_has_a_second_factor_proves_that_one(site):
    device = await site.sign_in("member")
    secret, codes = await set_up(device)
    await age_sessions(site)
    assert (await device.http.get("/auth/step-up")).json()["data"] == {"methods": ["totp", "recovery"]}
    refused = await step_up(device, password=PASSWORD)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "STEP_UP_REFUSED")
    assert not await is_open(device)
    assert (await step_up(device, code=code_at(secret))).status_code == 200
    assert await is_open(device)
    await age_sessions(site)
    replay = await step_up(device, code=code_at(secret))
    assert (replay.status_code, replay.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    assert not await is_open(device)
    assert (await step_up(device, recoveryCode=codes[0])).status_code == 200
    assert await is_open(device)


KEY = {"name": "Robot", "scopes": ["notes:read"]}


async def test_what_is_dangerous_asks_a_late_session_again(site):
    """Every such route of the kernel; none of them has done anything when it asks."""
    member, device = await site.sign_in("member"), await site.sign_in("admin")
    await set_up(member)
    secret, _ = await set_up(device)
    await register(device, SoftAuthenticator(flags=USER_PRESENT))
    key = (await device.http.post("/auth/keys", json=KEY)).json()["data"]["id"]
    export = (await device.http.post("/account/exports")).json()["data"]["id"]
    await site.work()
    dangerous = [
        ("POST", "/auth/keys", KEY),
        ("POST", f"/auth/keys/{key}/rotate", {}),
        ("POST", "/account/exports", None),
        ("GET", f"/account/exports/{export}", None),
        ("POST", "/auth/mfa/totp", None),
        ("POST", "/auth/mfa/totp/confirm", {"code": code_at(secret)}),
        ("DELETE", "/auth/mfa/totp", None),
        ("POST", "/auth/mfa/recovery-codes", None),
        ("POST", "/auth/passkeys/options", None),
        ("POST", "/auth/passkeys", {"token": "t", "credential": {}, "name": "Laptop"}),
        ("DELETE", "/auth/passkeys/1", None),
        ("DELETE", "/auth/identities/1", None),
        ("DELETE", "/accounts/1/second-factors", None),
        ("POST", "/account/deletion", {"password": PASSWORD}),
    ]
    await age_sessions(site)
    before = await protected(site)
    for method, path, body in dangerous:
        answer = await device.http.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED"), path
    assert await protected(site) == before
    # What only takes rights away, or shows nothing secret, does not ask.
    assert (await device.http.get("/auth/keys")).status_code == 200
    assert (await device.http.get("/account/exports")).json()["data"][0]["url"] is None
    assert (await step_up(device, code=code_at(secret))).status_code == 200
    opened = [("POST", "/auth/keys", KEY, 201), ("POST", f"/auth/keys/{key}/rotate", {}, 200),
              ("GET", f"/account/exports/{export}", None, 200), ("POST", "/account/exports", None, 201),
              ("POST", "/auth/mfa/recovery-codes", None, 200), ("DELETE", "/auth/passkeys/1", None, 204),
              ("DELETE", "/accounts/1/second-factors", None, 204), ("DELETE", "/auth/mfa/totp", None, 204)]  # fmt: skip
    for method, path, body, status in opened:
        assert (await device.http.request(method, path, json=body)).status_code == status, path
    await age_sessions(site)
    assert (await device.http.delete(f"/auth/keys/{key}")).status_code == 204


async def protected(site):
    """Return what the dangerous routes would change; the audit log once everything in its inbox is linked."""
    await site.services.audit.settle()
    return [
        await site.db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
        for table in ("accounts", "api_keys", "personal_exports", "account_totp", "account_passkeys",
                      "account_recovery_codes", "audit.entries")
    ]  # fmt: skip


async def test_a_passkey_steps_up_for_its_own_account(site):
    device = await site.sign_in("member")
    authenticator, _ = await register(device, SoftAuthenticator(flags=USER_PRESENT))
    stranger, _ = await register(await site.sign_in("manager"))
    await age_sessions(site)
    begun = (await device.http.post("/auth/step-up/passkey/options")).json()["data"]
    for one, status in ((stranger, 400), (authenticator, 200)):
        proof = {"token": begun["token"], "credential": one.get(begun["options"])}
        assert (await step_up(device, passkey=proof)).status_code == status
        assert await is_open(device) is (status == 200)
    await age_sessions(site)
    proof = {"token": begun["token"], "credential": authenticator.get(begun["options"])}
    assert (await step_up(device, passkey=proof)).status_code == 409
    assert not await is_open(device)


async def test_without_a_password_a_code_comes_by_mail(site):
    device = await site.sign_in("member")
    refused = await device.http.post("/auth/step-up/code")
    assert refused.status_code == 409
    await site.db.execute("UPDATE accounts SET password_hash = NULL WHERE id = $1", site.people["member"])
    await age_sessions(site)
    assert (await device.http.get("/auth/step-up")).json()["data"] == {"methods": ["email"]}
    assert (await device.http.post("/auth/step-up/code")).status_code == 200
    code = await site.code_in_mail("member@club.example")
    wrong = "000000" if code != "000000" else "000001"
    assert (await step_up(device, emailCode=wrong)).status_code == 400
    assert not await is_open(device)
    assert (await step_up(device, emailCode=code)).status_code == 200
    assert await is_open(device)
    await age_sessions(site)
    assert (await step_up(device, emailCode=code)).status_code == 400
    assert not await is_open(device)


@pytest.mark.parametrize(
    "proof",
    [{}, {"password": PASSWORD, "code": "123456"}, {"password": ""}, {"code": "12"}, {"emailCode": "1"}],
)
async def test_bad_proofs(site, proof):
    device = await site.sign_in("member")
    await age_sessions(site)
    assert (await step_up(device, **proof)).status_code == 422
    assert not await is_open(device)


async def test_an_ended_session_cannot_be_verified(site):
    device = await site.sign_in("member")
    await site.db.execute("UPDATE account_sessions SET revoked_at = now()")
    assert (await step_up(device, password=PASSWORD)).status_code == 401
    assert await site.db.fetch_value("SELECT verified_at FROM account_sessions") is None


async def test_visitors_have_nothing_to_verify(site):
    assert (await site.client().post("/auth/step-up", json={"password": PASSWORD})).status_code == 401
    assert (await site.client().post(DANGEROUS)).status_code == 401
