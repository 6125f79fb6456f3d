"""Counts what a block of test code makes the database do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.kernel.db import Database

__all__ = ["Statements", "count_statements"]


class Statements:
    """How many statements the block has sent so far (BEGIN and COMMIT not counted)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._before = db.statements

    @property
    def count(self) -> int:
        """Statements since the block began."""
        return self._db.statements - self._before


@contextmanager
def count_statements(db: Database) -> Iterator[Statements]:
    """`with count_statements(services.db) as statements: …; assert statements.count == 2`."""
    yield Statements(db)
