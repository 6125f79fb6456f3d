"""Shapes and rules of one-time codes, and their one error."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from colonnade.kernel.core import BadRequest
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
    "EmailAddress",
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

# Spaces, control characters and what steers the direction of writing, spelt out: what `\s` stands for differs
# between Python and the clients that read the pattern in the API description.
_ODD = (
    r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    r"<>\x22',;:()\[\]\\"
)
EmailAddress = Annotated[
    str,
    Meta(
        pattern=rf"^[^{_ODD}@]{{1,64}}@[^{_ODD}@.]+(\.[^{_ODD}@.]+)+$(?!\n)",
        min_length=3,
        max_length=254,
        description="An e-mail address.",
        examples=["rina@example.org"],
    ),
]
Code = Annotated[
    str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="The six digits of the mail.", examples=["204816"])
]


class CodeRequest(Struct, frozen=True):
    """Where a code is to be sent."""

    email: EmailAddress


class EmailConfirmation(Struct, frozen=True):
    """An address, and the code that was sent there."""

    email: EmailAddress
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
