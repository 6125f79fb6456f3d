"""The table `migration_log`: which revisions a database has, since when, and the fingerprint of each.

Databases that Alembic kept the books of have its table `alembic_version` beside an older form of this one;
`adopt` takes over what it says and removes it. All SQL about the two is here.
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
# The column is looked for by name because the older form of the table has none.
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
    """A revision that the database has; what an older form of the table does not say is None."""

    revision: str
    applied_at: datetime | None
    checksum: str | None


class MigrationLog(msgspec.Struct, frozen=True):
    """What a database says it has, by revision. `heads`: the last ones by Alembic's table, None where there is none."""

    applied: dict[str, AppliedRevision]
    exists: bool
    heads: frozenset[str] | None

    @property
    def names(self) -> set[str]:
        """Every revision that the database says it has."""
        return {*self.applied, *(self.heads or ())}


async def read_log(connection: Any) -> MigrationLog:
    """Read the log of a database in two or three small queries; empty where nothing was ever migrated."""
    tables = await connection.fetchrow(_TABLES)
    rows = await connection.fetch(_READ) if tables["has_log"] else []
    applied = {row["revision"]: AppliedRevision(*row) for row in rows}
    heads = None
    if tables["has_heads"]:
        heads = frozenset(row["version_num"] for row in await connection.fetch(_READ_HEADS))
    return MigrationLog(applied, tables["has_log"], heads)


def adoption(log: MigrationLog, revisions: Sequence[Revision]) -> list[str]:
    """Give the statements that bring the table into its current form; none where it has it.

    The fingerprints of what an older form recorded are those of the files as they are now.
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
    """Give the statement that notes a revision as applied; its parts are file names and digits, hence no parameters."""
    return (
        "INSERT INTO migration_log (revision, duration_ms, checksum) "
        f"VALUES ('{revision.id}', {duration_ms}, '{checksum(revision.read())}')"
    )
