"""Builds parts of statements: columns that depend on the input (values are always parameters), and times in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["NOW", "assignments", "insertion", "json_time"]

NOW: Final = object()
"""A value that stands for the transaction's time, so that clock skew does not delay what begins now."""

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def assignments(values: Mapping[str, Any], *, first: int) -> tuple[str, list[Any]]:
    """Return an UPDATE's assignments (`"title = $2, slug = $3, "`) and its parameters, from $`first` on.

    Each assignment ends with a comma, since the statement continues with those that it always makes. Raise
    ValueError for a key that is no plain column name; keys are constants of the code, never input.
    """
    marks, args = _marks(values, first)
    return "".join(f"{name} = {mark}, " for name, mark in marks.items()), args


def insertion(values: Mapping[str, Any], *, first: int = 1) -> tuple[str, str, list[Any]]:
    """Return an INSERT's columns (`"title, slug"`), their values (`"$1, $2"`) and its parameters, from $`first` on.

    Raise ValueError as `assignments` does.
    """
    marks, args = _marks(values, first)
    return ", ".join(marks), ", ".join(marks.values()), args


def json_time(timestamp: str) -> str:
    """Return SQL for the timestamptz `timestamp` (SQL as well) as our JSON has it: `2026-01-31T08:00:00.000001Z`."""
    text = f"to_char({timestamp} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
    return f"replace({text}, '.000000', '') || 'Z'"


def _marks(values: Mapping[str, Any], first: int) -> tuple[dict[str, str], list[Any]]:
    marks: dict[str, str] = {}
    args: list[Any] = []
    for name, value in values.items():
        if not _COLUMN.match(name):
            raise ValueError(f"{name!r} is not a column name")
        if value is NOW:
            marks[name] = "now()"
        else:
            marks[name] = f"${first + len(args)}"
            args.append(value)
    return marks, args
