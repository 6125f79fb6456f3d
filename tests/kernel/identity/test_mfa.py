"""Second factors over HTTP: authenticator apps, recovery codes, the login's second step, roles that must."""

from __future__ import annotations

import asyncio
import base64
import re
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from tests.kernel.identity.conftest import first_step

from colonnade.kernel.identity.factors.recovery import hash_code, new_codes
from colonnade.kernel.identity.mfa import second_factors, totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


MOMENT = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 30 * 30 + 15, UTC)
"""What time it is to the server's authenticator codes: no test begins in one step and ends in the next."""


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    monkeypatch.setattr(second_factors, "now", lambda: MOMENT)


def code_at(secret: str, steps: int = 0) -> str:
    """Return the app's code, `steps` half minutes from now."""
    return pyotp.TOTP(secret).at(MOMENT + timedelta(seconds=30 * steps))


async def set_up(device) -> tuple[str, list[str]]:
    """Set up an authenticator app for the account on `device`; return its secret and the recovery codes.

    The first code is that of the step before, so that the present one is still good for a test.
    """
    offer = await device.http.post("/auth/mfa/totp")
    assert offer.status_code == 200, offer.text
    secret = offer.json()["data"]["secret"]
    answer = await device.http.post("/auth/mfa/totp/confirm", json={"code": code_at(secret, -1)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["data"]["recoveryCodes"]


async def verify(site, token: str, **proof: str) -> httpx.Response:
    """Send the second step."""
    return await site.client().post("/auth/mfa/verify", json={"mfaToken": token, **proof})


async def sessions_of(site, account_id: int) -> list[list[str]]:
    rows = await site.db.fetch(
        "SELECT methods FROM account_sessions WHERE account_id = $1 ORDER BY created_at, id", account_id
    )
    return [row["methods"] for row in rows]


async def age_sessions(site, minutes: int = 11) -> None:
    """Move every login and step-up so far `minutes` into the past."""
    await site.db.execute(
        "UPDATE account_sessions SET created_at = created_at - make_interval(mins => $1), "
        "verified_at = verified_at - make_interval(mins => $1)",
        minutes,
    )


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B: the last six of its eight digits.
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds, code):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, moment) == seconds // 30
    assert totp.matching_step(RFC_SECRET, code, moment + timedelta(seconds=30)) == seconds // 30
    assert totp.matching_step(RFC_SECRET, code, moment - timedelta(seconds=30)) == seconds // 30
    assert totp.matching_step(RFC_SECRET, code, moment + timedelta(seconds=60)) is None
    assert totp.matching_step(RFC_SECRET, code, moment - timedelta(seconds=60)) is None


def test_recovery_codes_are_ten_long_and_different():
    codes = new_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    assert hash_code(7, codes[0]) == hash_code(7, codes[0].upper().replace("-", " "))
    assert hash_code(7, codes[0]) != hash_code(8, codes[0])


