"""Edits: given fields and the version they are based on."""

from __future__ import annotations

import pytest
from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import PreconditionFailed, check_version, given_fields


class Change(Struct):
    """The fields of a thing that can be changed."""

    name: str | UnsetType = UNSET
    note: str | UnsetType | None = UNSET
    count: int | UnsetType = UNSET


def test_given_fields_are_those_that_are_set():
    assert given_fields(Change()) == {}
    assert given_fields(Change(note=None, count=0)) == {"note": None, "count": 0}
    assert list(given_fields(Change("a", "b", 1))) == ["name", "note", "count"]
    assert given_fields(Change("a", "b", 1), "count", "name") == {"count": 1, "name": "a"}


def test_an_edit_must_be_based_on_the_present_version():
    check_version(None, 3)
    check_version(3, 3)
    with pytest.raises(PreconditionFailed):
        check_version(2, 3)
    with pytest.raises(PreconditionFailed):
        check_version(0, 3)
