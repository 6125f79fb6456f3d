"""Shapes of the way round a blocked address: an e-mail address, confirmed by a code."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from pydantic import Field

from colonnade.kernel.core import SliceSettings, Token
from colonnade.products.radio.shared.schemas import Email

__all__ = ["CONFIRMS", "Confirmation", "ConfirmationRequest", "LivechatSettings"]

CONFIRMS: Literal["chat"] = "chat"
"""The purpose of the codes."""


class LivechatSettings(SliceSettings):
    """What guests may do who share an address with somebody who was blocked."""

    title = "Live chat"

    chat_confirm_by_email: bool = Field(
        True, description="Let guests in from a blocked address once they have confirmed an e-mail address."
    )


class ConfirmationCode(
    Token,
    pattern=r"[0-9]{6}(?:[0-9]{6})?",
    rule="must be the six or twelve digits of the mail",
    max_length=12,
    examples=["204816"],
):
    """The digits of the mail: six, or twelve after many wrong ones."""


class ConfirmationRequest(Struct, frozen=True):
    """Where the code is sent to."""

    email: Email


class Confirmation(Struct, frozen=True):
    """An e-mail address and the code that was sent there."""

    email: Email
    code: ConfirmationCode
