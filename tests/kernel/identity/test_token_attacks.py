"""Forged, modified and foreign tokens: each is answered 401 like any other, and opens nothing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pydantic import SecretStr

from colonnade.kernel.core import now
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.identity import SigningKeys, Tokens, make_key

REFUSED = ("UNAUTHORIZED", "The token is not valid or has expired.")


def b64(raw: bytes | dict[str, Any]) -> str:
    data = raw if isinstance(raw, bytes) else json.dumps(raw, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def hs256(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def error_of(answer: httpx.Response) -> tuple[str, str]:
    error = answer.json()["error"]
    return error["code"], error["message"]


class Forge:
    """A genuine token in parts, the genuine key to sign again with, and a way to present the result."""

    def __init__(self, site: Any, http: httpx.AsyncClient, token: str) -> None:
        self.site, self.http, self.token = site, http, token
        head, body, self.signature = token.split(".")
        self.header: dict[str, Any] = unb64(head)
        self.claims: dict[str, Any] = unb64(body)
        self.secret: bytes = site.services.tokens.keys.current.private

    def sign(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign the token with other header fields and claims (None: without it), under the genuine secret."""
        head = {name: value for name, value in {**self.header, **(header or {})}.items() if value is not None}
        body = {name: value for name, value in {**self.claims, **claims}.items() if value is not None}
        return hs256(head, body, self.secret)

    async def present(self, token: str) -> httpx.Response:
        return await self.http.get("/me", headers={"Authorization": f"Bearer {token}"})

    async def is_refused(self, token: str) -> None:
        answer = await self.present(token)
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["success"] is False
        assert error_of(answer) == REFUSED


@pytest.fixture
async def forge(site: Any) -> Forge:
    device = await site.sign_in("member")
    made = Forge(site, site.client(), device.access_token)
    # What is forged below differs from this in exactly what the test says.
    assert (await made.present(made.sign())).status_code == 200
    return made


def test_a_genuine_token_has_its_kind_and_the_id_of_its_key(site: Any) -> None:
    tokens = site.services.tokens
    header = jwt.get_unverified_header(tokens.issue("access", "1", timedelta(minutes=1)))
    assert header == {"alg": "HS256", "typ": "access+jwt", "kid": tokens.keys.current.id}
    assert len(tokens.keys.current.id) == 12


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("signature", ["", "kept"])
async def test_no_algorithm(forge: Forge, name: str, signature: str) -> None:
    head = b64({**forge.header, "alg": name})
    kept = forge.signature if signature else ""
    await forge.is_refused(f"{head}.{b64(forge.claims)}.{kept}")


@pytest.mark.parametrize(
    "header",
    [{"alg": "HS384"}, {"alg": "HS512"}, {"alg": "EdDSA"}, {"alg": "RS256"}, {"alg": None}, {"alg": 5}],
)
async def test_another_algorithm_than_the_keys(forge: Forge, header: dict[str, Any]) -> None:
    await forge.is_refused(forge.sign(header))
    name = header["alg"]
    if isinstance(name, str) and name.startswith("HS"):
        head = b64({**forge.header, **header})
        signed = f"{head}.{b64(forge.claims)}"
        mac = hmac.digest(forge.secret, signed.encode(), f"sha{name[2:]}")
        await forge.is_refused(f"{signed}.{b64(mac)}")


@pytest.mark.parametrize(
    "kid",
    [
        None, "", "unknown", "../../../../dev/null", "/dev/null", "' OR '1'='1", "x' UNION SELECT 'secret", 0, 1, True,
        [], ["kid"], {"kid": "x"}, "\x00", "a" * 4_000, "http://127.0.0.1/key", "current", "default",
    ],
)  # fmt: skip
async def test_key_ids_that_are_not_ours(forge: Forge, kid: Any) -> None:
    await forge.is_refused(forge.sign({"kid": kid}))
    # The secrets that such a key id would lead to in careless code.
    for secret in (b"", b"\x00", b"secret", str(kid).encode()):
        await forge.is_refused(hs256({**forge.header, "kid": kid}, forge.claims, secret))


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_key_id_with_something_around_it(forge: Forge, where: str) -> None:
    for extra in (" ", "\n", "\x00", "/", "%00", "."):
        kid = f"{extra}{forge.header['kid']}" if where == "before" else f"{forge.header['kid']}{extra}"
        await forge.is_refused(forge.sign({"kid": kid}))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
