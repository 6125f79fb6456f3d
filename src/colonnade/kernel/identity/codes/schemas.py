"""Shapes and rules of one-time codes, and their one error."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from colonnade.kernel.core import BadRequest, Email
from colonnade.kernel.mail import Language

__all__ = [
    "COOLDOWN",
    "LIFETIME",
    "SENDS",
    "SENDS_WINDOW",
    "TRIES",
    "Code",
    "CodeInvalid",
    "CodeRequest",
    "EmailConfirmation",
    "Purpose",
    "SendCode",
]

LIFETIME = timedelta(minutes=10)
TRIES = 5
"""Per code, the right one included; a CHECK of the table holds the same number."""

SENDS = 3
SENDS_WINDOW = timedelta(minutes=15)
COOLDOWN = timedelta(seconds=60)

Purpose = Literal["verify-email", "reset-password", "step-up"]

Code = Annotated[
    str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="The six digits of the mail.", examples=["204816"])
]


class CodeRequest(Struct, frozen=True):
    """Where a code is to be sent."""

    email: Email


class EmailConfirmation(Struct, frozen=True):
    """An address, and the code that was sent there."""

    email: Email
    code: Code


class SendCode(Struct, frozen=True):
    """What the queue carries: whom to send a code, and what for. The code itself is made when it is sent."""

    email: str
    purpose: Purpose
    language: Language


class CodeInvalid(BadRequest):
    """A wrong, used, replaced or expired code, too many tries, or no such account: one answer for all of them."""

    code = "CODE_INVALID"
    message = "The code is not valid or has expired."
