"""Kinds of things in the trash: their names become part of statements."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.kernel.trash import TrashKind, rows_in_trash

THINGS: dict[str, Any] = {"name": "things", "table": "things", "title": "title", "key": ("slug",)}


def test_a_kind_has_plain_names() -> None:
    kind = TrashKind(**THINGS, along={"thing_parts": "thing_id"}, links={"notes": "thing_id"})
    assert rows_in_trash(kind) == (
        "(SELECT r.* FROM trash, jsonb_populate_record(NULL::things, item) r WHERE kind = 'things')"
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "Things"},
        {"name": "things'"},
        {"name": ""},
        {"table": "things; --"},
        {"title": "title, id"},
        {"key": ("slug", "lower(name)")},
        {"along": {"parts": "thing id"}},
        {"links": {"parts p": "thing_id"}},
    ],
)
def test_and_no_others(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plain names"):
        TrashKind(**THINGS | odd)