async def test_keys_that_the_token_brings_along_are_not_looked_at(forge: Forge, name: str) -> None:
    asked: list[bytes] = []

    async def attacker(reader: Any, writer: Any) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(attacker, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        mine = Ed25519PrivateKey.generate()
        raw = mine.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw), "kid": "mine"}
        value = {
            "jku": f"http://127.0.0.1:{port}/keys",
            "x5u": f"http://127.0.0.1:{port}/cert",
            "jwk": jwk,
            "x5c": [b64(raw)],
        }
        for kid in ("mine", forge.header["kid"]):
            head = {"typ": "access+jwt", "kid": kid, name: value[name]}
            await forge.is_refused(jwt.encode(forge.claims, mine, "EdDSA", headers=head))
    assert asked == []
    # Beside a genuine signature they are ignored.
    assert (await forge.present(forge.sign({name: value[name]}))).status_code == 200


@pytest.mark.parametrize("crit", [["exp"], ["b64"], ["x"], [], "x"])
async def test_critical_extensions_that_nobody_knows(forge: Forge, crit: Any) -> None:
    await forge.is_refused(forge.sign({"crit": crit, "x": 1, "b64": False}))


@pytest.mark.parametrize(
    "aud", [None, "", "radio", "Club", "club ", "*", ["radio", "shop"], [], 5, {"club": 1}, ["club", 5]]
)
async def test_another_audience(forge: Forge, aud: Any) -> None:
    await forge.is_refused(forge.sign(aud=aud))


@pytest.mark.parametrize("iss", [None, "", "Colonnade", "colonnade.evil.example", ["colonnade"], 5])
async def test_another_issuer(forge: Forge, iss: Any) -> None:
    await forge.is_refused(forge.sign(iss=iss))


@pytest.mark.parametrize(
    "typ",
    [None, "", "JWT", "jwt", "at+jwt", "ACCESS+JWT", "access", "refresh+jwt", "mfa+jwt", ["access+jwt"], 5],
)
async def test_another_kind_of_token(forge: Forge, typ: Any) -> None:
    await forge.is_refused(forge.sign({"typ": typ}))


async def test_every_other_kind_of_token_that_the_kernel_issues(forge: Forge) -> None:
    for kind in ("refresh", "mfa", "step-up", "oauth", "passkey", "export", "code"):
        claims = {name: forge.claims[name] for name in ("sid", "role")}
        token = forge.site.services.tokens.issue(kind, forge.claims["sub"], timedelta(minutes=5), claims)
        await forge.is_refused(token)


async def test_times(forge: Forge) -> None:
    moment = int(now().timestamp())
    for claims in (
        {"exp": moment - 6},
        {"exp": 0},
        {"exp": -1},
        {"exp": None},
        {"exp": "never"},
        {"exp": float("inf")},
        {"nbf": moment + 60},
        {"nbf": None},
        {"nbf": "now"},
        {"iat": moment + 60},
        {"iat": None},
        {"iat": "x"},
    ):
        await forge.is_refused(forge.sign(**claims))
    # Clocks may differ by five seconds.
    assert (await forge.present(forge.sign(exp=moment - 3))).status_code == 200
    assert (await forge.present(forge.sign(nbf=moment + 4, iat=moment + 4))).status_code == 200


@pytest.mark.parametrize("name", ["sub", "jti", "sid"])
async def test_claims_that_must_be_there(forge: Forge, name: str) -> None:
    await forge.is_refused(forge.sign(**{name: None}))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x"},
        {"sub": 1},
        {"sub": ""},
        {"sub": "1 OR 1=1"},
        {"sid": "x"},
        {"sid": 5},
        {"sid": []},
        {"jti": 5},
    ],
)
async def test_claims_of_the_wrong_form(forge: Forge, claims: dict[str, Any]) -> None:
    await forge.is_refused(forge.sign(**claims))


async def test_somebody_elses_account_or_session(forge: Forge) -> None:
    other = await forge.site.sign_in("admin")
    session = str(await forge.site.session_of(other))
    for claims in ({"sub": "3"}, {"sid": session}):
        answer = await forge.present(forge.sign(**claims))
        assert answer.status_code == 401
        assert error_of(answer) == ("UNAUTHORIZED", "The session has ended. Please sign in again.")
    # What a token says of roles and permissions is not believed, even when it is signed.
    answer = await forge.present(forge.sign(role="admin", permissions=["accounts:manage"]))
    assert answer.json()["data"] == {"id": 1, "role": "member", "permissions": ["notes:read"]}


