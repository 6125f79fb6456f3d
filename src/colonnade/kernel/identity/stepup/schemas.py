"""Shapes of step-up, and its error."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import BadRequest, GivenPassword
from colonnade.kernel.identity.codes import Code as EmailCode
from colonnade.kernel.identity.mfa.schemas import FactorProof

__all__ = ["StepUp", "StepUpMethods", "StepUpRefused", "Verified"]


class StepUp(FactorProof, frozen=True, rename="camel"):
    """Exactly one proof, of a method that the account may use for this (see `GET step-up`)."""

    password: GivenPassword | UnsetType = UNSET
    email_code: EmailCode | UnsetType = UNSET


class StepUpMethods(Struct, frozen=True):
    """How this account can prove itself: `totp`, `passkey`, `recovery`, or else `password`, or else `email`."""

    methods: list[str]


class Verified(Struct, frozen=True, rename="camel"):
    """This session is verified; most dangerous actions are allowed for `expires_in` seconds."""

    expires_in: int


class StepUpRefused(BadRequest):
    """The proof is wrong, or not of a kind that counts for this account."""

    code = "STEP_UP_REFUSED"
    message = "That did not prove that it is you."
