"""Calls to a provider: its discovery document and keys (cached), and the exchange of a code for a profile.

Nothing here writes to the database, and no transaction is open while it waits. Every address that a provider names is
checked like the configured one: https, and not inside this network.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import msgspec
import structlog

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.identity.oauth.id_tokens import ALGORITHMS, WrongSignature, check_id_token, profile_of
from colonnade.kernel.identity.oauth.providers import Provider, open_providers
from colonnade.kernel.identity.oauth.schemas import OAuthFailed, OAuthRefused, Profile
from colonnade.kernel.outbound import AddressRefused, Answer, Outbound, OutboundFailed, check_url

__all__ = ["ProviderClient", "open_provider_clients"]

log = structlog.get_logger(__name__)

DISCOVERY_TTL_SECONDS = 3600.0
MIN_KEYS_TTL_SECONDS, MAX_KEYS_TTL_SECONDS = 300, 86_400
MIN_REFETCH_SECONDS = 10.0
"""A token with an unknown key id causes a refetch of the keys, at most this often: strangers can forge such tokens."""


class _Document(msgspec.Struct, frozen=True):
    """The fields used of a discovery document (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: list[str] = msgspec.field(default_factory=lambda: ["RS256"])
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(
        default_factory=lambda: ["client_secret_basic"]
    )


class _Keys:
    __slots__ = ("by_id", "fetched", "until")

    def __init__(self) -> None:
        self.by_id: dict[str | None, jwt.PyJWK] = {}
        self.fetched = float("-inf")
        self.until = float("-inf")


class ProviderClient:
    """Speaks to one provider for this process; its document and keys are kept as long as they are fresh."""

    def __init__(self, provider: Provider, outbound: Outbound) -> None:
        self.provider = provider
        self._outbound = outbound
        self._document: tuple[_Document, float] | None = None
        self._keys = _Keys()
        self._lock = asyncio.Lock()

    async def authorize_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Return the provider's address for the browser to sign in at. Raise OAuthFailed if it is not available."""
        provider = self.provider
        base = (
            provider.endpoints.authorize
            if provider.endpoints
            else (await self._discover()).authorization_endpoint
        )
        tiktok = provider.kind == "tiktok"
        parameters = {
            "client_key" if tiktok else "client_id": provider.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": ("," if tiktok else " ").join(provider.scopes),
            "state": state,
        }
        if provider.pkce:
            parameters |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        if provider.kind == "oidc":
            parameters["nonce"] = nonce
        return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode(parameters)}"

    async def exchange(self, code: str, *, redirect_uri: str, verifier: str, nonce: str) -> Profile:
        """Exchange an authorization code for the profile of who signed in.

        Raise OAuthRefused if the code or the answer is not valid, OAuthFailed if the provider is not available.
        """
        tokens = await self._tokens(code, redirect_uri, verifier)
        if self.provider.kind == "oidc":
            id_token = tokens.get("id_token")
            if not isinstance(id_token, str):
                raise OAuthRefused
            return await self.profile_of_id_token(id_token, nonce, (self.provider.client_id,))
        access_token = tokens.get("access_token")
        if not isinstance(access_token, str):
            raise OAuthRefused
        return await self._profile(access_token)

    async def profile_of_id_token(self, id_token: str, nonce: str, audiences: tuple[str, ...]) -> Profile:
        """Return the profile in an ID token.

        Raise OAuthRefused if its signature, issuer, audience, nonce or times are not valid, OAuthFailed if the
        provider's keys are not available.
        """
        key = await self._key_for(id_token)
        issuers = self.provider.issuers
        try:
            claims = check_id_token(id_token, key, issuers=issuers, audiences=audiences, nonce=nonce)
        except WrongSignature:
            # A provider with one key need not name it: only the signature then shows that the key is new.
            await self._fetch_keys(known=True)
            fresh = self._find_key(jwt.get_unverified_header(id_token).get("kid"))
            if fresh is None or fresh is key:
                raise
            claims = check_id_token(id_token, fresh, issuers=issuers, audiences=audiences, nonce=nonce)
        profile = profile_of(self.provider.name, claims)
        if self.provider.kind != "oidc":
            profile = msgspec.structs.replace(profile, email_verified=False)
        return profile

    async def _tokens(self, code: str, redirect_uri: str, verifier: str) -> Mapping[str, Any]:
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        if provider.pkce:
            form["code_verifier"] = verifier
        headers: dict[str, str] = {}
        secret = provider.client_secret
        if provider.endpoints:
            url = provider.endpoints.token
            form["client_key" if provider.kind == "tiktok" else "client_id"] = provider.client_id
            form |= {"client_secret": secret} if secret else {}
        else:
            document = await self._discover()
            url = document.token_endpoint
            if secret and "client_secret_basic" in document.token_endpoint_auth_methods_supported:
                # RFC 6749, 2.3.1: both parts form-encoded before they are joined.
                pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
                headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
            else:
                form["client_id"] = provider.client_id
                form |= {"client_secret": secret} if secret else {}
        answer = await self._call(
            self._outbound.post_form(url, form, headers=headers, loopback=provider.loopback)
        )
        if answer.status >= 500:
            raise OAuthFailed
        found = self._object(answer)
        if answer.status != 200:
            error = found.get("error")
            log.info("authorization code refused by provider", provider=provider.name, error=str(error)[:60])
            raise OAuthRefused
        return found

    async def _profile(self, access_token: str) -> Profile:
        """Fetch the profile from Facebook's or TikTok's own API."""
        provider = self.provider
        assert provider.endpoints is not None
        answer = await self._call(
            self._outbound.get(
                provider.endpoints.profile,
                headers={"authorization": f"Bearer {access_token}"},
                loopback=provider.loopback,
            )
        )
        if answer.status != 200:
            raise OAuthRefused
        found = self._object(answer)
        if provider.kind == "tiktok":
            data = found.get("data")
            user = data.get("user") if isinstance(data, dict) else None
            found = user if isinstance(user, dict) else {}
            found = {"sub": found.get("open_id"), "name": found.get("display_name")}
        else:
            found = {"sub": found.get("id"), "name": found.get("name"), "email": found.get("email")}
        # Neither tells whether it verified the address.
        return profile_of(provider.name, found)

    async def _key_for(self, id_token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(id_token)
        except jwt.PyJWTError:
            raise OAuthRefused from None
        kid = header.get("kid")
        found = self._find_key(kid)
        if found is None or time.monotonic() >= self._keys.until:
            await self._fetch_keys(known=found is not None)
            found = self._find_key(kid)
        if found is None or header.get("alg") != found.algorithm_name:
            raise OAuthRefused
        return found

    def _find_key(self, kid: object) -> jwt.PyJWK | None:
        keys = self._keys.by_id
        if isinstance(kid, str):
            return keys.get(kid)
        # Without a key id there must be exactly one key.
        return next(iter(keys.values())) if len(keys) == 1 else None

    async def _fetch_keys(self, *, known: bool) -> None:
        """Refetch the provider's keys. If that fails, raise OAuthFailed unless the key is `known`."""
        before = self._keys.fetched
        async with self._lock:
            if self._keys.fetched != before or time.monotonic() - self._keys.fetched < MIN_REFETCH_SECONDS:
                return
            try:
                document = await self._discover(locked=True)
                answer = await self._call(
                    self._outbound.get(document.jwks_uri, loopback=self.provider.loopback)
                )
                self._keys.by_id = self._parse_keys(answer, document)
            except OAuthFailed:
                if not known:
                    raise
                return
            self._keys.fetched = time.monotonic()
            seconds = answer.max_age_seconds or 0
            self._keys.until = self._keys.fetched + min(
                max(seconds, MIN_KEYS_TTL_SECONDS), MAX_KEYS_TTL_SECONDS
            )

    def _parse_keys(self, answer: Answer, document: _Document) -> dict[str | None, jwt.PyJWK]:
        if answer.status != 200:
            raise OAuthFailed
        allowed = ALGORITHMS & set(document.id_token_signing_alg_values_supported)
        found: dict[str | None, jwt.PyJWK] = {}
        listed = self._object(answer).get("keys")
        for entry in listed if isinstance(listed, list) else []:
            if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or "k" in entry:
                continue
            try:
                key = jwt.PyJWK.from_dict(entry)
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                continue  # of an unsupported type
            if key.algorithm_name in allowed:
                found[key.key_id] = key
        return found

    async def _discover(self, *, locked: bool = False) -> _Document:
        known = self._document
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        if locked:
            return await self._fetch_document()
        async with self._lock:
            known = self._document
            if known is not None and time.monotonic() < known[1]:
                return known[0]
            return await self._fetch_document()

    async def _fetch_document(self) -> _Document:
        provider = self.provider
        assert provider.issuer is not None
        answer = await self._call(
            self._outbound.get(
                f"{provider.issuer}/.well-known/openid-configuration", loopback=provider.loopback
            )
        )
        if answer.status != 200:
            raise OAuthFailed
        try:
            document = msgspec.convert(self._object(answer), _Document)
            for url in (document.authorization_endpoint, document.token_endpoint, document.jwks_uri):
                check_url(url, loopback=provider.loopback)
        except (msgspec.ValidationError, AddressRefused) as error:
            log.warning("discovery document not valid", provider=provider.name, error=str(error)[:200])
            raise OAuthFailed from None
        if document.issuer not in provider.issuers:
            log.warning("discovery document of another issuer", provider=provider.name)
            raise OAuthFailed
        self._document = (document, time.monotonic() + DISCOVERY_TTL_SECONDS)
        return document

    async def _call(self, call: Any) -> Answer:
        try:
            answer: Answer = await call
        except (OutboundFailed, AddressRefused) as error:
            log.warning("provider call failed", provider=self.provider.name, error=str(error)[:200])
            raise OAuthFailed from None
        return answer

    def _object(self, answer: Answer) -> dict[str, Any]:
        try:
            found = answer.json()
        except OutboundFailed:
            raise OAuthFailed from None
        if not isinstance(found, dict):
            raise OAuthFailed
        return found


def open_provider_clients(settings: Settings, outbound: Outbound) -> dict[str, ProviderClient]:
    """Return clients by name for the providers in these settings; a client connects at its first use.

    Raise SettingsError if the settings of a provider are not valid.
    """
    return {name: ProviderClient(one, outbound) for name, one in open_providers(settings).items()}
