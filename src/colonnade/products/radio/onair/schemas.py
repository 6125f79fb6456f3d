"""Shapes of who has a request: a presenter, in one broadcast."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec import field as struct_field

from colonnade.kernel.core import UnloggedEvent

__all__ = ["REQUEST_ROUTED", "Broadcasting", "RequestKind", "RequestRouted"]

RequestKind = Literal["song", "prayer"]


class Broadcasting(Struct, frozen=True):
    """A broadcast that has presenters: their ids, in the programme's order."""

    program_id: int
    program: str
    presenters: dict[int, str]
    starts_at: datetime
    ends_at: datetime


class RequestRouted(Struct, frozen=True):
    """Requests that a presenter has from now on. `handedOver`: they were another one's, whose programme has ended."""

    kind: RequestKind
    request_ids: list[str] = struct_field(name="requestIds")
    presenter_id: int = struct_field(name="presenterId")
    presenter: str
    program: str
    starts_at: datetime = struct_field(name="startsAt")
    ends_at: datetime = struct_field(name="endsAt")
    handed_over: bool = struct_field(name="handedOver")


REQUEST_ROUTED = UnloggedEvent(
    "request-routed",
    RequestRouted,
    to="presenters (`songs:read`; of prayers `prayers:read-air`)",
    when="A request goes to the presenter who is on air, else the next one, or is handed over at the end of a slot.",
)
