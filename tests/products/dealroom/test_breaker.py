"""The circuit breaker before a model server, which all processes share."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from colonnade.products.dealroom.assistant.queries import servers

KEY = hashlib.sha256(b"http://127.0.0.1:9/v1 a-model").digest()
TRIAL = timedelta(seconds=30)


async def fail(db: Any, *, pause: timedelta = timedelta(seconds=20)) -> tuple[int, float]:
    return await servers.note_failure(
        db, KEY, threshold=2, pause=pause, longest=timedelta(minutes=1), asked_for=None
    )


async def test_of_those_who_ask_after_the_pause_one_tries_and_the_others_wait(room: Any) -> None:
    db = room.services.db
    assert await fail(db) == (1, 0.0)
    assert (await servers.admit_call(db, KEY, TRIAL)).wait_seconds == 0
    failures, wait = await fail(db)
    assert (failures, 19 < wait <= 20) == (2, True)
    assert 19 < (await servers.admit_call(db, KEY, TRIAL)).wait_seconds <= 20
    await db.execute("UPDATE model_servers SET open_until = now()")
    asked = [(await servers.admit_call(db, KEY, TRIAL)).wait_seconds for _ in range(3)]
    assert asked == [0, servers.TRIAL_WAIT_SECONDS, servers.TRIAL_WAIT_SECONDS]
    # The trial that died, or that nobody wants any more, leaves it to another.
    await db.execute("UPDATE model_servers SET trial_until = now()")
    assert (await servers.admit_call(db, KEY, TRIAL)).wait_seconds == 0
    await servers.give_up_trial(db, KEY)
    assert (await servers.admit_call(db, KEY, TRIAL)).wait_seconds == 0
    # One that fails doubles the pause, up to the longest; one that succeeds ends it.
    for expected in (40, 60, 60):
        failures, wait = await fail(db)
        assert expected - 1 < wait <= expected
        await db.execute("UPDATE model_servers SET open_until = now()")
    await servers.note_success(db, KEY)
    assert (await servers.admit_call(db, KEY, TRIAL)).wait_seconds == 0
    assert await servers.find_outage(db, KEY) is None
