"""Signing in with a provider in a browser, against oidc-provider-mock: the flow, and every way to misuse it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.kernel.identity.browser import CHALLENGE, Browser, sign_in_elsewhere
from tests.kernel.identity.conftest import ORIGIN
from tests.kernel.identity.provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider
from tests.kernel.identity.test_mfa import code_at, set_up, still_clock

from colonnade.kernel.identity.oauth import client as client_module
from colonnade.kernel.identity.oauth import flow
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.oauth.providers import generic
from colonnade.kernel.testing import until_waiting

__all__ = ["still_clock"]


@pytest.fixture(scope="module")
def provider_server() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture
async def provider(site, provider_server: Provider) -> AsyncIterator[Provider]:
    """Provide a provider that the club knows as `oidc`, not contacted yet."""
    provider_server.seen.clear()
    provider_server.tokens_asked.clear()
    provider_server.answer = lambda path: None
    described = generic(provider_server.url, CLIENT_ID, CLIENT_SECRET, title="The Provider", production=False)
    site.services.providers.clients = {"oidc": ProviderClient(described, site.services.outbound)}
    yield provider_server
    site.services.providers.clients = {}


async def sign_in(site, provider, sub: str, **parameters: str) -> httpx.Response:
    """Sign `sub` in from start to end in a new browser."""
    return await sign_in_elsewhere(site.url, provider, sub, **parameters)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def people(site) -> list[str]:
    return [row["email"] for row in await site.db.fetch("SELECT email FROM accounts ORDER BY id")]


async def identities(site) -> list[tuple[int, str, str]]:
    rows = await site.db.fetch("SELECT account_id, provider, subject FROM account_identities ORDER BY id")
    return [tuple(row) for row in rows]


async def nothing_happened(site) -> bool:
    sessions = await site.db.fetch_value("SELECT count(*) FROM account_sessions")
    return sessions == 0 and await identities(site) == [] and len(await people(site)) == 3


async def test_the_provider_is_listed(site, provider):
    answer = await site.client().get("/auth/oauth/providers")
    assert answer.json()["data"] == [{"name": "oidc", "title": "The Provider", "takesIdTokens": True}]
    assert refusal(await site.client().get("/auth/oauth/google/start")) == (404, "UNKNOWN_PROVIDER")


async def test_the_browser_is_sent_with_pkce_state_nonce_and_the_exact_address(site, provider):
    browser = Browser(site.url, provider)
    answer = await browser.start()
    parts = urlsplit(browser.location)
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{provider.url}/oauth2/authorize"
    assert set(asked) == {
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert asked["redirect_uri"] == f"{site.url}/auth/oauth/oidc/callback"
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == (
        CLIENT_ID,
        "code",
        "openid email profile",
    )
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-club-oauth-")
    assert cookie.endswith("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax")
    assert not any(asked[name] in cookie for name in ("state", "nonce"))
    second = Browser(site.url, provider)
    await second.start()
    assert second.cookie.partition("=")[0] != browser.cookie.partition("=")[0]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_stranger_with_a_verified_address_gets_an_account(site, provider):
    provider.user("sub-1", email="New@Example.org", email_verified=True, name="Nina New")
    answer = await sign_in(site, provider, "sub-1")
    assert answer.status_code == 200, answer.text
    login = answer.json()["data"]
    assert login["user"] == {"id": 4, "name": "Nina New", "email": "New@Example.org", "role": "member"}
    row = await site.db.fetch_row("SELECT password_hash, email_verified_at FROM accounts WHERE id = 4")
    assert row["password_hash"] is None
    assert row["email_verified_at"] is not None
    assert await identities(site) == [(4, "oidc", "sub-1")]
    assert await site.db.fetch_value("SELECT methods FROM account_sessions") == ["oidc"]
    me = await site.client(Authorization=f"Bearer {login['accessToken']}").get("/me")
    assert me.json()["data"] == {"id": 4, "role": "member", "permissions": ["notes:read"]}
    # Discovery and keys once; the code with Basic credentials, form-encoded (RFC 6749, 2.3.1).
    assert sorted(provider.seen) == ["/.well-known/openid-configuration", "/jwks", "/oauth2/token"]
    pair = base64.b64decode(provider.tokens_asked[0]["authorization"][0].removeprefix("Basic "))
    assert pair == b"club-web:club%3Asecret%2F%2B%C3%BC"
    assert "client_secret" not in provider.tokens_asked[0]
    # Again, with another address there: the subject counts, not the address.
    provider.user("sub-1", email="renamed@example.org", email_verified=False)
    again = await sign_in(site, provider, "sub-1")
    assert again.json()["data"]["user"]["id"] == 4
    assert len(await people(site)) == 4
    assert provider.seen.count("/jwks") == 1


async def test_an_address_verified_there_and_here_links(site, provider):
    await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    provider.user("sub-2", email="MEMBER@club.example", email_verified=True)
    answer = await sign_in(site, provider, "sub-2")
    assert answer.json()["data"]["user"]["id"] == 1
    assert await identities(site) == [(1, "oidc", "sub-2")]
    assert len(await people(site)) == 3


@pytest.mark.parametrize(
    ("claims", "verified_here"),
    [
        ({"email": "member@club.example", "email_verified": False}, True),
        ({"email": "member@club.example"}, True),
        ({"email": "member@club.example", "email_verified": "yes"}, True),
        ({"email": "member@club.example", "email_verified": 1}, True),
        ({"email": "member@club.example", "email_verified": True}, False),
        ({"email": "nobody@example.org", "email_verified": False}, True),
        ({"email_verified": True}, True),
        ({"email": "not an address", "email_verified": True}, True),
    ],
)
async def test_anything_less_is_409_and_can_be_linked_by_the_owner(site, provider, claims, verified_here):
    if verified_here:
        await site.db.execute("UPDATE accounts SET email_verified_at = now()")
    provider.user("sub-3", **claims)
    answer = await sign_in(site, provider, "sub-3")
    assert refusal(answer) == (409, "LINK_REQUIRED")
    assert await nothing_happened(site)
    offer = answer.json()["error"]["details"]
    assert (offer["linkRequired"], offer["provider"], offer["expiresIn"]) == (True, "oidc", 900)
    device = await site.sign_in("member")
    linked = await device.http.post("/auth/oauth/link", json={"linkToken": offer["linkToken"]})
    assert linked.status_code == 201, linked.text
    assert await identities(site) == [(1, "oidc", "sub-3")]
    assert (await sign_in(site, provider, "sub-3")).json()["data"]["user"]["id"] == 1


async def test_linking_verifies_the_address_that_the_account_has_at_that_moment(site, provider):
    provider.user("sub-9", email="member@club.example", email_verified=True)
    offer = (await sign_in(site, provider, "sub-9")).json()["error"]["details"]
    device = await site.sign_in("member")
    caller = await site.services.authenticator.authenticate(device.access_token)
    # While the request was under way, its sender changed the address to somebody else's.
    await site.db.execute("UPDATE accounts SET email = 'victim@club.example' WHERE id = 1")
    async with site.db.transaction(caller) as tx:
        await site.services.identities.link(tx, caller, offer["linkToken"], None)
    assert await identities(site) == [(1, "oidc", "sub-9")]
    verified = "SELECT email_verified_at IS NOT NULL FROM accounts WHERE id = 1"
    assert await site.db.fetch_value(verified) is False
    await site.db.execute("UPDATE accounts SET email = 'Member@club.example' WHERE id = 1")
    await site.db.execute("DELETE FROM account_identities")
    offer = (await sign_in(site, provider, "sub-9")).json()["error"]["details"]
    linked = await device.http.post("/auth/oauth/link", json={"linkToken": offer["linkToken"]})
    assert linked.status_code == 201
    assert await site.db.fetch_value(verified) is True


async def test_a_link_that_was_removed_meanwhile_opens_nothing(site, provider):
    """A stranger's sign-in that waits behind the owner's reset finds the account closed."""
    provider.user("sub-8", email="stranger@example.org", email_verified=False)
    await site.db.execute(
        "INSERT INTO account_identities (account_id, provider, subject) VALUES (1, 'oidc', 'sub-8')"
    )
    assert (await sign_in(site, provider, "sub-8")).json()["data"]["user"]["id"] == 1
    await site.db.execute("TRUNCATE account_sessions CASCADE")
    async with site.db.transaction() as reset:
        await reset.execute("UPDATE accounts SET updated_at = now() WHERE id = 1")
        task = asyncio.create_task(sign_in(site, provider, "sub-8"))
        await until_waiting(site.db, task)
        await reset.execute("DELETE FROM account_identities")
    assert refusal(await task) == (409, "LINK_REQUIRED")
    assert await nothing_happened(site)


async def test_an_offer_to_link_is_good_once_for_one_fresh_session(site, provider):
    provider.user("sub-4", email="x@example.org")
    offer = (await sign_in(site, provider, "sub-4")).json()["error"]["details"]
    body = {"linkToken": offer["linkToken"]}
    assert (await site.client().post("/auth/oauth/link", json=body)).status_code == 401
    member, manager = await site.sign_in("member"), await site.sign_in("manager")
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    assert refusal(await member.http.post("/auth/oauth/link", json=body)) == (403, "STEP_UP_REQUIRED")
    await site.db.execute("UPDATE account_sessions SET created_at = now()")
    other = {"linkToken": member.access_token}
    assert refusal(await member.http.post("/auth/oauth/link", json=other)) == (400, "LINK_TOKEN_INVALID")
    answers = await asyncio.gather(
        *(device.http.post("/auth/oauth/link", json=body) for device in (member, manager, member, manager))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await identities(site)) == 1
    # Another offer for the same account elsewhere.
    winner = (await identities(site))[0][0]
    browser = Browser(site.url, provider)
    await browser.start(intent="link")
    await browser.approve("sub-4")
    offer = (await browser.come_back()).json()["data"]
    loser = manager if winner == 1 else member
    taken = await loser.http.post("/auth/oauth/link", json={"linkToken": offer["linkToken"]})
    assert refusal(taken) == (409, "IDENTITY_TAKEN")


async def test_who_has_a_second_factor_is_asked_for_it_here_too(site, provider):
    secret, _ = await set_up(await site.sign_in("member"))
    await site.db.execute("UPDATE accounts SET email_verified_at = now() WHERE id = 1")
    provider.user("sub-5", email="member@club.example", email_verified=True)
    step = (await sign_in(site, provider, "sub-5")).json()["data"]
    assert step["mfaRequired"] is True
    answer = await site.client().post(
        "/auth/mfa/verify", json={"mfaToken": step["mfaToken"], "code": code_at(secret)}
    )
    assert answer.status_code == 200
    methods = await site.db.fetch_value(
        "SELECT methods FROM account_sessions ORDER BY created_at DESC LIMIT 1"
    )
    assert methods == ["oidc", "totp"]


async def test_a_deactivated_account_is_not_opened(site, provider):
    await site.db.execute("UPDATE accounts SET email_verified_at = now(), is_active = false WHERE id = 1")
    provider.user("sub-6", email="member@club.example", email_verified=True)
    assert refusal(await sign_in(site, provider, "sub-6")) == (401, "INVALID_CREDENTIALS")
    assert await nothing_happened(site)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID], "azp": "another-client"},
        {"iss": "https://evil.example"},
        {"iss": "http://localhost"},
        {"nonce": "another-nonce"},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"iat": 1_000_000_000},
        {"iat": 9_999_999_999, "exp": 9_999_999_999},
        {"nbf": 9_999_999_999},
    ],
)
async def test_a_token_that_is_not_for_us_is_refused(site, provider, claims):
    provider.user("sub-7", email="n@example.org", email_verified=True, **claims)
    assert refusal(await sign_in(site, provider, "sub-7")) == (400, "OAUTH_REFUSED")
    assert await nothing_happened(site)


async def test_a_state_is_good_once_and_for_one_browser(site, provider):
    provider.user("sub-8", email="n@example.org", email_verified=True)
    browser = Browser(site.url, provider)
    await browser.start()
    await browser.approve("sub-8")
    cookie, browser.cookie = browser.cookie, ""
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    other = Browser(site.url, provider)
    await other.start()
    browser.cookie = other.cookie
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    # The other's content under this one's name.
    browser.cookie = f"{cookie.partition('=')[0]}={other.cookie.partition('=')[2]}"
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    browser.cookie = cookie
    for state in ("", "x" * 43, "x" * 500):
        assert refusal(await browser.come_back(state=state)) == (400, "OAUTH_STATE_INVALID")
    browser.cookie = f"{cookie}; {cookie}"
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    browser.cookie = cookie[:-4] + "AAAA"
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    assert await nothing_happened(site)
    assert provider.tokens_asked == []
    browser.cookie = cookie
    done = await browser.come_back()
    assert done.status_code == 200
    assert done.headers["set-cookie"].startswith(f"{cookie.partition('=')[0]}=; Path=/; Max-Age=0")
    # Replayed state, and replayed state with a fresh code.
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    await browser.approve("sub-8")
    assert refusal(await browser.come_back()) == (400, "OAUTH_STATE_INVALID")
    assert len(provider.tokens_asked) == 1
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 1


async def test_a_replayed_or_stolen_code_is_refused(site, provider):
    provider.user("sub-9", email="n@example.org", email_verified=True)
    first, second = Browser(site.url, provider), Browser(site.url, provider)
    for browser in (first, second):
        await browser.start()
        await browser.approve("sub-9")
    # A code that was made for another sign-in: the verifier does not fit (PKCE).
    stolen = await second.come_back(code=first.query["code"])
    assert refusal(stolen) == (400, "OAUTH_REFUSED")
    assert (await first.come_back()).status_code == 200
    third = Browser(site.url, provider)
    await third.start()
    replayed = await third.come_back(code=first.query["code"], state=_state_of(third))
    assert refusal(replayed) == (400, "OAUTH_REFUSED")
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 1


def _state_of(browser: Browser) -> str:
    return parse_qs(urlsplit(browser.location).query)["state"][0]


async def test_of_ten_parallel_callbacks_one_wins(site, provider):
    provider.user("sub-10", email="n@example.org", email_verified=True)
    browser = Browser(site.url, provider)
    await browser.start()
    await browser.approve("sub-10")
    answers = await asyncio.gather(*(browser.come_back() for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert {refusal(answer) for answer in answers if answer.status_code != 200} == {
        (400, "OAUTH_STATE_INVALID")
    }
    assert len(provider.tokens_asked) == 1
    assert len(await people(site)) == 4
    assert len(await identities(site)) == 1
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 1


async def test_ten_browsers_of_one_stranger_make_one_account(site, provider):
    provider.user("sub-11", email="n@example.org", email_verified=True)
    browsers = [Browser(site.url, provider) for _ in range(10)]
    for browser in browsers:
        await browser.start()
        await browser.approve("sub-11")
    answers = await asyncio.gather(*(browser.come_back() for browser in browsers))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["data"]["user"]["id"] for answer in answers} == {4}
    assert len(await identities(site)) == 1


async def test_a_state_ends_after_ten_minutes(site, provider, monkeypatch):
    provider.user("sub-12", email="n@example.org", email_verified=True)
    monkeypatch.setattr(flow, "STATE_TTL", timedelta(seconds=-10))
    assert refusal(await sign_in(site, provider, "sub-12")) == (400, "OAUTH_STATE_INVALID")
    assert provider.tokens_asked == []


async def test_what_the_provider_may_say_instead_of_a_code(site, provider):
    for query, expected in (
        ({"error": "access_denied"}, (400, "OAUTH_DENIED")),
        ({"error": "server_error"}, (400, "OAUTH_REFUSED")),
        ({"error": "access_denied", "code": "x"}, (400, "OAUTH_DENIED")),
        ({}, (400, "OAUTH_REFUSED")),
        ({"code": "x", "iss": "https://evil.example"}, (400, "OAUTH_REFUSED")),
    ):
        browser = Browser(site.url, provider)
        await browser.start()
        assert refusal(await browser.come_back(state=_state_of(browser), **query)) == expected
    assert provider.tokens_asked == []
    assert await nothing_happened(site)


async def test_a_rotated_key_is_fetched_and_an_unknown_one_does_not_make_us_ask_again_and_again(
    site, provider, monkeypatch
):
    provider.user("sub-13", email="n@example.org", email_verified=True)
    assert (await sign_in(site, provider, "sub-13")).status_code == 200
    provider.rotate()
    # Keys fetched a moment ago are not fetched again: strangers can name keys, too.
    assert refusal(await sign_in(site, provider, "sub-13")) == (400, "OAUTH_REFUSED")
    assert provider.seen.count("/jwks") == 1
    monkeypatch.setattr(client_module, "MIN_REFETCH_SECONDS", 0.0)
    browsers = [Browser(site.url, provider) for _ in range(5)]
    for browser in browsers:
        await browser.start()
        await browser.approve("sub-13")
    answers = await asyncio.gather(*(browser.come_back() for browser in browsers))
    assert {answer.status_code for answer in answers} == {200}
    assert 2 <= provider.seen.count("/jwks") <= 6
    assert provider.seen.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("/.well-known/openid-configuration", ("500 NO", b""), (502, "OAUTH_PROVIDER_FAILED")),
        ("/.well-known/openid-configuration", ("404 NO", b"{}"), (502, "OAUTH_PROVIDER_FAILED")),
        ("/.well-known/openid-configuration", ("200 OK", b"not json"), (502, "OAUTH_PROVIDER_FAILED")),
        ("/.well-known/openid-configuration", ("200 OK", b"[]"), (502, "OAUTH_PROVIDER_FAILED")),
        (
            "/.well-known/openid-configuration",
            ("200 OK", b'{"issuer": "https://evil.example"}'),
            (502, "OAUTH_PROVIDER_FAILED"),
        ),
        ("/.well-known/openid-configuration", ("302 FOUND", b""), (502, "OAUTH_PROVIDER_FAILED")),
        ("/.well-known/openid-configuration", ("200 OK", b" " * 1_100_000), (502, "OAUTH_PROVIDER_FAILED")),
    ],
)
async def test_a_provider_that_answers_nonsense_is_502(site, provider, path, answer, expected):
    provider.answer = lambda asked: answer if asked == path else None
    assert refusal(await Browser(site.url, provider).start()) == expected
    # A server's failure is asked for three times, anything else once.
    assert provider.seen == [path] * (3 if answer[0].startswith("5") else 1)
    provider.answer = lambda asked: None
    assert (await Browser(site.url, provider).start()).status_code == 303


async def test_a_discovery_document_cannot_send_us_into_our_own_network(site, provider):
    document = {
        "issuer": provider.url,
        "authorization_endpoint": f"{provider.url}/oauth2/authorize",
        "token_endpoint": "http://10.0.0.1/token",
        "jwks_uri": f"{provider.url}/jwks",
    }
    for url in (
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "gopher://localhost/",
    ):
        body = httpx.Response(200, json={**document, "token_endpoint": url}).content
        provider.answer = lambda asked, body=body: ("200 OK", body) if "openid" in asked else None
        assert refusal(await Browser(site.url, provider).start()) == (502, "OAUTH_PROVIDER_FAILED")


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        ("/oauth2/token", ("500 NO", b""), (502, "OAUTH_PROVIDER_FAILED")),
        ("/oauth2/token", ("200 OK", b"{}"), (400, "OAUTH_REFUSED")),
        ("/oauth2/token", ("200 OK", b'{"id_token": 5}'), (400, "OAUTH_REFUSED")),
        ("/oauth2/token", ("200 OK", b'{"id_token": "a.b.c"}'), (400, "OAUTH_REFUSED")),
        ("/oauth2/token", ("401 NO", b'{"error": "invalid_client"}'), (400, "OAUTH_REFUSED")),
        ("/jwks", ("200 OK", b'{"keys": "none"}'), (400, "OAUTH_REFUSED")),
        ("/jwks", ("404 NO", b""), (502, "OAUTH_PROVIDER_FAILED")),
    ],
)
async def test_a_provider_that_fails_half_way_opens_nothing(site, provider, path, answer, expected):
    provider.user("sub-14", email="n@example.org", email_verified=True)
    browser = Browser(site.url, provider)
    await browser.start()
    await browser.approve("sub-14")
    provider.answer = lambda asked: answer if asked == path else None
    assert refusal(await browser.come_back()) == expected
    assert await nothing_happened(site)
    # A code is sent once, whatever comes of it.
    assert provider.seen.count("/oauth2/token") == 1


async def test_a_page_gets_a_code_in_the_fragment_and_exchanges_it_once(site, provider):
    provider.user("sub-15", email="n@example.org", email_verified=True)
    page = f"{ORIGIN}/welcome?from=login"
    answer = await sign_in(site, provider, "sub-15", returnTo=page, codeChallenge=CHALLENGE)
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith(f"{page}#login_code=v1.")
    assert "accessToken" not in answer.text
    assert await nothing_happened(site)
    browser = Browser(site.url, provider)
    wrong = await browser.exchange(location, verifier="b" * 43)
    assert refusal(wrong) == (400, "OAUTH_STATE_INVALID")
    answers = await asyncio.gather(*(browser.exchange(location) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [200, 400, 400, 400, 400]
    (login,) = [one.json()["data"] for one in answers if one.status_code == 200]
    assert login["user"]["email"] == "n@example.org"
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions") == 1


async def test_a_page_learns_of_a_failure_and_of_a_link_to_make(site, provider):
    browser = Browser(site.url, provider)
    await browser.start(returnTo=f"{ORIGIN}/x", codeChallenge=CHALLENGE)
    answer = await browser.come_back(state=_state_of(browser), error="access_denied")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ORIGIN}/x#error=OAUTH_DENIED")
    provider.user("sub-16", email="n@example.org")
    answer = await sign_in(site, provider, "sub-16", returnTo=f"{ORIGIN}/x", codeChallenge=CHALLENGE)
    assert refusal(await browser.exchange(answer.headers["location"])) == (409, "LINK_REQUIRED")
    # Good once, also when it came to nothing.
    assert refusal(await browser.exchange(answer.headers["location"])) == (400, "OAUTH_STATE_INVALID")
    answer = await sign_in(
        site, provider, "sub-16", returnTo=f"{ORIGIN}/x", codeChallenge=CHALLENGE, intent="link"
    )
    offer = (await browser.exchange(answer.headers["location"])).json()["data"]
    assert (offer["linkRequired"], offer["email"]) == (True, "n@example.org")


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        f"{ORIGIN}.evil.example/",
        f"{ORIGIN}@evil.example/",
        f"{ORIGIN}:8443/",
        "http://www.club.example/",
        "//www.club.example/",
        "/welcome",
        "javascript:alert(1)",
        f"{ORIGIN}/#fragment",
        f"{ORIGIN}\\@evil.example/",
        f"{ORIGIN}/ x",
        f"{ORIGIN}/\r\nSet-Cookie: a=b",
        "https://[",
    ],
)
async def test_one_comes_back_to_pages_of_this_site_only(site, provider, page):
    answer = await Browser(site.url, provider).start(returnTo=page, codeChallenge=CHALLENGE)
    assert refusal(answer) == (422, "VALIDATION_ERROR")
    assert answer.json()["error"]["details"] == {"returnTo": "Return to must be a page of this site"}
    assert "set-cookie" not in answer.headers


async def test_a_page_must_bring_a_challenge(site, provider):
    for parameters in ({"returnTo": ORIGIN}, {"returnTo": ORIGIN, "codeChallenge": "short"}):
        assert (await Browser(site.url, provider).start(**parameters)).status_code == 422


async def test_nobody_chooses_the_redirect_address_by_a_host_header(site, provider, monkeypatch):
    answer = await site.client(Host="evil.example").get("/auth/oauth/oidc/start")
    assert answer.status_code == 503
    monkeypatch.setattr(site.services.providers, "public_url", "https://api.club.example/")
    answer = await site.client(Host="evil.example").get("/auth/oauth/oidc/start")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://api.club.example/auth/oauth/oidc/callback"]


async def test_unlinking_leaves_a_way_in(site, provider):
    provider.user("sub-17", email="n@example.org", email_verified=True)
    login = (await sign_in(site, provider, "sub-17")).json()["data"]
    client = site.client(Authorization=f"Bearer {login['accessToken']}")
    (identity,) = (await client.get("/auth/identities")).json()["data"]
    assert (identity["provider"], identity["email"]) == ("oidc", "n@example.org")
    path = f"/auth/identities/{identity['id']}"
    assert refusal(await client.delete(path)) == (409, "LAST_SIGN_IN_METHOD")
    assert len(await identities(site)) == 1
    other = await site.sign_in("member")
    assert (await other.http.delete(path)).status_code == 404
    await site.db.execute("UPDATE accounts SET password_hash = $1 WHERE id = 4", site.password_hash)
    await site.db.execute("UPDATE account_sessions SET created_at = now() - interval '11 minutes'")
    assert refusal(await client.delete(path)) == (403, "STEP_UP_REQUIRED")
    await site.db.execute("UPDATE account_sessions SET verified_at = now()")
    assert (await client.delete(path)).status_code == 204
    assert await identities(site) == []


async def test_answers_from_providers_are_limited_by_address(site, provider):
    client = site.client()
    answers = [await client.get("/auth/oauth/oidc/callback") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [400] * 30 + [429]
