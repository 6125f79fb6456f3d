"""Signing in with a provider from a mobile app: its ID token for our nonce, and every way to forge one."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.kernel.identity.provider import CLIENT_ID, CLIENT_SECRET, Provider, run_provider
from tests.kernel.identity.test_mfa import code_at, set_up, still_clock
from tests.kernel.identity.test_oauth import identities, nothing_happened, refusal

from colonnade.kernel.identity.oauth import flow
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.oauth.id_tokens import profile_of
from colonnade.kernel.identity.oauth.providers import generic, tiktok
from colonnade.kernel.identity.oauth.schemas import OAuthRefused

__all__ = ["still_clock"]


@pytest.fixture(scope="module")
def provider_server() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture
async def provider(site, provider_server: Provider) -> AsyncIterator[Provider]:
    """Provide the provider, which the club knows as `oidc`; the club's app is `club-app` there."""
    provider_server.seen.clear()
    described = generic(provider_server.url, CLIENT_ID, CLIENT_SECRET, title="P", production=False)
    described = msgspec.structs.replace(described, app_client_ids=("club-app",))
    site.services.providers.clients = {"oidc": ProviderClient(described, site.services.outbound)}
    yield provider_server
    site.services.providers.clients = {}


async def nonce_of(site) -> dict[str, str]:
    answer = await site.client().post("/auth/oauth/oidc/nonce")
    assert answer.status_code == 200
    return answer.json()["data"]


async def post(site, id_token: str, nonce_token: str) -> httpx.Response:
    return await site.client().post(
        "/auth/oauth/oidc/id-token", json={"idToken": id_token, "nonceToken": nonce_token}
    )


async def test_an_app_signs_in_with_its_own_or_the_site_s_audience(site, provider):
    for audience in ("club-app", CLIENT_ID, ["club-app"]):
        nonce = await nonce_of(site)
        assert (len(nonce["nonce"]), nonce["expiresIn"]) == (43, 600)
        token = provider.id_token({"aud": audience, "nonce": nonce["nonce"]})
        answer = await post(site, token, nonce["nonceToken"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["user"] == {
            "id": 4,
            "name": "Mona Mobile",
            "email": "mona@example.org",
            "role": "member",
        }
    assert await identities(site) == [(4, "oidc", "mona")]
    # Both at once, where the token says that it was issued to the app (Google's Android sign-in).
    nonce = await nonce_of(site)
    token = provider.id_token({"aud": [CLIENT_ID, "club-app"], "azp": "club-app", "nonce": nonce["nonce"]})
    assert (await post(site, token, nonce["nonceToken"])).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"aud": ["club-app", "another-app"]},
        {"aud": []},
        {"aud": None},
        {"azp": "another-app"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["x"]},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 1_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
    ],
)
async def test_claims_that_are_not_right_are_refused(site, provider, claims):
    nonce = await nonce_of(site)
    token = provider.id_token({"nonce": nonce["nonce"], **claims})
    assert refusal(await post(site, token, nonce["nonceToken"])) == (400, "OAUTH_REFUSED")
    assert await nothing_happened(site)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsigned(token: str) -> str:
    return f"{_base64url(json.dumps({'alg': 'none', 'typ': 'JWT'}).encode())}.{token.split('.')[1]}."


def _signed_with_secret(token: str, secret: bytes) -> str:
    """Sign by hand, because PyJWT refuses to sign with a public key."""
    header = {**jwt.get_unverified_header(token), "alg": "HS256"}
    text = f"{_base64url(json.dumps(header).encode())}.{token.split('.')[1]}"
    return f"{text}.{_base64url(hmac.digest(secret, text.encode(), 'sha256'))}"


