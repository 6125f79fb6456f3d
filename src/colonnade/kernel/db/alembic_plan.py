"""What Alembic would do: the revisions to run, in order, and the statements that keep `alembic_version`.

It is run as a program in a process of its own, so that SQLAlchemy and Alembic (about 20 MB) never stay in a
server's memory: it reads `{"branches": [[name, [revision, …]], …], "heads": [revision, …]}` as JSON from
standard input and prints `[{"revision": …, "sql": …}, …]`. Alembic works offline here (its `--sql` mode): it
is told where the database stands and writes the bookkeeping statements; `migrate` runs them next to each
file's own SQL. Hence no SQLAlchemy driver is needed, and the DSN is not passed on.

It imports nothing of Colonnade and is not imported by it.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

Branch = tuple[str, list[str]]


class SqlScripts(ScriptDirectory):
    """A script directory whose revisions are given by name instead of being Python files."""

    def __init__(self, branches: list[Branch]) -> None:
        super().__init__(str(Path(__file__).parent))
        self._branches = branches

    def _load_revisions(self) -> Iterator[Script]:
        for branch, revisions in self._branches:
            down: str | None = None
            for revision in revisions:
                yield Script(_module(revision, down, branch), revision, f"{revision}.sql")
                down = revision


def _module(revision: str, down: str | None, branch: str) -> ModuleType:
    """What Alembic expects to find in a revision's Python file; the SQL itself is run by `migrate`."""
    module: Any = ModuleType(revision)
    module.revision = revision
    module.down_revision = down
    module.branch_labels = (branch,) if down is None else None
    module.upgrade = lambda: None
    module.downgrade = lambda: None
    return module  # type: ignore[no-any-return]


def plan(branches: list[Branch], heads: list[str]) -> list[dict[str, str]]:
    """The steps from `heads` to the newest revision of every branch, earlier branches first."""
    scripts = SqlScripts(branches)
    output = io.StringIO()
    steps: list[dict[str, str]] = []

    def upgrade(current: Any, context: Any) -> Iterator[Any]:
        for branch, revisions in branches:
            if revisions and revisions[-1] not in current:
                yield from scripts._upgrade_revs(f"{branch}@head", current)

    def keep(*, step: Any, **_: Any) -> None:
        steps.append({"revision": step.up_revision_id, "sql": output.getvalue()})
        output.seek(0)
        output.truncate()

    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={
            "as_sql": True,
            "fn": upgrade,
            "on_version_apply": (keep,),
            "output_buffer": output,
            "script": scripts,
            "starting_rev": heads or None,
            "transactional_ddl": False,  # BEGIN and COMMIT belong to `migrate`
        },
    )
    context.run_migrations()
    return steps


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump(plan([(name, ids) for name, ids in request["branches"]], request["heads"]), sys.stdout)
