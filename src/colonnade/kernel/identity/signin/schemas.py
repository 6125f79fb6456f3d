"""Shapes of signing in and of its second step, and the error about it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, defstruct

from colonnade.kernel.core import Unauthorized
from colonnade.kernel.identity.mfa.schemas import Code, FactorProof
from colonnade.kernel.identity.passkeys.schemas import Token
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.sessions.schemas import Issued

__all__ = [
    "Enroll",
    "EnrollConfirm",
    "MfaBegin",
    "MfaRequired",
    "MfaTokenInvalid",
    "MfaVerify",
    "SignedIn",
    "with_codes",
]


class SignedIn(Struct, frozen=True):
    """A session that was opened, and its account; `recovery_codes` if a factor was set up during the login."""

    account: Account
    issued: Issued
    recovery_codes: list[str] | None = None


class MfaRequired(Struct, frozen=True, rename="camel"):
    """The first factor was right; the second is still to come, with `mfa_token`, within `expires_in` seconds.

    `methods` are those that the account has: `totp`, `passkey`, `recovery`. With `enrollment_required` it has
    none and its role requires one: set up an authenticator app now.
    """

    mfa_required: Literal[True]
    mfa_token: str
    methods: list[str]
    enrollment_required: bool
    expires_in: int


class MfaBegin(Struct, frozen=True, rename="camel"):
    """The token of a login that waits for its second factor."""

    mfa_token: Token


class MfaVerify(FactorProof, frozen=True, rename="camel", kw_only=True):
    """The second step of a login: its token and one proof."""

    mfa_token: Token


class Enroll(Struct, frozen=True, rename="camel"):
    """The token of a login whose account must set up a second factor first."""

    mfa_token: Token


class EnrollConfirm(Struct, frozen=True, rename="camel"):
    """The first code of the app that was just set up."""

    mfa_token: Token
    code: Code


def with_codes(answer: type[Struct]) -> type[Struct]:
    """Return the shape of `answer` with `recoveryCodes` as well: null if none were made."""
    return defstruct(
        f"{answer.__name__}WithCodes",
        [("recovery_codes", list[str] | None)],
        bases=(answer,),
        namespace={
            "__doc__": "A session, and the recovery codes of the factor that was set up during the login."
        },
        frozen=True,
        rename="camel",
        kw_only=True,
    )


class MfaTokenInvalid(Unauthorized):
    """The first step was too long ago, or the password or the factors have changed since."""

    code = "MFA_TOKEN_INVALID"
    message = "The sign-in took too long. Please start again."