async def test_signatures_that_are_not_the_provider_s_are_refused(site, provider):
    nonce = await nonce_of(site)
    claims = {"nonce": nonce["nonce"]}
    good = provider.id_token(claims)
    foreign = rsa.generate_private_key(65537, 2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    public = (
        serialization.load_pem_private_key(provider.pem(), None)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    own_jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(foreign.public_key()))
    forged = [
        provider.id_token(claims, key=foreign),
        provider.id_token(claims, key=foreign, kid=None),
        provider.id_token(claims, key=foreign, kid="unknown"),
        provider.id_token(claims, key=foreign, kid="../../../dev/null"),
        provider.id_token(claims, key=foreign, jwk=own_jwk),
        provider.id_token(claims, key=foreign, jku="https://evil.example/jwks"),
        provider.id_token(claims, key=curve, alg="ES256"),
        provider.id_token(claims, alg="RS384"),
        provider.id_token(claims, alg="PS256"),
        # The provider's public key as an HMAC secret.
        _signed_with_secret(good, public),
        _unsigned(good),
        f"{good[:-6]}AAAAAA",
        f"{good.rpartition('.')[0]}.",
        good.replace(".", "..", 1),
        "not.a.token-at-all-but-long-enough",
        "x" * 8192,
    ]
    for token in forged:
        assert refusal(await post(site, token, nonce["nonceToken"])) == (400, "OAUTH_REFUSED"), token
    assert await nothing_happened(site)
    assert (await post(site, good, nonce["nonceToken"])).status_code == 200
    # Unknown key ids made us ask for keys once, not every time.
    assert provider.seen.count("/jwks") == 1


async def test_a_nonce_is_ours_in_time_for_this_provider_and_good_once(site, provider, monkeypatch):
    nonce = await nonce_of(site)
    token = provider.id_token({"nonce": nonce["nonce"]})
    answers = await asyncio.gather(*(post(site, token, nonce["nonceToken"]) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert {refusal(one) for one in answers if one.status_code == 400} == {(400, "OAUTH_STATE_INVALID")}
    other = await nonce_of(site)
    assert refusal(await post(site, token, other["nonceToken"])) == (400, "OAUTH_REFUSED")
    access = (await site.sign_in("member")).access_token
    assert refusal(await post(site, token, access)) == (400, "OAUTH_STATE_INVALID")
    foreign = site.services.tokens.issue(
        "oauth-nonce", "google", timedelta(minutes=1), {"nonce": nonce["nonce"]}
    )
    assert refusal(await post(site, token, foreign)) == (400, "OAUTH_STATE_INVALID")
    monkeypatch.setattr(flow, "STATE_TTL", timedelta(seconds=-10))
    old = await nonce_of(site)
    late = provider.id_token({"nonce": old["nonce"]})
    assert refusal(await post(site, late, old["nonceToken"])) == (400, "OAUTH_STATE_INVALID")
    assert await site.db.fetch_value("SELECT count(*) FROM account_sessions WHERE methods = '{oidc}'") == 1


async def test_an_unverified_address_is_409_and_uses_the_nonce_up(site, provider):
    nonce = await nonce_of(site)
    token = provider.id_token({"nonce": nonce["nonce"], "email_verified": False})
    assert refusal(await post(site, token, nonce["nonceToken"])) == (409, "LINK_REQUIRED")
    assert refusal(await post(site, token, nonce["nonceToken"])) == (400, "OAUTH_STATE_INVALID")
    assert await nothing_happened(site)


async def test_the_second_factor_is_asked_for(site, provider):
    secret, _ = await set_up(await site.sign_in("member"))
    await site.db.execute("UPDATE accounts SET email_verified_at = now()")
    nonce = await nonce_of(site)
    token = provider.id_token({"nonce": nonce["nonce"], "email": "member@club.example"})
    step = (await post(site, token, nonce["nonceToken"])).json()["data"]
    assert step["mfaRequired"] is True
    answer = await site.client().post(
        "/auth/mfa/verify", json={"mfaToken": step["mfaToken"], "code": code_at(secret)}
    )
    assert answer.json()["data"]["user"]["id"] == 1


async def test_a_provider_without_id_tokens_has_no_nonces(site, provider):
    site.services.providers.clients["tiktok"] = ProviderClient(
        tiktok("key", "secret"), site.services.outbound
    )
    assert refusal(await site.client().post("/auth/oauth/tiktok/nonce")) == (404, "UNKNOWN_PROVIDER")
    assert refusal(await site.client().post("/auth/oauth/nobody/nonce")) == (404, "UNKNOWN_PROVIDER")


def test_a_profile_is_what_the_claims_say_and_no_more():
    with pytest.raises(OAuthRefused):
        profile_of("p", {"sub": 17})
    plain = profile_of("p", {"sub": "s", "email": 5, "email_verified": True, "name": " "})
    assert (plain.email, plain.email_verified, plain.name) == (None, False, None)
    full = profile_of("p", {"sub": "s", "email": "a@b.c", "email_verified": "true", "name": " N " * 200})
    assert (full.email, full.email_verified, len(full.name or "")) == ("a@b.c", True, 255)
