"""Ids of rows in bodies: a whole number, or its digits as a text, as some clients write every id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from colonnade.kernel.core.texts.kinds import FieldType

if TYPE_CHECKING:
    from typing import Self

__all__ = ["RowId"]

A_NUMBER = "must be a whole number"
_DIGITS = re.compile(r"[1-9][0-9]{0,18}")


class RowId(int, metaclass=FieldType):
    """The id of a row; `"12"` is 12. One with a sign, a point, spaces or leading zeros is no id."""

    base = int
    most: ClassVar[int] = 2**31 - 1

    def __init_subclass__(cls, *, most: int, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.most = most

    @classmethod
    def read(cls, value: object, _locale: object = None) -> Self:
        """Return the id that `value` is or writes. Raise ValueError with what it must be."""
        if value is None:
            raise ValueError("must not be null")
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(A_NUMBER)
        if value < 1:
            raise ValueError("must be at least 1")
        if value > cls.most:
            raise ValueError(f"must be at most {cls.most}")
        return value  # type: ignore[return-value]  # a RowId is an int in all that it can do

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return its JSON schema, that of the number: generated clients send no texts."""
        return {"type": "integer", "minimum": 1, "maximum": cls.most}
