"""The table `migration_log`: which revisions a database has, since when, and the fingerprint of each.

Databases once migrated by Alembic have its table `alembic_version` beside an older form of this one; `adoption`
takes over its content and drops it. All SQL about the two tables is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from colonnade.kernel.db.revisions import Revision, checksum

__all__ = ["AppliedRevision", "MigrationLog", "adoption", "read_log", "record"]

_TABLES = """
SELECT to_regclass('migration_log') IS NOT NULL AS has_log, to_regclass('alembic_version') IS NOT NULL AS has_heads
"""
# The column is looked up by name because the older form of the table lacks it.
_READ = """
SELECT revision, applied_at, to_jsonb(migration_log) ->> 'checksum' AS checksum FROM migration_log ORDER BY applied_at
"""
_READ_HEADS = "SELECT version_num FROM alembic_version"
_CREATE = """CREATE TABLE IF NOT EXISTS migration_log (
    revision text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now(),
    duration_ms integer NOT NULL,
    checksum text
)"""
_ADD_CHECKSUM = "ALTER TABLE migration_log ADD COLUMN IF NOT EXISTS checksum text"
_DROP_HEADS = "DROP TABLE alembic_version"


class AppliedRevision(msgspec.Struct, frozen=True):
    """A revision that the database has; columns that an older form of the table lacks are None."""

    revision: str
    applied_at: datetime | None
    checksum: str | None


class MigrationLog(msgspec.Struct, frozen=True):
    """The applied revisions of a database. `heads` are the latest ones in Alembic's table, None if there is none."""

    applied: dict[str, AppliedRevision]
    exists: bool
    heads: frozenset[str] | None

    @property
    def names(self) -> set[str]:
        """The name of every revision that the database records as applied."""
        return {*self.applied, *(self.heads or ())}


async def read_log(connection: Any) -> MigrationLog:
    """Read the log of a database in two or three small queries; empty if nothing was ever migrated."""
    tables = await connection.fetchrow(_TABLES)
    rows = await connection.fetch(_READ) if tables["has_log"] else []
    applied = {row["revision"]: AppliedRevision(*row) for row in rows}
    heads = None
    if tables["has_heads"]:
        heads = frozenset(row["version_num"] for row in await connection.fetch(_READ_HEADS))
    return MigrationLog(applied, tables["has_log"], heads)


def adoption(log: MigrationLog, revisions: Sequence[Revision]) -> list[str]:
    """Return the statements that bring the table into its current form; none if it has that form.

    Revisions that an older form recorded get the fingerprints of the files as they are now.
    """
    if not log.exists:
        return [_CREATE]
    adopted = []
    for revision in revisions:
        known = log.applied.get(revision.id)
        if known is None and revision.id in (log.heads or ()):
            adopted.append(record(revision, duration_ms=0))
        elif known is not None and known.checksum is None:
            adopted.append(
                f"UPDATE migration_log SET checksum = '{checksum(revision.read())}' "
                f"WHERE revision = '{revision.id}' AND checksum IS NULL"
            )
    if log.heads is not None:
        adopted.append(_DROP_HEADS)
    return [_ADD_CHECKSUM, *adopted] if adopted else []


def record(revision: Revision, *, duration_ms: int) -> str:
    """Return the statement that records a revision as applied; made of file names and digits, so without parameters."""
    return (
        "INSERT INTO migration_log (revision, duration_ms, checksum) "
        f"VALUES ('{revision.id}', {duration_ms}, '{checksum(revision.read())}')"
    )
