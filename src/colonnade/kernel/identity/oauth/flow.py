"""The redirect to a provider and back: state, nonce and verifier bound to the browser by a cookie, return addresses.

The cookie holds all of them, signed and encrypted, under a name of its own per sign-in (tabs do not interfere); the
database only records that it was used. In production redirect addresses are PUBLIC_URL's, never the Host header's.
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

__all__ = ["Intent", "LoginCodeContents", "Providers", "SignInStart", "State", "redirect"]

STATE_TTL = timedelta(minutes=10)
LOGIN_CODE_TTL = timedelta(minutes=1)
LINK_TTL = timedelta(minutes=15)
_CODE_PLACE = "oauth.login:code"

Intent = Literal["login", "link"]


class State(msgspec.Struct, frozen=True):
    """The parameters of a sign-in, as they were when it began."""

    provider: str
    nonce: str
    verifier: str
    redirect_uri: str
    return_to: str | None
    challenge: str | None
    intent: Intent
    claims: dict[str, Any]


class SignInStart(msgspec.Struct, frozen=True):
    """The provider's address for the browser, and the cookie that binds the sign-in to it."""

    url: str
    cookie: str


class LoginCodeContents(msgspec.Struct, frozen=True):
    """The contents of a login code."""

    profile: Profile
    intent: Intent
    claims: dict[str, Any]


@provided("providers")
class Providers:
    """The providers that people can sign in with, and the flow of a sign-in through them.

    `product` is part of the names of cookies; providers send browsers back to `public_url`; `origins` are those of the
    pages that a sign-in may return to.
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
        """Return the client of that name. Raise UnknownProvider if it is not set up."""
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
    ) -> SignInStart:
        """Begin a sign-in in this browser.

        Raise UnknownProvider if `name` is not set up, Invalid if the return address is not allowed or has no
        challenge, OAuthFailed if the provider is not available.
        """
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
        return SignInStart(url=url, cookie=_set_cookie(cookie, sealed, int(STATE_TTL.total_seconds())))

    async def open_state(self, db: Database, exchange: Exchange, name: str, state: str | None) -> State:
        """Use up and return the sign-in that this browser began with this `state`.

        Raise OAuthState if there is none, it has expired or it was used.
        """
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
        """Return the profile of who signed in at the provider.

        Raise OAuthDenied if the person cancelled, OAuthRefused if the provider's answer is not valid, OAuthFailed if
        the provider is not available.
        """
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
        """Return a login code, valid once and for a minute; the page at `return_to` exchanges it with its verifier."""
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

    def open_login_code(self, code: str, verifier: str) -> LoginCodeContents:
        """Return the contents of a login code. Raise OAuthState if it or the page's verifier is not valid."""
        try:
            claims = self._tokens.verify("oauth-login", self._cipher.decrypt(code, place=_CODE_PLACE))
        except (Undecryptable, Unauthorized):
            raise OAuthState from None
        challenge = claims["challenge"]
        if not isinstance(challenge, str) or not hmac.compare_digest(
            challenge.encode(), base64url(_sha256(verifier)).encode()
        ):
            raise OAuthState
        return LoginCodeContents(msgspec.convert(claims["profile"], Profile), claims["intent"], claims)

    def new_nonce(self, name: str) -> Nonce:
        """Return a nonce for the provider's SDK in an app. Raise UnknownProvider if it takes no ID tokens."""
        if not self._client(name).provider.takes_id_tokens:
            raise UnknownProvider
        nonce = secrets.token_urlsafe(32)
        token = self._tokens.issue("oauth-nonce", name, STATE_TTL, {"nonce": nonce})
        return Nonce(nonce=nonce, nonce_token=token, expires_in=int(STATE_TTL.total_seconds()))

    async def take_id_token(
        self, name: str, id_token: str, nonce_token: str
    ) -> tuple[Profile, dict[str, Any]]:
        """Return the profile in an app's ID token, and the claims of its nonce for the caller to spend.

        Raise UnknownProvider unless the provider takes ID tokens, OAuthState if the nonce's token is not valid,
        OAuthRefused if the ID token is not valid, OAuthFailed if the provider's keys are not available.
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
        """Return a token with which a signed-in person can link this external account to their own."""
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
        """Return the profile in a link's token, and its claims. Raise LinkTokenInvalid if it is not valid."""
        try:
            claims = self._tokens.verify("oauth-link", token)
        except Unauthorized:
            raise LinkTokenInvalid from None
        return msgspec.convert(claims["profile"], Profile), claims

    def _redirect_uri(self, exchange: Exchange, name: str) -> str:
        """Return the callback's address, exactly as it is registered with the provider."""
        prefix = exchange.path.partition("/oauth/")[0]
        return f"{self._base(exchange)}{exchange.root_path}{prefix}/oauth/{name}/callback"

    def _base(self, exchange: Exchange) -> str:
        if self.public_url:
            return self.public_url.rstrip("/")
        local = f"http://{exchange.header('host') or ''}"
        if self._production or not is_loopback_url(local):
            # The sender of a Host header must not choose the address that receives codes.
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
    """Return `return_to` with values in its fragment, which is never sent to a server or logged there."""
    return f"{return_to}#{urlencode(fragment)}"


class _NoAddress(Unavailable):
    """PUBLIC_URL is missing."""

    message = "Signing in with a provider is not set up on this server (PUBLIC_URL)."


def _set_cookie(name: str, value: str, max_age_seconds: int) -> str:
    # Lax: the browser comes back from the provider's site.
    return f"{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
