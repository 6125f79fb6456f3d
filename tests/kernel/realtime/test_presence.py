"""What changes often is shown once per interval, and in the end as it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colonnade.kernel.core import UnloggedEvent
from colonnade.kernel.realtime import Emit
from colonnade.kernel.realtime.presence import Presence

SECONDS = 0.1
SEEN: UnloggedEvent[Any] = UnloggedEvent("seen", object, to="the room", when="Somebody comes or goes.")


class _Shown:
    """What a Presence has sent, in order."""

    def __init__(self) -> None:
        self.presence = Presence(self._deliver)
        self.sent: list[Any] = []

    def _deliver(self, event: Emit[Any]) -> None:
        self.sent.append(event.data)

    def show(self, state: str, key: str = "rina") -> None:
        assert self.presence.show(key, state, Emit(room="room", event=SEEN, data=f"{key} {state}")) is None

    async def until(self, number: int) -> None:
        async with asyncio.timeout(5):
            while len(self.sent) < number:
                await asyncio.sleep(0.001)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> _Shown:
    monkeypatch.setattr("colonnade.kernel.realtime.presence.INTERVAL_SECONDS", SECONDS)
    return _Shown()


async def test_the_first_change_is_shown_at_once_and_the_last_at_the_end(shown: _Shown) -> None:
    for _ in range(70):
        shown.show("here")
        shown.show("away")
    assert shown.sent == ["rina here"]
    await shown.until(2)
    shown.show("here")  # the next interval has begun with what was sent at the end
    assert shown.sent == ["rina here", "rina away"]
    await shown.until(3)
    await asyncio.sleep(2 * SECONDS)
    assert shown.sent == ["rina here", "rina away", "rina here"]


async def test_who_goes_and_comes_back_has_never_been_away(shown: _Shown) -> None:
    shown.show("here")
    shown.show("away")
    shown.show("here")
    await asyncio.sleep(1.5 * SECONDS)
    assert shown.sent == ["rina here"]
    shown.show("away")  # nothing was sent within the interval
    assert shown.sent == ["rina here", "rina away"]


async def test_people_do_not_wait_for_each_other(shown: _Shown) -> None:
    shown.show("here", "rina")
    shown.show("here", "sari")
    assert shown.sent == ["rina here", "sari here"]


async def test_a_process_that_stops_shows_nothing_more(shown: _Shown) -> None:
    shown.show("here")
    shown.show("away")
    shown.presence.stop()
    await asyncio.sleep(1.5 * SECONDS)
    assert shown.sent == ["rina here"]
