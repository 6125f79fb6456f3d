"""SIGKILL at every step: nothing that a row refers to is ever missing, and the sweep leaves no orphan."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from colonnade.kernel.db import Database
from colonnade.kernel.storage import Storage, sweep_files
from colonnade.kernel.testing.nursery import Nursery

HERE = Path(__file__).parent
NURSERY = Nursery(HERE / "crash_step.py", "tests.kernel.storage.crash_step:main", folder=HERE.parents[2])
NOTHING = timedelta(0)

STEPS = {
    # step: (picture rows, its thumbnails) that must survive the sweep
    "before the object is written": (0, 0),
    "after the object is written": (0, 0),
    "before the upload is committed": (0, 0),
    "after the upload is committed": (1, 0),
    "after thumbnails are written": (1, 0),
    "before the deletion is committed": (1, 2),
    "after the deletion is committed": (0, 0),
    "after one object is removed": (0, 0),
    "before rows are removed": (0, 0),
}


async def live(dsn: str, folder: Path, step: str) -> int:
    """Run crash_step.py, which dies at `step`; return its exit code."""
    arguments = [dsn, str(folder), step]
    done = await asyncio.to_thread(NURSERY.run, arguments, env=os.environ, cwd=HERE, input="", timeout=60)
    return done.returncode


@pytest.mark.parametrize("step", STEPS)
async def test_killed(
    step: str,
    dsn: str,
    db: Database,
    storage: Storage,
    folder: Path,
    stored: Callable[[], Awaitable[set[str]]],
) -> None:
    assert await live(dsn, folder, step) == -signal.SIGKILL

    referred = {row["key"] for row in await db.fetch("SELECT key FROM pictures")}
    pictures, thumbnails = STEPS[step]
    assert len(referred) == pictures
    assert referred <= await stored()

    # A sweep at once may not touch what could still be in use elsewhere; an hour later nothing is left over.
    await sweep_files(db, storage)
    assert referred <= await stored()
    await sweep_files(db, storage, pending_for=NOTHING, unknown_for=NOTHING)
    rows = {row["key"]: row["state"] for row in await db.fetch("SELECT key, state FROM stored_files")}
    assert set(rows) == await stored()
    assert set(rows.values()) <= {"kept"}
    assert referred <= set(rows)
    assert len(rows) == pictures + thumbnails


async def test_the_whole_way_without_a_crash(
    dsn: str, db: Database, storage: Storage, folder: Path, stored: Callable[[], Awaitable[set[str]]]
) -> None:
    assert await live(dsn, folder, "never") == 0
    assert await stored() == set()
    assert await db.fetch_value("SELECT count(*) FROM stored_files") == 0
