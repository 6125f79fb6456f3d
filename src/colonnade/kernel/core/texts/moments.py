"""Moments as clients send them: ISO 8601 with an offset, or in a zone that the product names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from colonnade.kernel.core.texts.kinds import FieldType
from colonnade.kernel.core.texts.locale import Locale

if TYPE_CHECKING:
    from typing import Self


__all__ = ["Moment"]

EXAMPLE = "2026-12-25T06:00:00+07:00"
_TO_THE_MINUTE = re.compile(r"\A(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(Z|z|[+-]\d\d:?\d\d)?\Z", re.ASCII)
"""As fields of forms send them (HTML, 4.10.5.1.11: `datetime-local`)."""


class Moment(datetime, metaclass=FieldType):
    """A moment. One without offset is refused, unless the product says in which zone it is meant (LOCAL_TIMEZONE)."""

    base = datetime

    @classmethod
    def read(cls, value: object, locale: Locale | None = None) -> Self:
        """Return the moment that `value` writes; its zone is set. Raise ValueError with what it must be."""
        try:
            if isinstance(value, str):
                if value[4:5] != "-":
                    raise ValueError  # leniently read, it could be a number of seconds
                value = _TO_THE_MINUTE.sub(r"\1:00\2", value.strip())
            moment = msgspec.convert(value, datetime)
        except (msgspec.ValidationError, ValueError, OverflowError):
            raise ValueError(f"must be a date and time (ISO 8601), such as {EXAMPLE}") from None
        if moment.tzinfo is None:
            zone = locale.local_zone if locale is not None else None
            if zone is None:
                raise ValueError(f"must have an offset from UTC, such as {EXAMPLE}")
            local, moment = moment, moment.replace(tzinfo=zone).astimezone(UTC)
            if moment.astimezone(zone).replace(tzinfo=None) != local:
                raise ValueError(f"must be a time that exists in {zone}: the clocks are put forward then")
        return moment  # type: ignore[return-value]  # a Moment is a datetime in all that it can do

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema."""
        return {"type": "string", "format": "date-time", "examples": [EXAMPLE]}
