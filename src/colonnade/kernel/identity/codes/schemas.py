"""Shapes and limits of one-time codes, and their error."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from colonnade.kernel.core import BadRequest, Email, Token
from colonnade.kernel.mail import Language

__all__ = [
    "COOLDOWN",
    "LIFETIME",
    "MAX_SENDS",
    "MAX_TRIES",
    "SENDS_WINDOW",
    "Code",
    "CodeInvalid",
    "CodeRequest",
    "EmailProof",
    "Purpose",
    "SendCode",
    "SendVisitorCode",
]

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
"""Per code, the right one included; a CHECK of the table holds the same number."""

MAX_SENDS = 3
SENDS_WINDOW = timedelta(minutes=15)
COOLDOWN = timedelta(seconds=60)

Purpose = Literal["verify-email", "reset-password", "step-up"]


class Code(
    Token, pattern=r"[0-9]{6}", rule="must be the six digits of the mail", max_length=6, examples=["204816"]
):
    """The six digits of the mail."""


class CodeRequest(Struct, frozen=True):
    """The address that a code is to be sent to."""

    email: Email


class EmailProof(Struct, frozen=True):
    """What an account was before somebody proved to read its mail.

    `unverified`: nobody had proven it of this address; `unproven`: and somebody had signed up for the account, who may
    have given another's address, then or later.
    """

    unverified: bool
    unproven: bool


class SendCode(Struct, frozen=True):
    """The job's payload: recipient and purpose of a code. The code itself is issued when it is sent."""

    email: str
    purpose: Purpose
    language: Language


class SendVisitorCode(Struct, frozen=True):
    """The job's payload for somebody without an account; the code itself is issued when it is sent."""

    email: str
    purpose: str
    language: Language


class CodeInvalid(BadRequest):
    """A wrong, used, replaced or expired code, too many tries, or no such account: one answer for all of them."""

    code = "CODE_INVALID"
    message = "The code is not valid or has expired."
