"""Declares which rows go into the trash, and what goes along."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colonnade.kernel.core.providing import provided

__all__ = ["Revision", "TrashKind", "TrashKinds"]

_NAME = re.compile(r"[a-z][a-z-]{0,39}\Z")
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*\Z")

Revision = Callable[[Mapping[str, Any], datetime], tuple[Mapping[str, Any], str | None]]
"""Takes a row and when it was deleted; returns the row as it comes back, and a sentence if that is not as it was."""


@dataclass(frozen=True, kw_only=True)
class TrashKind:
    """One kind of thing that can be restored: rows of `table`, with an integer `id`.

    `name` is its word in addresses, `title` the column that names a row to people, `key` the columns that no two rows
    may share. `along` are tables whose rows are deleted with the row (ON DELETE CASCADE), and `links` those that only
    lose their reference (SET NULL), each with the column that refers to it: they are put back as far as what they
    refer to is still there, and nobody has taken their place. `invalidates` are tags of the answers that show the row.
    `revision` is asked what of a restored row time has overtaken: what was planned for a moment that has passed does
    not happen unseen.
    """

    name: str
    table: str
    title: str
    key: Sequence[str] = ()
    along: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    invalidates: tuple[str, ...] = ()
    revision: Revision | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a name that is none: they become part of statements."""
        columns = [self.table, self.title, *self.key]
        for references in (self.along, self.links):
            columns += [*references, *references.values()]
        if not _NAME.match(self.name) or not all(_COLUMN.match(one) for one in columns):
            raise ValueError(f"{self.name}: a kind, its tables and columns have plain names")


@provided("trash")
class TrashKinds(dict[str, TrashKind]):
    """The kinds of a product, by name."""