async def test_a_refresh_token_is_no_access_token_nor_the_other_way_round(site: Any) -> None:
    device = await site.sign_in("member")
    http = site.client()
    answer = await http.get("/me", headers={"Authorization": f"Bearer {device.refresh_token}"})
    assert (answer.status_code, error_of(answer)[0]) == (401, "UNAUTHORIZED")
    answer = await http.post("/auth/refresh", json={"refreshToken": device.access_token})
    assert (answer.status_code, error_of(answer)[0]) == (422, "VALIDATION_ERROR")  # longer than any of ours
    answer = await http.post("/auth/refresh", json={"refreshToken": device.access_token[:200]})
    assert (answer.status_code, error_of(answer)[0]) == (401, "REFRESH_TOKEN_INVALID")
    # Neither attempt cost the session anything.
    assert (await device.http.get("/me")).status_code == 200
    answer = await http.post("/auth/refresh", json={"refreshToken": device.refresh_token})
    assert answer.status_code == 200


async def test_a_token_of_another_product_with_the_same_keys(forge: Forge) -> None:
    keys = forge.site.services.tokens.keys
    claims = {name: forge.claims[name] for name in ("sid", "role")}
    shop = Tokens(keys, issuer="colonnade", audience="shop")
    await forge.is_refused(shop.issue("access", "1", timedelta(minutes=5), claims))
    other = Tokens(keys, issuer="somewhere-else", audience="club")
    await forge.is_refused(other.issue("access", "1", timedelta(minutes=5), claims))
    same = Tokens(keys, issuer="colonnade", audience="club")
    assert (await forge.present(same.issue("access", "1", timedelta(minutes=5), claims))).status_code == 200


def _bent(forge: Forge) -> Iterator[str]:
    head, body, signature = forge.token.split(".")
    yield from (
        ".",
        "..",
        "...",
        "a.b.c",
        head,
        f"{head}.{body}",
        f"{head}.{body}.",
        f"{head}..{signature}",
    )
    yield f"{head}.{body}.{signature}.{signature}"
    yield f"{head}.{body}.{signature[:-2]}"
    yield f"{head}.{body}.{signature[::-1]}"
    yield f"{head}.{b64({**forge.claims, 'sub': '3'})}.{signature}"
    yield f"{b64(b'[]')}.{body}.{signature}"
    yield f"{b64(b'null')}.{body}.{signature}"
    yield f"{head}.{b64(b'[]')}.{signature}"
    yield f"{b64(b'{' * 10_000)}.{body}.{signature}"
    yield f"{b64(bytes([0xFF, 0xFE]))}.{body}.{signature}"
    yield "é.é.é"
    # A JWE (five parts) and the JSON form of a JWS.
    yield f"{b64({'alg': 'dir', 'enc': 'A256GCM', 'kid': forge.header['kid']})}....{signature}"
    yield json.dumps({"payload": body, "protected": head, "signature": signature})


async def test_bent_tokens(forge: Forge) -> None:
    for token in _bent(forge):
        answer = await forge.http.get("/me", headers={"Authorization": f"Bearer {token}".encode()})
        assert (answer.status_code, error_of(answer)[0]) == (401, "UNAUTHORIZED"), token


async def test_a_changed_last_letter_that_decodes_to_the_same_bytes_opens_nothing_new(forge: Forge) -> None:
    """Base64url of 32 bytes leaves two bits unused: such a twin may pass, but only as the same session."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    head, body, signature = forge.token.split(".")
    twins = [alphabet[alphabet.index(signature[-1]) ^ bits] for bits in range(64)]
    accepted = 0
    for letter in twins:
        answer = await forge.present(f"{head}.{body}.{signature[:-1]}{letter}")
        accepted += answer.status_code == 200
        assert answer.status_code in (200, 401)
        if answer.status_code == 200:
            assert answer.json()["data"]["id"] == 1
    assert 1 <= accepted <= 4


# --- Asymmetric keys -------------------------------------------------------------------------------------------


def ring(*parts: str, secret: str | None = None) -> SigningKeys:
    return SigningKeys.of(Settings(jwt_keys=SecretStr(",".join(parts)) if parts else None, jwt_secret=secret))


def part(key_id: str, algorithm: Any) -> str:
    raw = make_key(algorithm, hashlib.sha256(key_id.encode()).digest())
    return f"{key_id}:{algorithm}:{base64.b64encode(raw).decode()}"


@pytest.fixture
def use_keys(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the running site other keys, like a restart with another JWT_KEYS."""

    def use(keys: SigningKeys) -> None:
        monkeypatch.setattr(site.services.tokens, "keys", keys)
        site.services.authenticator._verified.clear()

    yield use
    site.services.authenticator._verified.clear()


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
async def test_the_public_key_is_no_secret(site: Any, use_keys: Any, algorithm: str) -> None:
    """HS/RS confusion: the public key, in every form that an attacker may have it, as an HMAC secret."""
    use_keys(ring(part("pub", algorithm)))
    device = await site.sign_in("member")
    forge = Forge(site, site.client(), device.access_token)
    assert (forge.header["alg"], forge.header["kid"]) == (algorithm, "pub")
    public = site.services.tokens.keys.current.public
    (jwk,) = (await forge.http.get("/.well-known/jwks.json")).json()["keys"]
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    secrets = [
        public.public_bytes(serialization.Encoding.PEM, info),
        public.public_bytes(serialization.Encoding.PEM, info).strip(),
        public.public_bytes(serialization.Encoding.DER, info),
        json.dumps(jwk).encode(),
        json.dumps(jwk, separators=(",", ":")).encode(),
        base64.urlsafe_b64decode(jwk.get("x", jwk.get("n", "")) + "=="),
        b"",
    ]
    for secret in secrets:
        for alg in ("HS256", algorithm):
            await forge.is_refused(hs256({**forge.header, "alg": alg}, forge.claims, secret))
    # Another key of the same kind under the same id.
    mine = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(65537, 2048)
    await forge.is_refused(jwt.encode(forge.claims, mine, algorithm, headers=forge.header))
    assert (await forge.present(device.access_token)).status_code == 200


