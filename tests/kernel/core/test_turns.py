"""Turns, where a caller is cancelled before anything else runs: what waits has not noticed yet."""

from __future__ import annotations

import asyncio
import threading

import pytest

from colonnade.kernel.core import Unavailable
from colonnade.kernel.core.turns import Turns


async def waiting(turns: Turns, *people: str) -> list[asyncio.Task[None]]:
    """Return tasks that wait for a turn, in this order."""
    tasks = [asyncio.create_task(turns.take(person, known=True)) for person in people]
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    return tasks


async def all_turns(turns: Turns, slots: int) -> None:
    """Fail unless just so many turns are free, and nobody waits."""
    for number in range(slots):
        await asyncio.wait_for(turns.take(f"later {number}", known=True), 1)
    (one,) = await waiting(turns, "one more")
    turns.give_back()
    await asyncio.wait_for(one, 1)


async def test_a_turn_is_not_given_to_whom_has_just_been_cancelled() -> None:
    turns = Turns(1, 4)
    await turns.take("first", known=True)
    gone, same, next_one = await waiting(turns, "rina", "rina", "sari")
    gone.cancel()
    turns.give_back()
    await asyncio.wait_for(next_one, 1)  # whoever is passed over goes to the end like after a turn
    with pytest.raises(asyncio.CancelledError):
        await gone
    turns.give_back()
    await asyncio.wait_for(same, 1)
    turns.give_back()
    await all_turns(turns, 1)


async def test_room_is_made_by_whom_has_just_been_cancelled() -> None:
    turns = Turns(1, 3)
    await turns.take("first", known=True)
    tasks = await waiting(turns, "rina", "rina", "rina")
    newcomer = asyncio.create_task(turns.take("sari", known=True))
    tasks[-1].cancel()
    await asyncio.sleep(0)  # the newcomer runs first
    with pytest.raises(asyncio.CancelledError):
        await tasks[-1]
    (other,) = await waiting(turns, "tono")
    with pytest.raises(Unavailable):
        await tasks[1]
    for task in (tasks[0], newcomer, other):
        turns.give_back()
        await asyncio.wait_for(task, 1)
    turns.give_back()
    await all_turns(turns, 1)


async def test_a_thread_that_goes_on_keeps_its_turn() -> None:
    turns, gate = Turns(1, 4), threading.Event()
    running = asyncio.create_task(turns.run(gate.wait, "rina", known=True))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (following,) = await waiting(turns, "sari")
    gate.set()
    await asyncio.wait_for(following, 5)
