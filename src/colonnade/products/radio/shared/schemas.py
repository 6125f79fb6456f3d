"""Field types and settings that several slices share.

Patterns end in `$(?!\\n)`: in Python a bare `$` also matches before a final line break.
"""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta
from pydantic import Field

from colonnade.kernel.core import UNSEEN, Email, Line, Moment, PersonName, SliceSettings, TimeZone, Token
from colonnade.kernel.text import HtmlRules

__all__ = [
    "SAFE_HTML",
    "SHOWN_WITH_NAMES",
    "Email",
    "Id",
    "ImageUrl",
    "Moment",
    "ShortText",
    "Slug",
    "StaffName",
    "StationSettings",
]

Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Slug(
    Token,
    pattern=r"[a-z0-9-]+",
    rule="must consist of a-z, 0-9 and -",
    max_length=500,
    examples=["kabar-baik"],
):
    """The last part of an address."""


class ShortText(Line, min_length=2, max_length=255):
    """A name or title."""


class StaffName(PersonName, max_length=255, examples=["Rina Simanjuntak"]):
    """The name of somebody of the station."""


class ImageUrl(
    Token,
    pattern=rf"https?://[^{UNSEEN}]+|/radio/uploads/[^{UNSEEN}]+",
    rule="must be an address (https://…) or that of a file uploaded here, without spaces",
    max_length=500,
    examples=["https://cdn.elshaddaifm.id/studio.jpg"],
):
    """An address on the web, or of a file uploaded here."""


_FORMATTING = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "del", "dd", "details", "div", "dl", "dt",
    "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark",
    "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
SAFE_HTML = HtmlRules(
    tags=frozenset(_FORMATTING),
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", "title", "width", "height"},
        "ol": {"start"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan", "scope"},
    },
)
"""Plain formatting, for the texts that authors write."""

SHOWN_WITH_NAMES = ("articles", "homepage")
"""Tags of the answers that contain names of staff."""


class StationSettings(SliceSettings):
    """The station's location."""

    title = "The station"

    station_timezone: TimeZone = Field("Asia/Jakarta", description="Time zone of the programme schedule.")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the programme schedule."""
        return ZoneInfo(self.station_timezone)
