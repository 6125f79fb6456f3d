"""Declares which rows go into the trash, and what goes along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.kernel.core.providing import provided

__all__ = ["TrashKind", "TrashKinds"]

_NAME = re.compile(r"[a-z][a-z-]{0,39}\Z")
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@dataclass(frozen=True, kw_only=True)
class TrashKind:
    """One kind of thing that can be restored: rows of `table`, with an integer `id`.

    `name` is its word in addresses, `title` the column that names a row to people, `key` the columns that no two rows
    may share. `along` are tables whose rows are deleted with the row (ON DELETE CASCADE), and `links` those that only
    lose their reference (SET NULL), each with the column that refers to it: they are put back as far as what they
    refer to is still there, and nobody has taken their place. `invalidates` are tags of the answers that show the row.
    """

    name: str
    table: str
    title: str
    key: Sequence[str] = ()
    along: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    invalidates: tuple[str, ...] = ()

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
