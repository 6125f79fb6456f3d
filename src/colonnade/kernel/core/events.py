"""Events that a transaction collects and that are dispatched after its commit.

An event is lost when the process dies between commit and dispatch; work that must not be lost is a job.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

__all__ = ["Dispatcher", "Event", "Invalidate"]

log = structlog.get_logger(__name__)


class Event(msgspec.Struct, frozen=True):
    """Base of all events handed to `tx.after_commit`."""


class Invalidate(Event, frozen=True):
    """Cached answers and totals that carry one of these tags are stale."""

    tags: tuple[str, ...]


E = TypeVar("E", bound=Event)


class Dispatcher:
    """Delivers each event to the handlers of its type, in the order in which the events were collected.

    A failing handler is logged and does not stop the others: the commit has happened.
    """

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Callable[[Any], Awaitable[None]]]] = {}

    def on(self, event_type: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """Call `handler` with every event of `event_type`."""
        self._handlers.setdefault(event_type, []).append(handler)

    async def dispatch(self, events: Sequence[Event]) -> None:
        """Deliver `events`. A Database calls this in a task that does not end with a request that is cancelled."""
        for event in events:
            for handler in self._handlers.get(type(event), ()):
                try:
                    await handler(event)
                except Exception:
                    log.exception("event handler failed", event_type=type(event).__name__)
