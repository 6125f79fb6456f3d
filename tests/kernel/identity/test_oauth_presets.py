"""Google, Facebook and TikTok as configured; the two that are not OpenID providers against local stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from tests.kernel.identity.test_oauth import identities, nothing_happened, refusal

from colonnade.kernel.core.settings import SettingsError, load_settings
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.oauth.providers import (
    Endpoints,
    Provider,
    facebook,
    google,
    open_providers,
    tiktok,
)
from colonnade.kernel.testing import LiveServer


class StandIn:
    """Returns the answer registered for a path, and records its requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str, str, str]] = []
        """Method, path with query, Authorization, body."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode()
        self.asked.append((scope["method"], scope["path"] + query, authorization, body.decode()))
        found = self.answers.get(scope["path"])
        headers = [(b"content-type", b"application/json")]
        await send(
            {"type": "http.response.start", "status": 404 if found is None else 200, "headers": headers}
        )
        await send({"type": "http.response.body", "body": msgspec.json.encode(found)})


@pytest.fixture
async def stand_in() -> AsyncIterator[tuple[StandIn, str]]:
    app = StandIn()
    async with LiveServer(app) as server:
        yield app, server.url


def moved(provider: Provider, url: str) -> Provider:
    """Return the provider with its addresses on this machine, and the same paths."""
    assert provider.endpoints is not None

    def here(address: str) -> str:
        parts = urlsplit(address)
        return f"{url}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    endpoints = Endpoints(*(here(one) for one in msgspec.structs.astuple(provider.endpoints)))
    return msgspec.structs.replace(provider, endpoints=endpoints, loopback=True)


async def sign_in(site, provider: Provider, **come_back: str) -> tuple[dict[str, str], Any]:
    """Sign in; return the provider's query in the browser, and the answer to the callback."""
    site.services.providers.clients = {provider.name: ProviderClient(provider, site.services.outbound)}
    try:
        begun = await site.client().get(f"/auth/oauth/{provider.name}/start")
        asked = {key: one[0] for key, one in parse_qs(urlsplit(begun.headers["location"]).query).items()}
        browser = site.client(Cookie=begun.headers["set-cookie"].partition(";")[0])
        answer = await browser.get(
            f"/auth/oauth/{provider.name}/callback",
            params={"state": asked["state"], "code": "c0de", **come_back},
        )
        return asked, answer
    finally:
        site.services.providers.clients = {}


async def test_facebook_says_who_and_an_owner_links(site, stand_in):
    app, url = stand_in
    app.answers["/v23.0/oauth/access_token"] = {"access_token": "at-1", "token_type": "bearer"}
    app.answers["/v23.0/me"] = {"id": "1017", "name": "Fay Book", "email": "member@club.example"}
    await site.db.execute("UPDATE accounts SET email_verified_at = now()")
    asked, answer = await sign_in(site, moved(facebook("app-id", "app-secret"), url))
    assert (asked["client_id"], asked["scope"], asked["code_challenge_method"]) == (
        "app-id",
        "public_profile email",
        "S256",
    )
    assert "nonce" not in asked
    # Facebook does not say whether the address is verified: never linked by address.
    assert refusal(answer) == (409, "LINK_REQUIRED")
    assert await nothing_happened(site)
    (method, path, _, body), profile = app.asked
    form = {key: one[0] for key, one in parse_qs(body).items()}
    assert (method, path) == ("POST", "/v23.0/oauth/access_token")
    assert set(form) == {"grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret"}
    assert form["redirect_uri"] == asked["redirect_uri"]
    assert profile == ("GET", "/v23.0/me?fields=id,name,email", "Bearer at-1", "")
    device = await site.sign_in("member")
    token = answer.json()["error"]["details"]["linkToken"]
    assert (await device.http.post("/auth/oauth/link", json={"linkToken": token})).status_code == 201
    assert await identities(site) == [(1, "facebook", "1017")]
    _, again = await sign_in(site, moved(facebook("app-id", "app-secret"), url))
    assert again.json()["data"]["user"]["id"] == 1


