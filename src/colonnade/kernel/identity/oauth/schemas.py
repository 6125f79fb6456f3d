"""Shapes of signing in with other providers, and the errors about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from colonnade.kernel.core import BadGateway, BadRequest, Conflict, Forbidden, NotFound, texts

__all__ = [
    "CannotSignUp",
    "CodeChallenge",
    "IdTokenLogin",
    "Identity",
    "IdentityTaken",
    "LastSignInMethod",
    "Link",
    "LinkOffer",
    "LinkRequired",
    "LinkTokenInvalid",
    "LoginCodeExchange",
    "Nonce",
    "OAuthDenied",
    "OAuthFailed",
    "OAuthRefused",
    "OAuthState",
    "Profile",
    "ProviderInfo",
    "UnknownProvider",
]

Token = Annotated[str, Meta(min_length=20, max_length=8192)]


class ProviderInfo(Struct, frozen=True, rename="camel"):
    """A provider that people can sign in with; `takes_id_tokens` tells that apps can post its ID tokens."""

    name: str
    title: str
    takes_id_tokens: bool


class Profile(Struct, frozen=True):
    """A person as a provider describes them. `subject` is the provider's permanent id; names and addresses change."""

    provider: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None


class Nonce(Struct, frozen=True, rename="camel"):
    """A nonce for a provider's SDK; `nonce_token` comes back with the ID token, once."""

    nonce: str
    nonce_token: str
    expires_in: int


class IdTokenLogin(Struct, frozen=True, rename="camel"):
    """The ID token that a mobile app got from the provider's SDK, and the token of its nonce."""

    id_token: Token
    nonce_token: Token


class CodeVerifier(
    texts.Token,
    pattern=r"[A-Za-z0-9._~-]+",
    rule="must be a code verifier (RFC 7636, 4.1)",
    min_length=43,
    max_length=128,
    examples=["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"],
):
    """The verifier of a `code_challenge` (RFC 7636, 4.1)."""


class CodeChallenge(
    texts.Token,
    pattern=r"[A-Za-z0-9_-]{43}",
    rule="must be a code challenge (RFC 7636, 4.2): SHA-256 in base64url, 43 characters",
    max_length=43,
):
    """The challenge of a code verifier (RFC 7636, 4.2)."""


class LoginCodeExchange(Struct, frozen=True, rename="camel"):
    """The `login_code` that came back in the address's fragment, and the verifier of its `code_challenge`."""

    login_code: Token
    code_verifier: CodeVerifier


class LinkOffer(Struct, frozen=True, rename="camel"):
    """An external account that waits to be linked: post `link_token` to `oauth/link` while signed in."""

    link_required: Literal[True]
    link_token: str
    provider: str
    email: str | None
    expires_in: int


class Link(Struct, frozen=True, rename="camel"):
    """The token of an external account that is to open one's account here."""

    link_token: Token


class Identity(Struct, frozen=True, rename="camel"):
    """An external account that opens this one."""

    id: int
    provider: str
    email: str | None
    created_at: datetime
    last_used_at: datetime


class UnknownProvider(NotFound):
    """This provider is not set up."""

    code = "UNKNOWN_PROVIDER"
    message = "One cannot sign in with this provider here."


class OAuthState(BadRequest):
    """The answer does not belong to a sign-in that this browser began, or that sign-in has ended."""

    code = "OAUTH_STATE_INVALID"
    message = "This sign-in was not started here, took too long or was completed already. Please start again."


class OAuthDenied(BadRequest):
    """The provider reports a refusal: usually the person cancelled."""

    code = "OAUTH_DENIED"
    message = "The sign-in was cancelled."


class OAuthRefused(BadRequest):
    """The provider's answer is not valid, or not for this server: signature, audience, issuer, nonce or time."""

    code = "OAUTH_REFUSED"
    message = "The provider's answer was not accepted. Please start again."


class OAuthFailed(BadGateway):
    """The provider cannot be reached, or its answer cannot be parsed."""

    code = "OAUTH_PROVIDER_FAILED"
    message = "The provider does not answer. Please try again in a moment."


class LinkRequired(Conflict):
    """Nothing proves that the account here and the external one belong to the same person."""

    code = "LINK_REQUIRED"
    message = "Sign in to your account (or register) first, then link it with the provider."


class LinkTokenInvalid(BadRequest):
    """The link's token is not valid or too old."""

    code = "LINK_TOKEN_INVALID"
    message = "Linking took too long. Please start again."


class IdentityTaken(Conflict):
    """The external account opens another account here."""

    code = "IDENTITY_TAKEN"
    message = "This provider account is linked with another account."


class LastSignInMethod(Conflict):
    """Without this one, nobody could sign in to the account."""

    code = "LAST_SIGN_IN_METHOD"
    message = "This is the only way to sign in to your account. Set a password first."


class CannotSignUp(Forbidden):
    """There is no such account, and signing in this way does not create one."""

    code = "SIGN_UP_CLOSED"
    message = "There is no account for this sign-in."
