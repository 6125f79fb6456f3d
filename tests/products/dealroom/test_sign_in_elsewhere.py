"""Signing in and up with an OpenID provider, beside accounts with a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.kernel.identity.browser import sign_in_elsewhere
from tests.kernel.identity.provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider
from tests.products.dealroom.conftest import API

from colonnade.kernel.identity import ProviderClient
from colonnade.kernel.identity.oauth.providers import generic

AUTH = f"{API}/auth"


@pytest.fixture(scope="module")
def provider_server() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture
def provider(room: Any, provider_server: Provider, monkeypatch: Any) -> Provider:
    described = generic(provider_server.url, CLIENT_ID, CLIENT_SECRET, title="Toko", production=False)
    clients = {"oidc": ProviderClient(described, room.services.outbound)}
    monkeypatch.setattr(room.services.providers, "clients", clients)
    return provider_server


async def test_a_new_person_becomes_a_user_with_a_verified_address(room: Any, provider: Provider) -> None:
    provider.user("wulan", email="wulan@example.org", email_verified=True, name="Wulan Sari")
    login = await sign_in_elsewhere(room.url, provider, "wulan", AUTH)
    assert login.status_code == 200
    assert set(login.json()["data"]) == {
        "user", "token", "expiresIn", "refreshExpiresIn", "refreshToken"
    }  # fmt: skip
    room.visitor.headers["Authorization"] = f"Bearer {login.json()['data']['token']}"
    me = (await room.visitor.get(f"{API}/users/me")).json()["data"]
    assert (me["id"], me["username"], me["email"], me["phoneNumber"], me["role"]) == (
        4, "Wulan Sari", "wulan@example.org", None, "user"
    )  # fmt: skip
    assert await room.services.db.fetch_value(
        "SELECT email_verified_at IS NOT NULL FROM accounts WHERE id = 4"
    )
    # It has all that a user has, and adds a number and a name of its own later.
    session = await room.visitor.post(f"{API}/sessions", json={})
    assert session.status_code == 201
    change = {"username": "wulan", "phoneNumber": "+62 857 9876 5432"}
    changed = (await room.visitor.patch(f"{API}/users/4", json=change)).json()["data"]
    assert (changed["username"], changed["phoneNumber"]) == ("wulan", "+6285798765432")
    again = await sign_in_elsewhere(room.url, provider, "wulan", AUTH)
    assert again.json()["data"]["user"]["id"] == 4


async def test_an_address_that_nobody_verified_is_not_taken_over(room: Any, provider: Provider) -> None:
    provider.user("melati", email="melati@test.id", email_verified=True)
    refused = await sign_in_elsewhere(room.url, provider, "melati", AUTH)
    assert (refused.status_code, refused.json()["code"]) == (409, "LINK_REQUIRED")
    provider.user("nobody", email="new@example.org", email_verified=False)
    refused = await sign_in_elsewhere(room.url, provider, "nobody", AUTH)
    assert (refused.status_code, refused.json()["code"]) == (409, "LINK_REQUIRED")
    assert await room.services.db.fetch_value("SELECT count(*) FROM accounts") == 3
    assert await room.services.db.fetch_value("SELECT count(*) FROM account_identities") == 0


async def test_a_linked_account_is_in_the_export_and_can_be_unlinked(room: Any, provider: Provider) -> None:
    await room.services.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    provider.user("melati", email="melati@test.id", email_verified=True)
    login = await sign_in_elsewhere(room.url, provider, "melati", AUTH)
    assert login.json()["data"]["user"]["id"] == 1
    (identity,) = (await room.melati.get(f"{AUTH}/identities")).json()["data"]
    assert (identity["provider"], identity["email"]) == ("oidc", "melati@test.id")
    await room.melati.post(f"{API}/account/exports")
    await room.work()
    (export,) = (await room.melati.get(f"{API}/account/exports")).json()["data"]
    url = (await room.melati.get(f"{API}/account/exports/{export['id']}")).json()["data"]["url"]
    held = (await room.visitor.get(url)).json()["data"]
    assert [(one["provider"], one["subject"]) for one in held["identities"]] == [("oidc", "melati")]
    assert (await room.budi.delete(f"{AUTH}/identities/{identity['id']}")).status_code == 404
    assert (await room.melati.delete(f"{AUTH}/identities/{identity['id']}")).status_code == 204
    assert (await room.melati.get(f"{AUTH}/identities")).json()["data"] == []


async def test_with_the_setting_a_provider_opens_no_unverified_account(
    room: Any, provider: Provider, monkeypatch: Any
) -> None:
    await room.services.db.execute(
        "INSERT INTO account_identities (account_id, provider, subject) VALUES (1, 'oidc', 'melati-2')"
    )
    monkeypatch.setattr(room.services.sessions, "verified_only", True)
    provider.user("melati-2", email="other@example.org", email_verified=True)
    refused = await sign_in_elsewhere(room.url, provider, "melati-2", AUTH)
    assert (refused.status_code, refused.json()["code"]) == (403, "EMAIL_UNVERIFIED")
