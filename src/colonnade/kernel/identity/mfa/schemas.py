"""Shapes of second factors, and the errors about them."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import BadRequest, Conflict, Token
from colonnade.kernel.identity.passkeys.schemas import PasskeyProof

__all__ = [
    "Code",
    "FactorProof",
    "Factors",
    "RecoveryCodes",
    "SecondFactorInvalid",
    "TotpActive",
    "TotpCode",
    "TotpNotPending",
    "TotpOffer",
]


class Code(
    Token,
    pattern=r"[0-9]{3} ?[0-9]{3}",
    rule="must be the six digits of the app",
    max_length=7,
    examples=["123456"],
):
    """The six digits of an authenticator app."""


class FactorProof(Struct, frozen=True, rename="camel"):
    """Exactly one of: the app's code, a recovery code, the use of a passkey."""

    code: Code | UnsetType = UNSET
    recovery_code: Annotated[str, Meta(min_length=16, max_length=40)] | UnsetType = UNSET
    passkey: PasskeyProof | UnsetType = UNSET


class TotpCode(Struct, frozen=True):
    """The six digits that the app shows now."""

    code: Code


class TotpOffer(Struct, frozen=True, rename="camel"):
    """A secret for an authenticator app, three times the same: base32, `otpauth://` address, PNG as a data URL.

    It takes effect once a code of it is confirmed, within `expires_in` seconds.
    """

    secret: str
    uri: str
    qr_png: str
    expires_in: int


class RecoveryCodes(Struct, frozen=True, rename="camel"):
    """Ten codes, each valid once, shown only now; None if the account has codes already."""

    recovery_codes: list[str] | None


class Factors(Struct, frozen=True, rename="camel"):
    """What protects one's own account; `required` tells that the role requires a second factor."""

    totp: bool
    passkeys: int
    recovery_codes_left: int
    required: bool


class SecondFactorInvalid(BadRequest):
    """Wrong, used or unknown: one answer for all of them. Not a 401, at which clients would sign out."""

    code = "SECOND_FACTOR_INVALID"
    message = "The code was not accepted."


class TotpActive(Conflict):
    """An authenticator app is set up already."""

    code = "TOTP_ACTIVE"
    message = "An authenticator app is set up already. Remove it first."


class TotpNotPending(BadRequest):
    """There is no secret to confirm, or it was confirmed already, or it has expired."""

    code = "TOTP_NOT_PENDING"
    message = "There is nothing to confirm. Please begin again."