async def test_an_app_is_set_up_by_address_and_picture(site):
    device = await site.sign_in("member")
    offer = (await device.http.post("/auth/mfa/totp")).json()["data"]
    assert set(offer) == {"secret", "uri", "qrPng", "expiresIn"}
    assert re.fullmatch(r"[A-Z2-7]{32}", offer["secret"])
    assert offer["uri"] == (
        f"otpauth://totp/The%20Club:member%40club.example?secret={offer['secret']}&issuer=The%20Club"
    )
    kind, _, picture = offer["qrPng"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(picture)[:8] == b"\x89PNG\r\n\x1a\n"
    # Nothing counts before it is confirmed.
    assert "accessToken" in await first_step(site)
    stored = await site.db.fetch_value("SELECT secret FROM account_totp")
    assert offer["secret"] not in stored
    assert stored.startswith("v1.")


async def test_a_secret_moved_to_another_account_does_not_decrypt(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    await site.db.execute(
        "INSERT INTO account_totp (account_id, secret, confirmed_at) SELECT $1, secret, now() FROM account_totp",
        site.people["manager"],
    )
    step = await first_step(site, "manager")
    answer = await verify(site, step["mfaToken"], code=code_at(secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")


async def test_confirming_gives_ten_recovery_codes_and_a_wrong_code_none(site):
    device = await site.sign_in("member")
    secret = (await device.http.post("/auth/mfa/totp")).json()["data"]["secret"]
    wrong = "000000" if code_at(secret) != "000000" else "000001"
    refused = await device.http.post("/auth/mfa/totp/confirm", json={"code": wrong})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    assert await site.db.fetch_value("SELECT confirmed_at FROM account_totp") is None
    answer = await device.http.post("/auth/mfa/totp/confirm", json={"code": code_at(secret)})
    assert answer.status_code == 200
    assert len(set(answer.json()["data"]["recoveryCodes"])) == 10
    assert (await device.http.get("/auth/mfa")).json()["data"] == {
        "totp": True,
        "passkeys": 0,
        "recoveryCodesLeft": 10,
        "required": False,
    }
    again = await device.http.post("/auth/mfa/totp")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "TOTP_ACTIVE")
    twice = await device.http.post("/auth/mfa/totp/confirm", json={"code": code_at(secret, 1)})
    assert (twice.status_code, twice.json()["error"]["code"]) == (400, "TOTP_NOT_PENDING")


async def test_an_offer_ends_after_fifteen_minutes(site):
    device = await site.sign_in("member")
    secret = (await device.http.post("/auth/mfa/totp")).json()["data"]["secret"]
    await site.db.execute("UPDATE account_totp SET created_at = now() - interval '15 minutes 1 second'")
    answer = await device.http.post("/auth/mfa/totp/confirm", json={"code": code_at(secret)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "TOTP_NOT_PENDING")


async def test_a_login_asks_for_the_second_factor_and_opens_no_session(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    step = await first_step(site)
    assert set(step) == {"mfaRequired", "mfaToken", "methods", "enrollmentRequired", "expiresIn"}
    assert (step["mfaRequired"], step["enrollmentRequired"], step["expiresIn"]) == (True, False, 300)
    assert step["methods"] == ["totp", "recovery"]
    assert await sessions_of(site, site.people["member"]) == [["password"]]
    answer = await verify(site, step["mfaToken"], code=code_at(secret))
    assert answer.status_code == 200
    login = answer.json()["data"]
    assert set(login) == {"accessToken", "expiresIn", "refreshExpiresIn", "refreshToken", "user"}
    assert await sessions_of(site, site.people["member"]) == [["password"], ["password", "totp"]]
    me = await site.client(Authorization=f"Bearer {login['accessToken']}").get("/me")
    assert me.json()["data"]["id"] == site.people["member"]


async def test_the_token_of_the_first_step_opens_nothing_else(site):
    device = await site.sign_in("member")
    await set_up(device)
    token = (await first_step(site))["mfaToken"]
    me = await site.client(Authorization=f"Bearer {token}").get("/me")
    assert me.status_code == 401
    refreshed = await site.client().post("/auth/refresh", json={"refreshToken": token[:200]})
    assert refreshed.status_code == 401
    access = await verify(site, device.access_token, code="123456")
    assert (access.status_code, access.json()["error"]["code"]) == (401, "MFA_TOKEN_INVALID")
    assert await sessions_of(site, site.people["member"]) == [["password"]]


async def test_a_code_is_good_once_even_for_another_login(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    code = code_at(secret)
    assert (await verify(site, (await first_step(site))["mfaToken"], code=code)).status_code == 200
    replay = await verify(site, (await first_step(site))["mfaToken"], code=code)
    assert (replay.status_code, replay.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    # Nor is an older step's code good after a newer one was used.
    older = await verify(site, (await first_step(site))["mfaToken"], code=code_at(secret, -1))
    assert older.status_code == 400
    assert len(await sessions_of(site, site.people["member"])) == 2


async def test_of_parallel_uses_of_one_code_one_wins(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    tokens = [(await first_step(site))["mfaToken"] for _ in range(5)]
    code = code_at(secret)
    answers = await asyncio.gather(*(verify(site, token, code=code) for token in tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]
    assert len(await sessions_of(site, site.people["member"])) == 2


async def test_of_parallel_uses_of_one_token_one_wins(site):
    device = await site.sign_in("member")
    _, codes = await set_up(device)
    token = (await first_step(site))["mfaToken"]
    answers = await asyncio.gather(*(verify(site, token, recoveryCode=code) for code in codes[:5]))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "TOKEN_SPENT"
    }
    # The four that lost keep their codes.
    left = await site.db.fetch_value("SELECT count(*) FROM account_recovery_codes WHERE used_at IS NULL")
    assert left == 9


async def test_a_recovery_code_is_good_once(site):
    device = await site.sign_in("member")
    _, codes = await set_up(device)
    shouted = codes[0].upper().replace("-", " ")
    answer = await verify(site, (await first_step(site))["mfaToken"], recoveryCode=shouted)
    assert answer.status_code == 200
    assert (await sessions_of(site, site.people["member"]))[-1] == ["password", "recovery"]
    again = await verify(site, (await first_step(site))["mfaToken"], recoveryCode=codes[0])
    assert (again.status_code, again.json()["error"]["code"]) == (400, "SECOND_FACTOR_INVALID")
    tokens = [(await first_step(site))["mfaToken"] for _ in range(4)]
    race = await asyncio.gather(*(verify(site, token, recoveryCode=codes[1]) for token in tokens))
    assert sorted(answer.status_code for answer in race) == [200, 400, 400, 400]
    hashes = await site.db.fetch_value(
        "SELECT string_agg(encode(code_hash, 'escape'), '') FROM account_recovery_codes"
    )
    assert not any(code.replace("-", "") in hashes or code in hashes for code in codes)


async def test_new_recovery_codes_replace_the_old_ones(site):
    device = await site.sign_in("member")
    _, old = await set_up(device)
    answer = await device.http.post("/auth/mfa/recovery-codes")
    new = answer.json()["data"]["recoveryCodes"]
    assert answer.status_code == 200
    assert len(set(new) | set(old)) == 20
    assert (await verify(site, (await first_step(site))["mfaToken"], recoveryCode=old[0])).status_code == 400
    assert (await verify(site, (await first_step(site))["mfaToken"], recoveryCode=new[0])).status_code == 200
    other = await site.sign_in("manager")
    assert (await other.http.post("/auth/mfa/recovery-codes")).status_code == 404


async def test_five_wrong_codes_close_the_account_to_guesses_from_anywhere(site):
    device = await site.sign_in("member")
    secret, codes = await set_up(device)
    right = {code_at(secret, step) for step in (-1, 0, 1, 2)}
    wrong = [f"{number:06}" for number in range(20) if f"{number:06}" not in right]
    for index, code in enumerate(wrong[:5]):
        client = site.client(**{"X-Forwarded-For": f"198.51.100.{index + 1}"})
        token = (await first_step(site))["mfaToken"]
        answer = await client.post("/auth/mfa/verify", json={"mfaToken": token, "code": code})
        assert answer.status_code == 400
    token = (await first_step(site))["mfaToken"]
    for proof in ({"code": code_at(secret)}, {"recoveryCode": codes[0]}):
        answer = await verify(site, token, **proof)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert 1 <= int(answer.headers["retry-after"]) <= 900
    assert len(await sessions_of(site, site.people["member"])) == 1
    # Twenty at once get no more guesses than five one after the other.
    site.services.limiter._meters.clear()
    answers = await asyncio.gather(*(verify(site, token, code=code) for code in wrong[:10]))
    assert sorted(answer.status_code for answer in answers) == [400] * 5 + [429] * 5


async def test_who_knows_the_password_does_not_spend_the_guesses_of_a_session(site):
    device = await site.sign_in("member")
    secret, codes = await set_up(device)
    right = {code_at(secret, step) for step in (-1, 0, 1, 2)}
    wrong = [f"{number:06}" for number in range(20) if f"{number:06}" not in right]
    token = (await first_step(site))["mfaToken"]
    answers = await asyncio.gather(*(verify(site, token, code=code) for code in wrong[:6]))
    assert sorted(answer.status_code for answer in answers) == [400] * 5 + [429]
    await age_sessions(site)
    guesses = [await device.http.post("/auth/step-up", json={"code": code}) for code in wrong[:4]]
    assert [answer.status_code for answer in guesses] == [400] * 4
    answer = await device.http.post("/auth/step-up", json={"recoveryCode": codes[0]})
    assert answer.status_code == 200
    # The session has guesses of its own, and no more than these.
    guesses = [await device.http.post("/auth/step-up", json={"code": code}) for code in wrong[:2]]
    assert [answer.status_code for answer in guesses] == [400, 429]


@pytest.mark.parametrize(
    ("proof", "status"),
    [
        ({}, 422),
        ({"code": "12345"}, 422),
        ({"code": "1234567"}, 422),
        ({"code": "１２３４５６"}, 422),
        ({"code": "123456", "recoveryCode": "aaaa-bbbb-cccc-dddd"}, 422),
        ({"recoveryCode": "a" * 41}, 422),
        ({"recoveryCode": "aaaa-bbbb-cccc-dddd"}, 400),
        ({"passkey": {"token": "x" * 30, "credential": {}}}, 400),
    ],
)
async def test_bad_proofs_are_refused(site, proof, status):
    device = await site.sign_in("member")
    await set_up(device)
    answer = await verify(site, (await first_step(site))["mfaToken"], **proof)
    assert answer.status_code == status
    assert len(await sessions_of(site, site.people["member"])) == 1


async def test_a_changed_password_or_a_deactivation_ends_the_first_step(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    token = (await first_step(site))["mfaToken"]
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = $1", site.people["member"])
    answer = await verify(site, token, code=code_at(secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_CREDENTIALS")
    await site.db.execute(
        "UPDATE accounts SET is_active = true, password_hash = 'changed' WHERE id = $1", site.people["member"]
    )
    answer = await verify(site, token, code=code_at(secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "MFA_TOKEN_INVALID")
    assert len(await sessions_of(site, site.people["member"])) == 1


async def test_the_cookie_form_works_for_the_second_step(site):
    device = await site.sign_in("member")
    secret, _ = await set_up(device)
    step = await first_step(site)
    client = site.client(Origin="https://www.club.example")
    body = {"mfaToken": step["mfaToken"], "code": code_at(secret)}
    foreign = await site.client(Origin="https://evil.example").post(
        "/auth/mfa/verify?transport=cookie", json=body
    )
    assert foreign.status_code == 403
    answer = await client.post("/auth/mfa/verify?transport=cookie", json=body)
    assert answer.status_code == 200
    assert "refreshToken" not in answer.json()["data"]
    assert answer.headers["set-cookie"].startswith("__Host-club-refresh=rt_")


async def test_removing_the_app_needs_a_fresh_proof_and_ends_the_codes(site):
    device = await site.sign_in("member")
    await set_up(device)
    await age_sessions(site)
    answer = await device.http.delete("/auth/mfa/totp")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert await site.db.fetch_value("SELECT count(*) FROM account_totp") == 1
    await site.db.execute("UPDATE account_sessions SET verified_at = now()")
    assert (await device.http.delete("/auth/mfa/totp")).status_code == 204
    assert await site.db.fetch_value("SELECT count(*) FROM account_recovery_codes") == 0
    assert "accessToken" in await first_step(site)
    assert (await device.http.delete("/auth/mfa/totp")).status_code == 404


async def test_a_role_that_must_sets_up_its_factor_on_the_way_in(site, required_role):
    required_role("manager")
    step = await first_step(site, "manager")
    assert (step["methods"], step["enrollmentRequired"], step["expiresIn"]) == ([], True, 900)
    assert await sessions_of(site, site.people["manager"]) == []
    token = step["mfaToken"]
    # Nothing else is to be had with it.
    assert (await verify(site, token, code="123456")).status_code == 401
    client = site.client()
    offer = await client.post("/auth/mfa/enroll", json={"mfaToken": token})
    assert offer.status_code == 200
    secret = offer.json()["data"]["secret"]
    wrong = "000000" if code_at(secret) != "000000" else "000001"
    refused = await client.post("/auth/mfa/enroll/confirm", json={"mfaToken": token, "code": wrong})
    assert refused.status_code == 400
    answer = await client.post(
        "/auth/mfa/enroll/confirm", json={"mfaToken": token, "code": code_at(secret, -1)}
    )
    assert answer.status_code == 200, answer.text
    login = answer.json()["data"]
    assert len(login["recoveryCodes"]) == 10
    assert login["user"]["role"] == "manager"
    assert await sessions_of(site, site.people["manager"]) == [["password", "totp"]]
    # The token is spent, and the last factor stays.
    again = await client.post("/auth/mfa/enroll", json={"mfaToken": token})
    assert again.status_code == 401
    signed = site.client(Authorization=f"Bearer {login['accessToken']}")
    kept = await signed.delete("/auth/mfa/totp")
    assert (kept.status_code, kept.json()["error"]["code"]) == (409, "LAST_SECOND_FACTOR")
    assert await site.db.fetch_value("SELECT count(*) FROM account_totp") == 1
    assert (await signed.get("/auth/mfa")).json()["data"]["required"] is True
    # The other roles are let in as before.
    assert "accessToken" in await first_step(site, "member")


async def test_a_session_from_before_the_role_had_to_is_not_continued(site, required_role):
    manager, member = await site.sign_in("manager"), await site.sign_in("member")
    required_role("manager")
    refused = await site.client().post("/auth/refresh", json={"refreshToken": manager.refresh_token})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "REFRESH_TOKEN_INVALID")
    going_on = await site.client().post("/auth/refresh", json={"refreshToken": member.refresh_token})
    assert going_on.status_code == 200
    # Who gave a factor goes on.
    secret, _ = await set_up(manager)
    step = await first_step(site, "manager")
    login = (await verify(site, step["mfaToken"], code=code_at(secret))).json()["data"]
    answers = await asyncio.gather(
        *(site.client().post("/auth/refresh", json={"refreshToken": login["refreshToken"]}) for _ in range(3))
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["data"]["refreshToken"] for answer in answers}) == 1


async def test_an_enrolment_cannot_replace_a_factor_that_came_meanwhile(site, required_role):
    device = await site.sign_in("manager")
    required_role("manager")
    token = (await first_step(site, "manager"))["mfaToken"]
    await set_up(device)
    answer = await site.client().post("/auth/mfa/enroll", json={"mfaToken": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "MFA_TOKEN_INVALID")


async def test_the_policy_of_a_product_can_require_it_too(site, monkeypatch):
    monkeypatch.setattr(site.services.product.policy, "second_factor", frozenset({"admin"}))
    assert (await first_step(site, "admin"))["enrollmentRequired"] is True
    assert "accessToken" in await first_step(site, "manager")


async def actions_of(site, account_id: int, since: datetime) -> list[str]:
    """Return the audit log's actions about the account, in order."""
    rows = await site.db.fetch(
        """
        SELECT action FROM (
            SELECT action, created_at, target_kind, target_id FROM audit.inbox
            UNION ALL SELECT action, created_at, target_kind, target_id FROM audit.entries
        ) log
        WHERE target_kind = 'account' AND target_id = $1 AND created_at > $2 ORDER BY created_at
        """,
        str(account_id),
        since,
    )
    return [row["action"] for row in rows]


async def test_every_change_is_audited_and_mailed_and_a_refused_one_is_not(site):
    began = datetime.now(UTC)
    device = await site.sign_in("member", accept_language="en")
    _, codes = await set_up(device)
    await device.http.post("/auth/mfa/recovery-codes")
    refused = await verify(site, (await first_step(site))["mfaToken"], recoveryCode=codes[0])
    assert refused.status_code == 400
    await device.http.delete("/auth/mfa/totp")
    assert await actions_of(site, site.people["member"], began) == [
        "account.totp-added",
        "account.recovery-codes-renewed",
        "account.totp-removed",
    ]
    mails = await site.mails("member@club.example")
    assert [mail.subject for mail in mails] == ["The Club: how you sign in was changed"] * 3
    # The queue keeps no order.
    assert {mail.text.split("\n\n")[1].replace("\n", " ") for mail in mails} == {
        "an authenticator app was added to your account at The Club; signing in asks for its code from now on.",
        "new recovery codes were made for your account at The Club; the old ones no longer work.",
        "the authenticator app of your account at The Club was removed.",
    }
    assert {mail.text.split("\n\n")[2].strip() for mail in mails} == {
        "If this was not you, change your password at once and look through the devices that are signed in."
    }
    assert not any(code in mail.text for mail in mails for code in codes)


@pytest.mark.parametrize("path", ["/auth/mfa", "/auth/passkeys", "/auth/step-up"])
async def test_one_s_factors_are_for_signed_in_people(site, path):
    assert (await site.client().get(path)).status_code == 401
