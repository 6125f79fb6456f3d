"""Writes pending revisions as one SQL script for psql, for databases whose tables a person changes, not Colonnade."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.db.migrate import ADVISORY_LOCK, LOCK_TIMEOUT_SECONDS
from colonnade.kernel.db.migration_log import MigrationLog, adoption, record
from colonnade.kernel.db.planning import plan
from colonnade.kernel.db.revisions import Revision, is_transactional

__all__ = ["write_script"]

_HEAD = f"""\
\\set ON_ERROR_STOP on
\\o /dev/null
SET client_min_messages = warning;
SET timezone = 'UTC';
SET lock_timeout = '{LOCK_TIMEOUT_SECONDS:.0f}s';
SELECT pg_advisory_lock({ADVISORY_LOCK});
"""
_FOOT = f"""
SELECT pg_advisory_unlock({ADVISORY_LOCK});
\\o
"""


def write_script(
    title: str, revisions: Sequence[Revision], log: MigrationLog, *, to: str | None = None
) -> str:
    """Return the script that does what `migrate` would; only a comment if there is nothing to do.

    Raise DatabaseAhead, BadRevision.
    """
    steps, adopted = plan(revisions, log, to=to), adoption(log, revisions)
    if not steps and not adopted:
        return f"-- {title}: up to date.\n"
    begin = f"-- {title}: for psql; every revision is applied completely or not at all.\n"
    return begin + _HEAD + "\n" + _in_transaction(adopted) + "".join(map(_apply, steps)) + _FOOT


def _apply(revision: Revision) -> str:
    sql, note = f"{revision.read().rstrip()}\n;", record(revision, duration_ms=0)
    reset = ["RESET search_path", "RESET role"]
    title = f"\n-- {revision.id}: {revision.path.name}\n"
    if is_transactional(revision.read()):
        return title + _in_transaction([sql, *reset, note])
    return title + f"{sql}\n" + _in_transaction([*reset, note])


def _in_transaction(statements: Sequence[str]) -> str:
    body = "".join(f"{statement.removesuffix(';')};\n" for statement in statements)
    return f"BEGIN;\n{body}COMMIT;\n" if statements else ""