async def test_tiktok_has_names_of_its_own(site, stand_in):
    app, url = stand_in
    app.answers["/v2/oauth/token/"] = {"access_token": "at-2", "open_id": "o-1", "scope": "user.info.basic"}
    app.answers["/v2/user/info/"] = {
        "data": {"user": {"open_id": "o-1", "display_name": "Tia"}},
        "error": {"code": "ok"},
    }
    asked, answer = await sign_in(site, moved(tiktok("ck", "cs"), url))
    assert set(asked) == {"client_key", "response_type", "redirect_uri", "scope", "state"}
    assert (asked["client_key"], asked["scope"]) == ("ck", "user.info.basic")
    assert refusal(answer) == (409, "LINK_REQUIRED")
    assert answer.json()["error"]["details"]["email"] is None
    (_, path, _, body), profile = app.asked
    form = {key: one[0] for key, one in parse_qs(body).items()}
    assert path == "/v2/oauth/token/"
    assert (form["client_key"], form["client_secret"], form["code"]) == ("ck", "cs", "c0de")
    assert profile == ("GET", "/v2/user/info/?fields=open_id,display_name", "Bearer at-2", "")


@pytest.mark.parametrize(
    ("token", "profile", "expected"),
    [
        (None, None, (502, "OAUTH_PROVIDER_FAILED")),
        ({"error": "invalid_grant"}, None, (400, "OAUTH_REFUSED")),
        ({"access_token": 5}, None, (400, "OAUTH_REFUSED")),
        ({"access_token": "a"}, None, (400, "OAUTH_REFUSED")),
        ({"access_token": "a"}, {}, (400, "OAUTH_REFUSED")),
        ({"access_token": "a"}, {"data": {"user": {}}}, (400, "OAUTH_REFUSED")),
        ({"access_token": "a"}, {"data": []}, (400, "OAUTH_REFUSED")),
        ({"access_token": "a"}, ["data"], (502, "OAUTH_PROVIDER_FAILED")),
    ],
)
async def test_an_answer_without_a_profile_opens_nothing(site, stand_in, token, profile, expected):
    app, url = stand_in
    app.answers |= {"/v2/oauth/token/": token, "/v2/user/info/": profile}
    _, answer = await sign_in(site, moved(tiktok("ck", "cs"), url))
    assert refusal(answer) == expected
    assert await nothing_happened(site)


def test_google_is_plain_openid_connect():
    described = google("id", "secret", app_client_ids=("android", "ios"))
    assert described.issuers == ("https://accounts.google.com", "accounts.google.com")
    assert described.audiences == ("id", "android", "ios")
    assert (described.takes_id_tokens, described.pkce, described.loopback) == (True, True, False)


def load(**environ: str) -> Any:
    return load_settings("club", Path("/nonexistent"), environ=environ)


def test_a_provider_is_on_when_its_id_is_set(tmp_path):
    home = str(tmp_path)
    assert open_providers(load(COLONNADE_HOME=home)) == {}
    found = open_providers(
        load(
            COLONNADE_HOME=home,
            GOOGLE_CLIENT_ID="g",
            GOOGLE_APP_CLIENT_IDS="g-android, g-ios",
            FACEBOOK_CLIENT_ID="f",
            TIKTOK_CLIENT_ID="t",
            OIDC_ISSUER="https://login.example.org/realms/staff/",
            OIDC_CLIENT_ID="o",
            OIDC_TITLE="Staff login",
        )
    )
    assert list(found) == ["google", "facebook", "tiktok", "oidc"]
    assert found["google"].audiences == ("g", "g-android", "g-ios")
    assert found["oidc"].issuers == (
        "https://login.example.org/realms/staff",
        "https://login.example.org/realms/staff/",
    )
    assert found["oidc"].title == "Staff login"


@pytest.mark.parametrize(
    "environ",
    [
        {"OIDC_ISSUER": "https://login.example.org"},
        {"OIDC_ISSUER": "http://login.example.org", "OIDC_CLIENT_ID": "o"},
        {"OIDC_ISSUER": "https://user:pass@login.example.org", "OIDC_CLIENT_ID": "o"},
        {"OIDC_ISSUER": "ftp://login.example.org", "OIDC_CLIENT_ID": "o"},
    ],
)
def test_an_issuer_that_cannot_be_used_is_named(tmp_path, environ):
    with pytest.raises(SettingsError, match="OIDC_"):
        open_providers(load(COLONNADE_HOME=str(tmp_path), **environ))


def test_an_issuer_on_this_machine_is_for_development(tmp_path):
    local = {"OIDC_ISSUER": "http://localhost:9000", "OIDC_CLIENT_ID": "o", "COLONNADE_HOME": str(tmp_path)}
    assert open_providers(load(**local))["oidc"].loopback is True
    production = load(**local).model_copy(update={"app_env": "production"})
    with pytest.raises(SettingsError, match="OIDC_ISSUER: localhost must be called with https"):
        open_providers(production)
