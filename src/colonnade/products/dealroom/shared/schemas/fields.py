"""Field types that several slices share."""

from __future__ import annotations

from colonnade.kernel.core import UNSEEN, Line, RowId, Token, Words

__all__ = [
    "Id",
    "LongText",
    "Name",
    "WebUrl",
]


class Id(RowId, most=2**31 - 1):
    """The id of a row."""


class Name(Line, max_length=100, examples=["Toko Sepatu Melati"]):
    """A name."""


class LongText(Words, max_length=2000):
    """A text of some lines."""


class WebUrl(
    Token,
    pattern=rf"https://[^{UNSEEN}]+",
    rule="must be an https address without spaces, such as https://cdn.example.org/sepatu.jpg",
    max_length=500,
    examples=["https://cdn.example.org/sepatu.jpg"],
):
    """An https address on the public internet."""
