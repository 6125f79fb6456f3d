"""The way to a provider and back: state, nonce and verifier bound to the browser by a cookie, return addresses.

The cookie holds everything, signed and encrypted, under a name of its own per sign-in (tabs do not disturb each
other); the database only remembers that it was used. Nothing is taken from the request's Host header in
production: redirect addresses are PUBLIC_URL's.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from colonnade.kernel.core import Invalid, Unauthorized, Unavailable, base64url
from colonnade.kernel.core.fields import FieldCipher, Undecryptable
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange
from colonnade.kernel.identity.oauth.client import ProviderClient
from colonnade.kernel.identity.oauth.schemas import (
    LinkOffer,
    LinkTokenInvalid,
    Nonce,
    OAuthDenied,
    OAuthRefused,
    OAuthState,
    Profile,
    UnknownProvider,
)
from colonnade.kernel.identity.spending import TokenSpent, spend_token
from colonnade.kernel.outbound import is_loopback_url
from colonnade.kernel.tokens import Tokens

__all__ = ["Began", "Intent", "Providers", "ReturnedCode", "State", "redirect"]

STATE_TTL = timedelta(minutes=10)
LOGIN_CODE_TTL = timedelta(minutes=1)
LINK_TTL = timedelta(minutes=15)
_CODE_PLACE = "oauth.login:code"

Intent = Literal["login", "link"]


class State(msgspec.Struct, frozen=True):
    """What was decided when the sign-in began."""

    provider: str
    nonce: str
    verifier: str
    redirect_uri: str
    return_to: str | None
    challenge: str | None
    intent: Intent
    claims: dict[str, Any]


class Began(msgspec.Struct, frozen=True):
    """Where the browser goes, and the cookie it takes along."""

    url: str
    cookie: str


class ReturnedCode(msgspec.Struct, frozen=True):
    """What a login code stands for."""

    profile: Profile
    intent: Intent
    claims: dict[str, Any]


@provided("providers")
class Providers:
    """The providers that one can sign in with here, the way to them and the way back.

    `product` names cookies; `public_url` is where providers send browsers back to; `origins` are the pages of ours
    that may be returned to.
    """

    def __init__(
        self,
        clients: Mapping[str, ProviderClient],
        tokens: Tokens,
        cipher: FieldCipher,
        *,
        product: str,
        public_url: str | None,
        production: bool,
        origins: Collection[str],
    ) -> None:
        self.clients = dict(clients)
        self.public_url = public_url
        self._tokens = tokens
        self._cipher = cipher
        self._product = product
        self._production = production
        self._origins = origins

    def _client(self, name: str) -> ProviderClient:
        """The provider of that name; raises UnknownProvider."""
        client = self.clients.get(name)
        if client is None:
            raise UnknownProvider
        return client

    async def begin(
        self,
        exchange: Exchange,
        name: str,
        *,
        return_to: str | None,
        challenge: str | None,
        intent: Intent,
    ) -> Began:
        """Begin a sign-in in this browser; raises UnknownProvider, Invalid, OAuthFailed."""
        client = self._client(name)
        if return_to is not None:
            self._check_return(return_to)
            if challenge is None:
                raise Invalid(fields={"codeChallenge": "Code challenge is required with returnTo"})
        state, nonce, verifier = (secrets.token_urlsafe(length) for length in (32, 32, 64))
        redirect_uri = self._redirect_uri(exchange, name)
        claims = {
            "state": _sha256(state).hex(),
            "nonce": nonce,
            "verifier": verifier,
            "redirect_uri": redirect_uri,
            "return_to": return_to,
            "challenge": challenge,
            "intent": intent,
        }
        token = self._tokens.issue("oauth-state", name, STATE_TTL, claims)
        url = await client.authorize_url(
            redirect_uri=redirect_uri, state=state, nonce=nonce, challenge=base64url(_sha256(verifier))
        )
        cookie = self._cookie_name(state)
        sealed = self._cipher.encrypt(token, place=f"oauth.state:{cookie}")
        return Began(url=url, cookie=_set_cookie(cookie, sealed, int(STATE_TTL.total_seconds())))

    async def open_state(self, db: Database, exchange: Exchange, name: str, state: str | None) -> State:
        """The sign-in that this browser began with this `state`, used up by this call; raises OAuthState."""
        if not state or len(state) > 200:
            raise OAuthState
        cookie = self._cookie_name(state)
        sealed = exchange.cookie(cookie)
        if sealed is None:
            raise OAuthState
        try:
            token = self._cipher.decrypt(sealed, place=f"oauth.state:{cookie}")
            claims = self._tokens.verify("oauth-state", token)
        except (Undecryptable, Unauthorized):
            raise OAuthState from None
        if claims["sub"] != name or not hmac.compare_digest(claims["state"], _sha256(state).hex()):
            raise OAuthState
        exchange.headers.append((b"set-cookie", _set_cookie(cookie, "", 0).encode("ascii")))
        try:
            async with db.transaction() as tx:
                await spend_token(tx, claims)
        except TokenSpent:
            raise OAuthState from None
        return State(
            provider=name,
            nonce=claims["nonce"],
            verifier=claims["verifier"],
            redirect_uri=claims["redirect_uri"],
            return_to=claims["return_to"],
            challenge=claims["challenge"],
            intent=claims["intent"],
            claims=claims,
        )

    async def finish(
        self, state: State, *, code: str | None, error: str | None, issuer: str | None
    ) -> Profile:
        """Who signed in at the provider; raises OAuthDenied, OAuthRefused, OAuthFailed."""
        client = self._client(state.provider)
        # RFC 9207: an answer that names another issuer comes from a mix-up.
        if issuer is not None and client.provider.issuers and issuer not in client.provider.issuers:
            raise OAuthRefused
        if error is not None:
            raise OAuthDenied if error == "access_denied" else OAuthRefused
        if not code or len(code) > 4096:
            raise OAuthRefused
        return await client.exchange(
            code, redirect_uri=state.redirect_uri, verifier=state.verifier, nonce=state.nonce
        )

    def login_code(self, state: State, profile: Profile) -> str:
        """A code, good once and for a minute, that the page at `return_to` exchanges with its verifier."""
        token = self._tokens.issue(
            "oauth-login",
            profile.provider,
            LOGIN_CODE_TTL,
            {
                "profile": msgspec.to_builtins(profile),
                "challenge": state.challenge,
                "intent": state.intent,
            },
        )
        return self._cipher.encrypt(token, place=_CODE_PLACE)

    def open_login_code(self, code: str, verifier: str) -> ReturnedCode:
        """What the code stands for, for the page that began it; raises OAuthState."""
        try:
            claims = self._tokens.verify("oauth-login", self._cipher.decrypt(code, place=_CODE_PLACE))
        except (Undecryptable, Unauthorized):
            raise OAuthState from None
        challenge = claims["challenge"]
        if not isinstance(challenge, str) or not hmac.compare_digest(
            challenge.encode(), base64url(_sha256(verifier)).encode()
        ):
            raise OAuthState
        return ReturnedCode(msgspec.convert(claims["profile"], Profile), claims["intent"], claims)

    def new_nonce(self, name: str) -> Nonce:
        """A nonce for an app to give to the provider's SDK; raises UnknownProvider."""
        if not self._client(name).provider.takes_id_tokens:
            raise UnknownProvider
        nonce = secrets.token_urlsafe(32)
        token = self._tokens.issue("oauth-nonce", name, STATE_TTL, {"nonce": nonce})
        return Nonce(nonce=nonce, nonce_token=token, expires_in=int(STATE_TTL.total_seconds()))

    async def take_id_token(
        self, name: str, id_token: str, nonce_token: str
    ) -> tuple[Profile, dict[str, Any]]:
        """The profile in an app's ID token for our nonce, and the nonce's claims, to be spent.

        Raises UnknownProvider, OAuthState, OAuthRefused, OAuthFailed.
        """
        client = self._client(name)
        if not client.provider.takes_id_tokens:
            raise UnknownProvider
        try:
            claims = self._tokens.verify("oauth-nonce", nonce_token)
        except Unauthorized:
            raise OAuthState from None
        if claims["sub"] != name:
            raise OAuthState
        profile = await client.profile_of_id_token(id_token, claims["nonce"], client.provider.audiences)
        return profile, claims

    def link_offer(self, profile: Profile) -> LinkOffer:
        """A token with which whoever is signed in may take this account elsewhere as theirs."""
        token = self._tokens.issue(
            "oauth-link", profile.provider, LINK_TTL, {"profile": msgspec.to_builtins(profile)}
        )
        return LinkOffer(
            link_required=True,
            link_token=token,
            provider=profile.provider,
            email=profile.email,
            expires_in=int(LINK_TTL.total_seconds()),
        )

    def open_link(self, token: str) -> tuple[Profile, dict[str, Any]]:
        """The profile in a link's token, and its claims; raises LinkTokenInvalid."""
        try:
            claims = self._tokens.verify("oauth-link", token)
        except Unauthorized:
            raise LinkTokenInvalid from None
        return msgspec.convert(claims["profile"], Profile), claims

    def _redirect_uri(self, exchange: Exchange, name: str) -> str:
        """The callback's address, exactly as it is registered with the provider."""
        prefix = exchange.path.partition("/oauth/")[0]
        return f"{self._base(exchange)}{exchange.root_path}{prefix}/oauth/{name}/callback"

    def _base(self, exchange: Exchange) -> str:
        if self.public_url:
            return self.public_url.rstrip("/")
        local = f"http://{exchange.header('host') or ''}"
        if self._production or not is_loopback_url(local):
            # Whoever sends a Host header must not choose where codes go.
            raise _NoAddress
        return local

    def _check_return(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc}".lower()
        except ValueError:
            parts, origin = None, ""
        listed = parts is not None and parts.scheme in ("http", "https") and "@" not in parts.netloc
        plain = url.isascii() and url.isprintable() and "\\" not in url and "#" not in url and " " not in url
        if not listed or not plain or origin not in self._origins:
            raise Invalid(fields={"returnTo": "Return to must be a page of this site"})

    def _cookie_name(self, state: str) -> str:
        return f"__Host-{self._product}-oauth-{_sha256(state).hex()[:16]}"


def redirect(return_to: str, **fragment: str) -> str:
    """`return_to` with values in its fragment, which no server's log sees."""
    return f"{return_to}#{urlencode(fragment)}"


class _NoAddress(Unavailable):
    """PUBLIC_URL is missing."""

    message = "Signing in with a provider is not set up on this server (PUBLIC_URL)."


def _set_cookie(name: str, value: str, max_age_seconds: int) -> str:
    # Lax: the browser comes back from the provider's site.
    return f"{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
