"""Edits: given fields and the version they are based on."""

from __future__ import annotations

import pytest
from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import PreconditionFailed, changed_fields, check_version, given_fields


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


class Thing(Struct):
    """A stored thing."""

    name: str
    note: str | None
    count: int


def test_changed_fields_are_those_with_another_value():
    before = Thing("a", None, 1)
    assert changed_fields(before, {"name": "a", "note": None, "count": 1}) == {}
    assert changed_fields(before, {"name": "b", "note": None}) == {"name": "b"}
    assert changed_fields(before, {"note": "", "count": 0}) == {"note": "", "count": 0}
    with pytest.raises(AttributeError):
        changed_fields(before, {"title": "a"})


def test_an_edit_must_be_based_on_the_present_version():
    check_version(None, 3)
    check_version(3, 3)
    with pytest.raises(PreconditionFailed):
        check_version(2, 3)
    with pytest.raises(PreconditionFailed):
        check_version(0, 3)
