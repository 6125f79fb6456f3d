"""Moments and days as clients send them (ISO 8601): with an offset, or in a zone that the product names."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from colonnade.kernel.core.texts.cleaning import clean_figures
from colonnade.kernel.core.texts.kinds import FieldType
from colonnade.kernel.core.texts.locale import Locale

if TYPE_CHECKING:
    from typing import Self


__all__ = ["AN_OFFSET", "A_DAY", "A_MOMENT", "Day", "Moment"]

MAX_CHARACTERS = 100
EXAMPLE = "2026-12-25T06:00:00+07:00"
A_MOMENT = f"must be a date and time (ISO 8601), such as {EXAMPLE}"
AN_OFFSET = f"must have an offset from UTC, such as {EXAMPLE}"
A_DAY = "must be a date (YYYY-MM-DD), such as 2026-12-25"
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(?:([Zz])|([+-]\d\d):?(\d\d)?)?",
    re.ASCII,
)
"""Also as fields of forms send them (HTML, 4.10.5.1.11: `datetime-local`), and with offsets in whole hours."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Moment(datetime, metaclass=FieldType):
    """A moment. One without offset is refused, unless the product says in which zone it is meant (LOCAL_TIMEZONE)."""

    base = datetime

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the moment that `value` writes; its zone is set. Raise ValueError with what it must be."""
        moment = _moment(value)
        if moment.tzinfo is None:
            zone = locale.local_zone if locale is not None else None
            if zone is None:
                raise ValueError(AN_OFFSET)
            try:
                local, moment = moment, moment.replace(tzinfo=zone).astimezone(UTC)
                exists = moment.astimezone(zone).replace(tzinfo=None) == local
            except OverflowError:
                raise ValueError(A_MOMENT) from None
            if not exists:
                raise ValueError(f"must be a time that exists in {zone}: the clocks are put forward then")
        return moment  # type: ignore[return-value]  # a Moment is a datetime in all that it can do

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema."""
        return {"type": "string", "format": "date-time", "examples": [EXAMPLE]}


def _moment(value: object) -> datetime:
    if value is None:
        raise ValueError("must not be null")
    if isinstance(value, datetime):
        return value
    written = _MOMENT.fullmatch(_figures(value))
    if written is None:
        raise ValueError(A_MOMENT)
    day, minute, second, fraction, utc, hours, minutes = written.groups()
    offset = "+00:00" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    try:
        made = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}.{(fraction or '0')[:6]:0<6}{offset}")
        made.astimezone(UTC)  # of the first and last days, some offsets lead out of the calendar
    except (ValueError, OverflowError):
        raise ValueError(A_MOMENT) from None
    return made


def _figures(value: object) -> str:
    return clean_figures(value) if isinstance(value, str) and len(value) <= MAX_CHARACTERS else ""


class Day(date, metaclass=FieldType):
    """A day of the calendar, without a zone."""

    base = date

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the day that `value` writes. Raise ValueError with what it must be."""
        if value is None:
            raise ValueError("must not be null")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value  # type: ignore[return-value]  # a Day is a date in all that it can do
        written = _DAY.fullmatch(_figures(value))
        try:
            return date.fromisoformat(written[0] if written else "")  # type: ignore[return-value]
        except ValueError:
            raise ValueError(A_DAY) from None

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema."""
        return {"type": "string", "format": "date", "examples": ["2026-12-25"]}
