"""Events after a commit: the order of their handlers, whether these have something to wait for or not."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.core.events import Dispatcher, Event


class First(Event, frozen=True):
    number: int


class Second(Event, frozen=True):
    number: int


@pytest.fixture
def called() -> list[str]:
    return []


@pytest.fixture
def dispatcher(called: list[str]) -> Dispatcher:
    made = Dispatcher()

    def at_once(event: First) -> None:
        called.append(f"at once {event.number}")
        if event.number == 13:
            raise LookupError

    async def slowly(event: Second) -> None:
        await asyncio.sleep(0)
        called.append(f"slowly {event.number}")
        if event.number == 13:
            raise LookupError

    made.on(First, at_once)
    made.on(Second, slowly)
    made.on(Second, lambda event: called.append(f"then {event.number}"))
    return made


def test_what_waits_for_nothing_is_done_at_once(dispatcher: Dispatcher, called: list[str]) -> None:
    assert dispatcher.begin([First(1), First(13), First(2), Event()]) is None
    assert called == ["at once 1", "at once 13", "at once 2"]


async def test_nothing_overtakes_what_has_to_be_waited_for(dispatcher: Dispatcher, called: list[str]) -> None:
    rest = dispatcher.begin([First(1), Second(2), First(3), Second(13), First(13), Second(4)])
    assert called == ["at once 1"]
    assert rest is not None
    await rest
    assert called == [
        *("at once 1", "slowly 2", "then 2", "at once 3", "slowly 13", "then 13"),
        *("at once 13", "slowly 4", "then 4"),
    ]


async def test_dispatch_waits_for_all(dispatcher: Dispatcher, called: list[str]) -> None:
    await dispatcher.dispatch([First(1)])
    await dispatcher.dispatch([Second(2)])
    assert called == ["at once 1", "slowly 2", "then 2"]
