"""Field types and settings that several slices share.

Patterns end in `$(?!\\n)`: in Python a bare `$` also matches before a final line break.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import field as struct_field
from pydantic import Field

from colonnade.kernel.core import (
    UNSEEN,
    Email,
    Line,
    Moment,
    PersonName,
    SliceSettings,
    TimeZone,
    Token,
    UnloggedEvent,
)
from colonnade.kernel.text import HtmlRules

__all__ = [
    "NO_TAGS",
    "QUEUE_CHANGED",
    "SAFE_HTML",
    "SHOWN_WITH_NAMES",
    "Email",
    "Id",
    "ImageUrl",
    "Moment",
    "QueueChange",
    "QueueChanged",
    "QueueKind",
    "ShortText",
    "Slug",
    "StaffName",
    "StationSettings",
]

Id = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Slug(
    Token,
    pattern=r"[a-z0-9]+(?:-[a-z0-9]+)*",
    rule="must consist of a-z and 0-9, with a single - between words",
    max_length=500,
    examples=["kabar-baik"],
):
    """The last part of an address."""


class ShortText(Line, min_length=2, max_length=255):
    """A name or title."""


class StaffName(PersonName, min_length=2, max_length=255, examples=["Rina Simanjuntak"]):
    """The name of somebody of the station."""


class ImageUrl(
    Token,
    pattern=rf"https?://[^{UNSEEN}]+|/radio/uploads/[^{UNSEEN}]+",
    rule="must be an address (https://…) or that of a file uploaded here, without spaces",
    max_length=500,
    examples=["https://cdn.elshaddaifm.id/studio.jpg"],
):
    """An address on the web, or of a file uploaded here."""


QueueKind = Literal["chat", "song", "prayer", "testimonial"]
"""What staff decide on: a message of the chat, a request, a story."""
QueueChange = Literal["added", "decided", "claimed", "released"]


class QueueChanged(Struct, frozen=True):
    """What has happened to items of the moderation queue; of a claim also by whom, an account, and until when."""

    kind: QueueKind
    ids: list[str]
    change: QueueChange
    claimed_by: int | UnsetType = struct_field(default=UNSET, name="claimedBy")
    claimed_until: datetime | UnsetType = struct_field(default=UNSET, name="claimedUntil")


QUEUE_CHANGED = UnloggedEvent(
    "queue-changed",
    QueueChanged,
    to="staff who may see items of this kind in the moderation queue",
    when="Something comes into the moderation queue or is decided, or somebody takes it on or lets it go.",
)

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
    embeds=True,
)
"""Plain formatting, for the texts that authors write."""
NO_TAGS = HtmlRules(tags=frozenset(), attributes={})
"""Nothing but text."""

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
