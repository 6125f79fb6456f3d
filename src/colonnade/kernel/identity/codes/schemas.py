"""Shapes and limits of one-time codes, and their error."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from colonnade.kernel.core import BadRequest, Email, Token
from colonnade.kernel.mail import Language

__all__ = [
    "ALL_SENDS_WINDOW",
    "COOLDOWN",
    "DIGITS",
    "LIFETIME",
    "MANY_DIGITS",
    "MANY_MISSES",
    "MAX_ALL_SENDS",
    "MAX_OTHER_TRIES",
    "MAX_SENDS",
    "MAX_TRIES",
    "MISSES_WINDOW",
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
"""Per code, by the network that asked for it, the right one included; a CHECK of the table holds the same number."""
MAX_OTHER_TRIES = 2
"""Per code, by all other networks: a code that a telephone asked for is typed at a computer."""

MAX_SENDS = 3
SENDS_WINDOW = timedelta(minutes=15)
COOLDOWN = timedelta(seconds=60)
"""Per e-mail address and network that asks."""
MAX_ALL_SENDS = 10
ALL_SENDS_WINDOW = timedelta(hours=1)
"""Per e-mail address, by all networks from which its account has not signed in; nobody signs in as a visitor."""

MANY_MISSES = 20
"""Wrong tries of one e-mail address from which on its codes are long.

With those of the short codes that are valid then it stays below a hundred (NIST SP 800-63B-4, 3.2.2).
"""
MISSES_WINDOW = timedelta(days=30)
"""How long there must be no wrong try until they are forgotten."""
DIGITS, MANY_DIGITS = 6, 12

Purpose = Literal["verify-email", "reset-password", "step-up"]


class Code(
    Token,
    pattern=r"[0-9]{6}(?:[0-9]{6})?",
    rule="must be the six or twelve digits of the mail",
    max_length=MANY_DIGITS,
    examples=["204816"],
):
    """The digits of the mail: six, or twelve after many wrong ones."""


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
    """The job's payload: recipient and purpose of a code, and who asked. The code itself is issued when it is sent."""

    email: str
    purpose: Purpose
    language: Language
    asker: bytes = b""


class SendVisitorCode(Struct, frozen=True):
    """The job's payload for somebody without an account; the code itself is issued when it is sent."""

    email: str
    purpose: str
    language: Language
    asker: bytes = b""


class CodeInvalid(BadRequest):
    """A wrong, used, replaced or expired code, too many tries, or no such account: one answer for all of them."""

    code = "CODE_INVALID"
    message = "The code is not valid or has expired."
