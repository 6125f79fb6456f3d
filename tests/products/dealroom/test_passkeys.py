"""Users sign in with passkeys: dealroom's mounting of what the kernel's own tests try in every way."""

from __future__ import annotations

import time
from typing import Any

import pyotp
from tests.kernel.identity.soft_authenticator import SoftAuthenticator, add_passkey, use_passkey
from tests.products.dealroom.conftest import API

SIGNED_IN = {"user", "token", "expiresIn", "refreshExpiresIn", "refreshToken"}


async def test_every_way_to_sign_in_gives_the_same_answer(room: Any, monkeypatch: Any) -> None:
    login = {"email": "melati@test.id", "password": room.password}
    first = (await room.visitor.post(f"{API}/auth/login", json=login)).json()["data"]
    assert set(first) == SIGNED_IN
    # With a second factor.
    secret = (await room.melati.post(f"{API}/auth/mfa/totp")).json()["data"]["secret"]
    at = pyotp.TOTP(secret)
    await room.melati.post(f"{API}/auth/mfa/totp/confirm", json={"code": at.now()})
    waiting = (await room.visitor.post(f"{API}/auth/login", json=login)).json()["data"]
    proof = {"mfaToken": waiting["mfaToken"], "code": at.at(int(time.time()) + at.interval)}
    second = (await room.visitor.post(f"{API}/auth/mfa/verify", json=proof)).json()["data"]
    assert set(second) == SIGNED_IN
    assert second["user"] | {"lastLoginAt": None} == first["user"] | {"lastLoginAt": None}
    # With one that the role requires and the account does not have yet.
    monkeypatch.setattr(room.services.factor_rule, "also", frozenset({"user"}))
    login = {"email": "budi@test.id", "password": room.password}
    waiting = (await room.visitor.post(f"{API}/auth/login", json=login)).json()["data"]
    assert waiting["enrollmentRequired"] is True
    begun = {"mfaToken": waiting["mfaToken"]}
    secret = (await room.visitor.post(f"{API}/auth/mfa/enroll", json=begun)).json()["data"]["secret"]
    proof = {**begun, "code": pyotp.TOTP(secret).now()}
    third = (await room.visitor.post(f"{API}/auth/mfa/enroll/confirm", json=proof)).json()["data"]
    assert set(third) == SIGNED_IN | {"recoveryCodes"}
    assert (third["user"]["username"], len(third["recoveryCodes"])) == ("budi", 10)


async def test_a_passkey_opens_the_account_until_it_is_removed(room: Any) -> None:
    authenticator = SoftAuthenticator(origin="http://localhost:3000")
    added = await add_passkey(room.melati, authenticator, prefix=f"{API}/auth", name="Telepon")
    assert (added["passkey"]["name"], len(added["recoveryCodes"])) == ("Telepon", 10)
    login = await use_passkey(room.visitor, authenticator, prefix=f"{API}/auth")
    assert (login.status_code, login.json()["data"]["user"]["email"]) == (200, "melati@test.id")
    assert set(login.json()["data"]) == SIGNED_IN
    bearer = {"Authorization": f"Bearer {login.json()['data']['token']}"}
    me = await room.visitor.get(f"{API}/users/me", headers=bearer)
    assert me.json()["data"]["username"] == "melati"
    # Nobody else's list has it, nobody else removes it.
    path = f"{API}/auth/passkeys/{added['passkey']['id']}"
    assert (await room.budi.get(f"{API}/auth/passkeys")).json()["data"] == []
    assert (await room.budi.delete(path)).status_code == 404
    assert (await room.melati.delete(path)).status_code == 204
    refused = await use_passkey(room.visitor, authenticator, prefix=f"{API}/auth")
    assert (refused.status_code, refused.json()["code"]) == (401, "PASSKEY_INVALID")
