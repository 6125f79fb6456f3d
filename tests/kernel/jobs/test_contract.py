"""What this kernel relies on in PgQueuer. When one of these fails after an upgrade, write a migration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence import schema_ddl

import colonnade.kernel.db
from colonnade.kernel.jobs.queue import SETTINGS, KeepingQueries

if TYPE_CHECKING:
    import pytest
    from tests.kernel.jobs.conftest import Queue

_MIGRATION = Path(colonnade.kernel.db.__file__).parent / "migrations" / "0005_jobs.sql"


def test_the_migration_holds_the_schema_of_the_installed_release() -> None:
    held = _MIGRATION.read_text().partition("-- begin pgqueuer\n")[2].partition("-- end pgqueuer\n")[0]
    rendered = schema_ddl.render_install(SETTINGS)
    # The first line names the release.
    assert held.strip().splitlines()[1:] == rendered.strip().splitlines()[1:]


async def test_pgqueuer_would_change_nothing(queue: Queue) -> None:
    plan = await KeepingQueries(AsyncpgDriver(queue.connection)).plan_upgrade()
    assert list(plan.statements) == []


def test_the_environment_does_not_rename_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANNEL", "elsewhere")
    monkeypatch.setenv("PGQUEUER_PREFIX", "other_")
    fresh = type(SETTINGS)(**SETTINGS.model_dump())
    assert (fresh.channel, fresh.queue_table, fresh.prefix) == ("ch_pgqueuer", "pgqueuer", "")
