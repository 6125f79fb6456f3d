"""Counts the SQL statements of a block of test code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.kernel.db import Database

__all__ = ["Statements", "count_statements"]


class Statements:
    """The number of statements that the block has sent so far, without BEGIN and COMMIT."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._before = db.statements
        self._commands_before = db.commands

    @property
    def count(self) -> int:
        """The number of statements since the block began."""
        return self._db.statements - self._before

    @property
    def round_trips(self) -> int:
        """The number of round trips since the block began: statements, and BEGIN, COMMIT and ROLLBACK.

        Without those that prepare a statement at its first use on a connection.
        """
        return self.count + self._db.commands - self._commands_before


@contextmanager
def count_statements(db: Database) -> Iterator[Statements]:
    """Count: `with count_statements(services.db) as statements: …; assert statements.count == 2`."""
    yield Statements(db)
