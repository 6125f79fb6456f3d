"""Staff with an authenticator app: optional for everybody, required of a role where MFA_REQUIRED_ROLES says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp

from colonnade.kernel.testing import PASSWORD


def code_at(secret: str, steps: int = 0) -> str:
    """Return the app's code, `steps` half minutes from now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


async def log_in(radio, role: str) -> dict:
    answer = await (await radio.http()).post(
        "/auth/login", json={"email": f"{role}@test.id", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_presenter_protects_the_account_and_signs_in_with_the_app(radio):
    client = await radio.http("penyiar")
    secret = (await client.post("/auth/mfa/totp")).json()["data"]["secret"]
    confirmed = await client.post("/auth/mfa/totp/confirm", json={"code": code_at(secret)})
    assert confirmed.status_code == 200
    assert len(confirmed.json()["data"]["recoveryCodes"]) == 10
    step = await log_in(radio, "penyiar")
    assert (step["mfaRequired"], step["methods"]) == (True, ["totp", "recovery"])
    assert "accessToken" not in step
    answer = await (await radio.http()).post(
        "/auth/mfa/verify", json={"mfaToken": step["mfaToken"], "code": code_at(secret, 1)}
    )
    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["role"] == "penyiar"
    # Nobody else is asked.
    assert "accessToken" in await log_in(radio, "editor")


async def test_administrators_must_where_the_setting_says_so(radio, monkeypatch):
    monkeypatch.setattr(radio.services.factor_rule, "also", frozenset({"admin"}))
    step = await log_in(radio, "admin")
    assert (step["methods"], step["enrollmentRequired"]) == ([], True)
    visitor = await radio.http()
    offer = await visitor.post("/auth/mfa/enroll", json={"mfaToken": step["mfaToken"]})
    code = code_at(offer.json()["data"]["secret"])
    answer = await visitor.post("/auth/mfa/enroll/confirm", json={"mfaToken": step["mfaToken"], "code": code})
    assert answer.status_code == 200
    session = answer.json()["data"]
    staff = await visitor.get("/staff", headers={"Authorization": f"Bearer {session['accessToken']}"})
    assert staff.status_code == 200
    assert "accessToken" in await log_in(radio, "editor")


async def test_an_administrator_helps_a_presenter_who_lost_the_phone(radio):
    admin, presenter = await radio.http("admin"), await radio.http("penyiar")
    secret = (await presenter.post("/auth/mfa/totp")).json()["data"]["secret"]
    assert (await presenter.post("/auth/mfa/totp/confirm", json={"code": code_at(secret)})).status_code == 200
    path = f"/staff/{radio.staff['penyiar']}/second-factors"
    assert (await (await radio.http("editor")).delete(path)).status_code == 403
    await radio.services.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    refused = await admin.delete(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "STEP_UP_REQUIRED")
    assert (await log_in(radio, "penyiar"))["mfaRequired"] is True
    assert (await admin.post("/auth/step-up", json={"password": PASSWORD})).status_code == 200
    assert (await admin.delete(path)).status_code == 204
    assert (await presenter.get("/auth/me")).status_code == 401
    assert "accessToken" in await log_in(radio, "penyiar")
    own = await admin.delete(f"/staff/{radio.staff['admin']}/second-factors")
    assert (own.status_code, own.json()["error"]["code"]) == (409, "OWN_ACCOUNT")
