"""Staff sign in by OpenID Connect with an account that they linked; nobody gets an account here that way."""

from __future__ import annotations

import pytest
from tests.kernel.identity.browser import CHALLENGE, Browser, sign_in_elsewhere
from tests.kernel.identity.provider import CLIENT_ID, CLIENT_SECRET, run_provider

from colonnade.kernel.identity import ProviderClient
from colonnade.kernel.identity.oauth.providers import generic

EDITOR = "editor@test.id"


@pytest.fixture(scope="module")
def provider_server():
    with run_provider() as provider:
        yield provider


@pytest.fixture
def provider(radio, provider_server, monkeypatch):
    described = generic(provider_server.url, CLIENT_ID, CLIENT_SECRET, title="Gereja", production=False)
    clients = {"oidc": ProviderClient(described, radio.services.outbound)}
    monkeypatch.setattr(radio.services.providers, "clients", clients)
    return provider_server


async def _holdings(radio):
    db = radio.services.db
    rows = await db.fetch("SELECT account_id, provider, subject FROM account_identities ORDER BY id")
    people = await db.fetch_value("SELECT count(*) FROM accounts")
    sessions = await db.fetch_value("SELECT count(*) FROM account_sessions WHERE methods = '{oidc}'")
    return [tuple(row) for row in rows], people, sessions


async def test_an_unknown_person_is_refused_and_gets_no_account(radio, provider):
    provider.user("stranger", email="stranger@example.org", email_verified=True, name="Some Body")
    answer = await sign_in_elsewhere(radio.url, provider, "stranger")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SIGN_UP_CLOSED")
    assert await _holdings(radio) == ([], 3, 0)


async def test_staff_link_an_account_elsewhere_and_sign_in_with_it(radio, provider):
    provider.user("rina", email="rina@gereja.example", email_verified=True)
    editor = await radio.http("editor")
    browser = Browser(radio.url, provider)
    page = {"returnTo": "http://localhost:3000/staff", "codeChallenge": CHALLENGE, "intent": "link"}
    assert (await browser.start(**page)).status_code == 303
    await browser.approve("rina")
    returned = await browser.come_back()
    assert returned.status_code == 303
    offer = (await browser.exchange(returned.headers["location"])).json()["data"]
    assert (offer["linkRequired"], offer["provider"]) == (True, "oidc")
    linked = await editor.post("/auth/oauth/link", json={"linkToken": offer["linkToken"]})
    assert (linked.status_code, linked.json()["data"]["email"]) == (201, "rina@gereja.example")

    login = await sign_in_elsewhere(radio.url, provider, "rina")
    assert login.status_code == 200
    assert login.json()["data"]["user"]["email"] == EDITOR
    assert await _holdings(radio) == ([(2, "oidc", "rina")], 3, 1)


async def test_an_address_proves_nothing_until_the_station_has_verified_it(radio, provider):
    provider.user("rina-2", email=EDITOR, email_verified=True)
    refused = await sign_in_elsewhere(radio.url, provider, "rina-2")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LINK_REQUIRED")
    assert await _holdings(radio) == ([], 3, 0)
    # As a reset of the password by mail does.
    await radio.services.db.execute("UPDATE accounts SET email_verified_at = now() WHERE email = $1", EDITOR)
    login = await sign_in_elsewhere(radio.url, provider, "rina-2")
    assert (login.status_code, login.json()["data"]["user"]["id"]) == (200, 2)


async def test_who_was_deactivated_stays_out(radio, provider):
    provider.user("rina-3", email=EDITOR, email_verified=True)
    await radio.services.db.execute("UPDATE accounts SET email_verified_at = now() WHERE email = $1", EDITOR)
    assert (await sign_in_elsewhere(radio.url, provider, "rina-3")).status_code == 200
    admin = await radio.http("admin")
    assert (await admin.patch("/staff/2", json={"is_active": False})).status_code == 200
    refused = await sign_in_elsewhere(radio.url, provider, "rina-3")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "INVALID_CREDENTIALS")
