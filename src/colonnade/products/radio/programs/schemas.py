"""Shapes of programmes, presenters, the weekly plan and the schedule, and their errors."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from colonnade.kernel.core import Conflict, Day, Invalid, Token, clean_figures
from colonnade.kernel.text import RichText, as_html
from colonnade.products.radio.shared.schemas import SAFE_HTML, Id, ImageUrl, ShortText, Slug

__all__ = [
    "Broadcast",
    "Override",
    "OverrideCreate",
    "OverrideKind",
    "OverrideTaken",
    "OverrideUpdate",
    "PlannedOverride",
    "PlannedSlot",
    "Presenter",
    "PresenterCreate",
    "PresenterRef",
    "PresenterUpdate",
    "Program",
    "ProgramCreate",
    "ProgramInUse",
    "ProgramName",
    "ProgramOnAir",
    "ProgramSlugTaken",
    "ProgramType",
    "ProgramUpdate",
    "Schedule",
    "ScheduleDay",
    "Slot",
    "SlotCreate",
    "SlotOverlap",
    "SlotUpdate",
    "UnknownReference",
]

ProgramType = Literal[
    "devotion",
    "sermon",
    "worship",
    "music",
    "talkshow",
    "news",
    "prayer",
    "children",
    "youth",
    "other",
]
LongText = Annotated[str, Meta(max_length=5000, extra=as_html(SAFE_HTML))]
Note = Annotated[str, Meta(max_length=500, extra=as_html(SAFE_HTML))]
PresenterIds = Annotated[list[Id], Meta(max_length=20, description="In the order in which they are named.")]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday, 7 is Sunday.")]


class ClockTime(
    Token,
    pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]",
    rule="must be a time of day, HH:MM from 00:00 to 23:59",
    max_length=5,
    examples=["06:00"],
):
    """Local time of the station, HH:MM."""

    @classmethod
    def clean(cls, text: str) -> str:
        """Return `text` in digits of ASCII."""
        return clean_figures(text)


PlanDate = Annotated[Day, Meta(description="A local date, YYYY-MM-DD.")]
OverrideKind = Literal["cancel", "replace"]


class PresenterRef(Struct, frozen=True):
    """A presenter of a programme."""

    id: int
    name: str
    photo: str | None


class Program(Struct, frozen=True):
    """A programme and its presenters."""

    id: int
    name: str
    slug: str
    type: ProgramType
    description: str | None
    image: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    presenters: list[PresenterRef]


class ProgramCreate(RichText, frozen=True):
    """A new programme; its slug is made from the name when none is given."""

    name: ShortText
    type: ProgramType
    slug: Slug | None = None
    description: LongText | None = None
    image: ImageUrl | None = None
    presenter_ids: PresenterIds = field(default_factory=list)


class ProgramUpdate(RichText, frozen=True):
    """The changes of a programme; `presenter_ids` replaces all presenters."""

    name: ShortText | UnsetType = UNSET
    type: ProgramType | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    image: ImageUrl | UnsetType | None = UNSET
    presenter_ids: PresenterIds | UnsetType = UNSET


class Presenter(Struct, frozen=True):
    """A presenter; `programs` is the number of programmes."""

    id: int
    name: str
    bio: str | None
    photo: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    programs: int


class PresenterCreate(RichText, frozen=True):
    """A new presenter."""

    name: ShortText
    bio: LongText | None = None
    photo: ImageUrl | None = None


class PresenterUpdate(RichText, frozen=True):
    """The changes of a presenter."""

    name: ShortText | UnsetType = UNSET
    bio: LongText | UnsetType | None = UNSET
    photo: ImageUrl | UnsetType | None = UNSET


class ProgramName(Struct, frozen=True):
    """The name of a programme."""

    id: int
    name: str
    slug: str
    type: ProgramType


class Slot(Struct, frozen=True):
    """One broadcast a week; one whose `end_time` is not after its `start_time` ends on the next day.

    With the same time twice it lasts for a day.
    """

    id: int
    program: ProgramName
    weekday: int
    start_time: str
    end_time: str
    valid_from: date | None
    valid_until: date | None
    version: int


class SlotCreate(Struct, frozen=True):
    """A new slot in the weekly plan, for ever or between two dates (both included)."""

    program_id: Id
    weekday: Weekday
    start_time: ClockTime
    end_time: ClockTime
    valid_from: PlanDate | None = None
    valid_until: PlanDate | None = None


class SlotUpdate(Struct, frozen=True):
    """The changes of a slot; overrides that no longer fit it are deleted."""

    program_id: Id | UnsetType = UNSET
    weekday: Weekday | UnsetType = UNSET
    start_time: ClockTime | UnsetType = UNSET
    end_time: ClockTime | UnsetType = UNSET
    valid_from: PlanDate | UnsetType | None = UNSET
    valid_until: PlanDate | UnsetType | None = UNSET


class Override(Struct, frozen=True):
    """A difference from the plan on one date: the broadcast is cancelled, or `program` replaces it."""

    id: int
    slot: Slot
    date: date
    kind: OverrideKind
    program: ProgramName | None
    note: str | None
    version: int


class OverrideCreate(RichText, frozen=True):
    """A cancelled broadcast, or one that `program_id` replaces; `date` is the day on which it starts."""

    slot_id: Id
    date: PlanDate
    kind: OverrideKind
    program_id: Id | None = None
    note: Note | None = None


class OverrideUpdate(RichText, frozen=True):
    """The changes of an override."""

    kind: OverrideKind | UnsetType = UNSET
    program_id: Id | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET


class ProgramOnAir(Struct, frozen=True):
    """The programme of a broadcast."""

    id: int
    name: str
    slug: str
    type: ProgramType
    description: str | None
    image: str | None
    presenters: list[PresenterRef]


class Broadcast(Struct, frozen=True):
    """One broadcast on one date. `replaces` is the planned programme if another one replaces it.

    `start_time` and `end_time` are those of the plan; `starts_at` and `ends_at` are moments, and differ from them where
    the clock is changed meanwhile.
    """

    slot_id: int
    date: date
    weekday: int
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime
    program: ProgramOnAir
    replaces: ProgramName | None = None
    note: str | None = None


class ScheduleDay(Struct, frozen=True):
    """The broadcasts of one local date."""

    date: date
    weekday: int
    broadcasts: list[Broadcast]


class Schedule(Struct, frozen=True):
    """A week, Monday first, with all seven days."""

    timezone: str
    week: int
    start_date: date
    end_date: date
    days: list[ScheduleDay]


class PlannedSlot(Struct, frozen=True):
    """A slot as calendars get it; `since` is its first date, or the Monday of the week in which it was planned."""

    id: int
    program: ProgramOnAir
    weekday: int
    starts_at: time
    minutes: int
    since: date
    valid_until: date | None
    version: int
    changed_at: datetime


class PlannedOverride(Struct, frozen=True):
    """An override as calendars get it; one without a programme is a cancelled broadcast."""

    id: int
    slot_id: int
    date: date
    program: ProgramOnAir | None
    note: str | None
    version: int
    changed_at: datetime


class ProgramSlugTaken(Conflict):
    """Another programme has the requested slug."""

    code = "PROGRAM_SLUG_TAKEN"
    message = "Another programme already uses this slug."


class ProgramInUse(Conflict):
    """A slot of the weekly plan, or an override, still refers to the programme."""

    code = "PROGRAM_IN_USE"
    message = "This programme is still in the plan: remove its slots and overrides first."


class SlotOverlap(Conflict):
    """Two broadcasts would be on air at once; `details.slots` are the conflicting ones."""

    code = "SLOT_OVERLAP"
    message = "Another programme is planned at this time."


class OverrideTaken(Conflict):
    """The broadcast already has an override on this date."""

    code = "OVERRIDE_EXISTS"
    message = "There is already an override for this slot on this date."


class UnknownReference(Invalid):
    """An id in the input refers to nothing that exists."""

    code = "VALIDATION_ERROR"