async def test_each_key_has_its_own_algorithm(site: Any, use_keys: Any) -> None:
    use_keys(ring(part("ed", "EdDSA"), part("rs", "RS256"), part("hs", "HS256")))
    keys = site.services.tokens.keys
    device = await site.sign_in("member")
    forge = Forge(site, site.client(), device.access_token)
    for signing in keys:
        for named in keys:
            token = jwt.encode(
                forge.claims,
                signing.private,
                signing.algorithm,
                headers={"typ": "access+jwt", "kid": named.id},
            )
            if signing is named:
                assert (await forge.present(token)).status_code == 200
            else:
                await forge.is_refused(token)


async def test_published_keys_verify_and_secrets_are_not_published(site: Any, use_keys: Any) -> None:
    http = site.client()
    answer = await http.get("/.well-known/jwks.json")
    assert (answer.status_code, answer.json()) == (200, {"keys": []})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    use_keys(ring(part("ed", "EdDSA"), part("rs", "RS256"), part("hs", "HS256"), secret="s" * 40))
    device = await site.sign_in("member")
    published = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert [(key["kid"], key["kty"], key["alg"], key["use"]) for key in published] == [
        ("ed", "OKP", "EdDSA", "sig"),
        ("rs", "RSA", "RS256", "sig"),
    ]
    assert [sorted(key) for key in published] == [
        ["alg", "crv", "kid", "kty", "use", "x"],
        ["alg", "e", "kid", "kty", "n", "use"],
    ]
    # A third party needs nothing else.
    key = jwt.PyJWKSet(published)["ed"]
    claims = jwt.decode(device.access_token, key, algorithms=["EdDSA"], audience="club", issuer="colonnade")
    assert claims["sub"] == "1"


async def test_rotation_signs_nobody_out(site: Any, use_keys: Any) -> None:
    old, new = part("old", "HS256"), part("new", "EdDSA")
    use_keys(ring(old))
    first = await site.sign_in("member")
    use_keys(ring(old, new))  # every process knows the new key before one signs with it
    assert (await first.http.get("/me")).status_code == 200
    use_keys(ring(new, old))
    assert (await first.http.get("/me")).status_code == 200
    second = await site.sign_in("manager")
    assert jwt.get_unverified_header(first.access_token)["kid"] == "old"
    assert jwt.get_unverified_header(second.access_token)["kid"] == "new"
    answer = await site.client().post("/auth/refresh", json={"refreshToken": first.refresh_token})
    fresh = answer.json()["data"]["accessToken"]
    assert jwt.get_unverified_header(fresh)["kid"] == "new"
    use_keys(ring(new))  # after the access tokens' fifteen minutes
    assert (await second.http.get("/me")).status_code == 200
    assert (await second.http.get("/me", headers={"Authorization": f"Bearer {fresh}"})).status_code == 200
    assert (await first.http.get("/me")).status_code == 401


async def test_from_jwt_secret_to_jwt_keys(site: Any, use_keys: Any) -> None:
    secret = "a-secret-of-before-" + "0123456789abcdef" * 2
    use_keys(ring(secret=secret))
    device = await site.sign_in("member")
    use_keys(ring(part("new", "EdDSA"), secret=secret))
    assert (await device.http.get("/me")).status_code == 200
    assert jwt.get_unverified_header((await site.sign_in("member")).access_token)["kid"] == "new"
    use_keys(ring(part("new", "EdDSA")))
    assert (await device.http.get("/me")).status_code == 401
