"""Verifying an e-mail address with a code, and the setting that requires it for signing in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.products.dealroom.conftest import API

from colonnade.app.compose import open_services
from colonnade.kernel.core.settings import SettingsError
from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails
from colonnade.kernel.product import load_product_settings
from colonnade.products.dealroom.product import PRODUCT

MELATI = "melati@test.id"
STRANGERS = "gudang garam di tepi laut"


async def _log_in(room: Any) -> httpx.Response:
    return await room.visitor.post(f"{API}/auth/login", json={"email": MELATI, "password": room.password})


async def _code(room: Any) -> str:
    await room.work()
    mails = [mail for mail in await list_dev_mails(room.services.db) if MELATI in mail.recipient]
    return re.findall(r"\b\d{6}\b", (await fetch_dev_mail(room.services.db, mails[0].id)).text)[-1]


async def _is_verified(room: Any) -> bool:
    sql = "SELECT email_verified_at IS NOT NULL FROM accounts WHERE lower(email) = $1"
    return await room.services.db.fetch_value(sql, MELATI)


async def test_an_address_is_proved_by_the_code_in_a_mail(room: Any) -> None:
    asked = await room.visitor.post(f"{API}/auth/email/verification", json={"email": MELATI})
    assert (asked.status_code, asked.json()["status"]) == (200, "success")
    code = await _code(room)
    wrong = {"email": MELATI, "code": f"{(int(code) + 1) % 1_000_000:06}"}
    refused = await room.visitor.post(f"{API}/auth/email/verification/confirm", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (400, "CODE_INVALID")
    assert not await _is_verified(room)
    right = {"email": MELATI, "code": code}
    assert (await room.visitor.post(f"{API}/auth/email/verification/confirm", json=right)).status_code == 200
    assert await _is_verified(room)
    # Another address is another mailbox, and has to be proved anew.
    change = {"email": "melati.baru@test.id", "currentPassword": room.password}
    assert (await room.melati.patch(f"{API}/users/1", json=change)).status_code == 200
    verified = "SELECT email_verified_at FROM accounts WHERE id = 1"
    assert await room.services.db.fetch_value(verified) is None


async def _sign_up(room: Any) -> httpx.AsyncClient:
    """Sign up with melati's address, which she has left; return the new user's client."""
    await room.services.db.execute("UPDATE accounts SET email = 'other@test.id' WHERE id = 1")
    body = {"username": "wulan", "email": MELATI, "password": STRANGERS, "phoneNumber": "+62 857 9876 5432"}
    assert (await room.visitor.post(f"{API}/users", json=body)).status_code == 201
    login = await room.visitor.post(f"{API}/auth/login", json={"email": MELATI, "password": STRANGERS})
    client = await room.http()
    client.headers["Authorization"] = f"Bearer {login.json()['data']['token']}"
    await room.visitor.post(f"{API}/auth/email/verification", json={"email": MELATI})
    return client


async def test_nobody_verifies_the_account_that_a_stranger_opened_in_their_name(room: Any) -> None:
    await _sign_up(room)
    proof = {"email": MELATI, "code": await _code(room)}
    confirm = f"{API}/auth/email/verification/confirm"
    for password in ({}, {"password": "not-this-one"}):
        for client in (room.visitor, room.budi):
            refused = await client.post(confirm, json=proof | password)
            assert (refused.status_code, refused.json()["code"]) == (400, "WRONG_PASSWORD")
    assert not await _is_verified(room)
    # Whoever signed up reads the mail: no try is left over for a sixth.
    assert (await room.visitor.post(confirm, json=proof | {"password": STRANGERS})).status_code == 200
    assert await _is_verified(room)


async def test_the_session_of_who_signed_up_needs_no_password(room: Any) -> None:
    client = await _sign_up(room)
    proof = {"email": MELATI, "code": await _code(room)}
    assert (await client.post(f"{API}/auth/email/verification/confirm", json=proof)).status_code == 200
    assert await _is_verified(room)


async def test_an_unverified_address_may_sign_in_by_default(room: Any) -> None:
    assert not await _is_verified(room)
    assert (await _log_in(room)).status_code == 200


async def test_where_the_setting_says_so_nobody_signs_in_unverified(room: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(room.services.sessions, "verified_only", True)
    refused = await _log_in(room)
    assert (refused.status_code, refused.json()["code"]) == (403, "EMAIL_UNVERIFIED")
    sessions = "SELECT count(*) FROM account_sessions WHERE methods = '{password}'"
    assert await room.services.db.fetch_value(sessions) == 0
    assert await room.services.db.fetch_value("SELECT last_login_at FROM accounts WHERE id = 1") is None
    # Only who knows the password is told so.
    body = {"email": MELATI, "password": "not-this-one"}
    wrong = await room.visitor.post(f"{API}/auth/login", json=body)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
    await room.visitor.post(f"{API}/auth/email/verification", json={"email": MELATI})
    proof = {"email": MELATI, "code": await _code(room)}
    assert (await room.visitor.post(f"{API}/auth/email/verification/confirm", json=proof)).status_code == 200
    assert (await _log_in(room)).status_code == 200


@pytest.mark.parametrize(("value", "verified_only"), [("false", True), ("true", False), ("", False)])
def test_the_setting_is_read_from_the_environment(tmp_path: Path, value: str, verified_only: bool) -> None:
    environ = {"DEALROOM_UNVERIFIED_SIGN_IN": value, "COLONNADE_HOME": str(tmp_path), "APP_ENV": "test"}
    settings = load_product_settings(PRODUCT, Path("/nonexistent"), environ=environ)
    services = open_services(PRODUCT, settings, "postgresql://nobody@127.0.0.1:1/none")
    services.hasher.close()
    assert services.sessions.verified_only is verified_only
    with pytest.raises(SettingsError, match="UNVERIFIED_SIGN_IN"):
        load_product_settings(
            PRODUCT, Path("/nonexistent"), environ={**environ, "DEALROOM_UNVERIFIED_SIGN_IN": "perhaps"}
        )
