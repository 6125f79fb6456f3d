"""Edits of stored objects: the fields that a client gave, and the version that its edit is based on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct

from colonnade.kernel.core.errors import PreconditionFailed

__all__ = ["changed_fields", "check_version", "given_fields"]


def given_fields(data: Struct, *names: str) -> dict[str, Any]:
    """Return the fields of `data` that are not UNSET, by name and in order: those of `names`, or all of them."""
    return {
        name: value for name in names or data.__struct_fields__ if (value := getattr(data, name)) is not UNSET
    }


def changed_fields(before: Struct, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that differ from the attributes of `before`, the object under the row's lock.

    An action to which nothing is left returns `before`: no statement, no version, no event.
    """
    return {name: value for name, value in values.items() if getattr(before, name) != value}


def check_version(expected: int | None, present: int) -> None:
    """Raise PreconditionFailed unless `expected`, the version an edit is based on, is still the present one.

    None (the client sent no `If-Match`) agrees with every version. The caller holds the row's lock.
    """
    if expected is not None and expected != present:
        raise PreconditionFailed
