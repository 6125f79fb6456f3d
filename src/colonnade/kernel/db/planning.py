"""Plans a migration: the revisions that a database lacks, in order, and the reasons not to run them.

Out of scope: the database itself, and files other than the revisions.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.db.migration_log import MigrationLog
from colonnade.kernel.db.revisions import BadRevision, Revision, checksum

__all__ = ["DatabaseAhead", "find_changed", "find_missing", "find_unknown", "plan"]


class DatabaseAhead(Exception):
    """The database has revisions that this code does not know: newer code, or another product, migrated it."""


def plan(revisions: Sequence[Revision], log: MigrationLog, *, to: str | None = None) -> list[Revision]:
    """Return the revisions to run, in the order of `revisions` (branch by branch), up to and including `to`.

    Raise DatabaseAhead, and BadRevision for a file that was changed or deleted after it was applied or is numbered
    below an applied one, and for a `to` that is no revision.
    """
    _check_known(revisions, log)
    if missing := find_missing(revisions, log):
        raise BadRevision(
            f"{missing[0]} has been applied, but its file is missing: put it back, or begin with an empty database"
        )
    if changed := find_changed(revisions, log):
        raise BadRevision(
            f"{changed[0].path.name} was changed after it had been applied: put it back and write a new one, "
            "or begin with an empty database"
        )
    waiting = [revision for revision in revisions if revision.id not in log.names]
    _check_not_skipped(waiting, log)
    if to is None:
        return waiting
    ids = [revision.id for revision in revisions]
    if to not in ids:
        raise BadRevision(f"there is no revision {to}; the last one is {ids[-1] if ids else 'none'}")
    wanted = set(ids[: ids.index(to) + 1])
    return [revision for revision in waiting if revision.id in wanted]


def find_changed(revisions: Sequence[Revision], log: MigrationLog) -> list[Revision]:
    """Return the revisions whose statements differ from those that were applied."""
    applied = {name: each.checksum for name, each in log.applied.items() if each.checksum is not None}
    return [each for each in revisions if each.id in applied and applied[each.id] != checksum(each.read())]


def find_missing(revisions: Sequence[Revision], log: MigrationLog) -> list[str]:
    """Return the applied names in our branches, up to the last revision of each, that no file has."""
    unknown = find_unknown(revisions, log)
    return sorted(log.names - {revision.id for revision in revisions} - set(unknown))


def find_unknown(revisions: Sequence[Revision], log: MigrationLog) -> list[str]:
    """Return the applied names that lie beyond the last revision of their branch, or belong to no branch of ours."""
    last = {revision.branch: revision.number for revision in revisions}
    return sorted(
        name for name in log.names if _branch(name) not in last or _number(name) > last[_branch(name)]
    )


def _check_known(revisions: Sequence[Revision], log: MigrationLog) -> None:
    newest = {revision.branch: revision.id for revision in revisions}
    for name in reversed(find_unknown(revisions, log)):
        if _branch(name) in newest:
            raise DatabaseAhead(
                f"the database is at {name}, but this version of the code ends at {newest[_branch(name)]}: "
                "run the newer version, or restore a backup taken before the upgrade"
            )
        raise DatabaseAhead(
            f"the database holds {name}, which is no part of {', '.join(newest) or 'this code'}: "
            "does it belong to another product?"
        )


def _check_not_skipped(waiting: Sequence[Revision], log: MigrationLog) -> None:
    """Raise BadRevision for a file numbered below an applied one (after a merge): it may not fit the later ones."""
    reached: dict[str, int] = {}
    for name in log.names:
        reached[_branch(name)] = max(_number(name), reached.get(_branch(name), -1))
    for revision in waiting:
        if revision.number < reached.get(revision.branch, -1):
            raise BadRevision(
                f"{revision.path.name} was added below revisions that are already applied: "
                "give it a higher number"
            )


def _branch(name: str) -> str:
    return name.rpartition("_")[0]


def _number(name: str) -> int:
    """Return the number in a revision's name; -1 if there is none (another program's table)."""
    number = name.rpartition("_")[2]
    return int(number) if number.isdecimal() else -1
