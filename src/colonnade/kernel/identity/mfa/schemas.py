"""Shapes of second factors, and the errors about them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import BadRequest, Conflict, Unauthorized
from colonnade.kernel.identity.passkeys.schemas import PasskeyProof, Token
from colonnade.kernel.identity.sessions.schemas import LoggedIn

__all__ = [
    "Code",
    "Enroll",
    "EnrollConfirm",
    "FactorProof",
    "Factors",
    "LastSecondFactor",
    "LoggedInWithCodes",
    "MfaBegin",
    "MfaRequired",
    "MfaTokenInvalid",
    "MfaVerify",
    "RecoveryCodes",
    "SecondFactorInvalid",
    "TotpActive",
    "TotpCode",
    "TotpNotPending",
    "TotpOffer",
]

Code = Annotated[str, Meta(pattern=r"^[0-9]{3}[ ]?[0-9]{3}$", examples=["123456"])]


class FactorProof(Struct, frozen=True, rename="camel"):
    """Exactly one of: the app's code, a recovery code, the use of a passkey."""

    code: Code | UnsetType = UNSET
    recovery_code: Annotated[str, Meta(min_length=16, max_length=40)] | UnsetType = UNSET
    passkey: PasskeyProof | UnsetType = UNSET


class MfaRequired(Struct, frozen=True, rename="camel"):
    """The first factor was right; the second is still to come, with `mfa_token`, within `expires_in` seconds.

    `methods` are those that the account has: `totp`, `passkey`, `recovery`. With `enrollment_required` it has
    none and its role asks for one: set up an authenticator app now.
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


class TotpCode(Struct, frozen=True):
    """The six digits that the app shows now."""

    code: Code


class TotpOffer(Struct, frozen=True, rename="camel"):
    """A secret for an authenticator app, three times the same: base32, `otpauth://` address, PNG as a data URL.

    It counts once a code of it is confirmed, within `expires_in` seconds.
    """

    secret: str
    uri: str
    qr_png: str
    expires_in: int


class RecoveryCodes(Struct, frozen=True, rename="camel"):
    """Ten codes, each good once, shown this one time; None when the account has codes already."""

    recovery_codes: list[str] | None


class LoggedInWithCodes(LoggedIn, frozen=True, rename="camel", kw_only=True):
    """A session, and the recovery codes of the factor that was set up on the way."""

    recovery_codes: list[str] | None


class Factors(Struct, frozen=True, rename="camel"):
    """What protects one's own account; `required` tells that the role asks for a second factor."""

    totp: bool
    passkeys: int
    recovery_codes_left: int
    required: bool


class SecondFactorInvalid(BadRequest):
    """Wrong, used or unknown: one answer for all of them. Not a 401, by which clients would sign out."""

    code = "SECOND_FACTOR_INVALID"
    message = "The code was not accepted."


class MfaTokenInvalid(Unauthorized):
    """The first step is too long ago, or the password has changed since."""

    code = "MFA_TOKEN_INVALID"
    message = "The sign-in took too long. Please start again."


class TotpActive(Conflict):
    """An authenticator app is set up already."""

    code = "TOTP_ACTIVE"
    message = "An authenticator app is set up already. Remove it first."


class TotpNotPending(BadRequest):
    """There is no secret to confirm, or it was confirmed already or is too old."""

    code = "TOTP_NOT_PENDING"
    message = "There is nothing to confirm. Please begin again."


class LastSecondFactor(Conflict):
    """The role asks for a second factor and this is the last one."""

    code = "LAST_SECOND_FACTOR"
    message = "Your role requires a second factor. Set up another one before you remove this."
