"""Field types that several slices share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from colonnade.kernel.core import UNSEEN

__all__ = [
    "Id",
    "LongText",
    "Name",
    "PhoneNumber",
    "PhoneText",
    "WebUrl",
]

Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=100, examples=["Toko Sepatu Melati"])]
LongText = Annotated[str, Meta(min_length=1, max_length=2000)]
PhoneText = Annotated[
    str,
    Meta(
        min_length=5,
        max_length=40,
        description="A telephone number with its country code, written in any usual way.",
        examples=["+62 811 6000 123"],
    ),
]
WebUrl = Annotated[
    str,
    Meta(
        pattern=rf"^https://[^{UNSEEN}]+$(?!\n)",
        max_length=500,
        description="An https address on the public internet.",
        examples=["https://cdn.example.org/sepatu.jpg"],
    ),
]


class PhoneNumber(Struct, frozen=True):
    """A telephone number in E.164 form (ITU-T), and as it was typed."""

    number: str
    typed: str
