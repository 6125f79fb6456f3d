"""Events that a transaction collects and that are dispatched after its commit.

An event is lost when the process dies between commit and dispatch; work that must not be lost is a job.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
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
Handler = Callable[[Any], Awaitable[None] | None]


class Dispatcher:
    """Delivers each event to the handlers of its type, in the order in which the events were collected.

    A failing handler is logged and does not stop the others: the commit has happened.
    """

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Handler]] = {}

    def on(self, event_type: type[E], handler: Callable[[E], Awaitable[None] | None]) -> None:
        """Call `handler` with every event of `event_type`, and await what it returns, if it returns something."""
        self._handlers.setdefault(event_type, []).append(handler)

    def begin(self, events: Sequence[Event]) -> Coroutine[Any, Any, None] | None:
        """Deliver `events` as far as nothing has to be waited for; return what delivers the others, or None.

        A Database awaits that in a task which does not end with a request that is cancelled.
        """
        calls = [(handler, event) for event in events for handler in self._handlers.get(type(event), ())]
        for number, (handler, event) in enumerate(calls):
            try:
                waiting = handler(event)
            except Exception:
                _log_failure(event)
                continue
            if waiting is not None:
                return self._go_on(waiting, event, calls[number + 1 :])
        return None

    async def dispatch(self, events: Sequence[Event]) -> None:
        """Deliver `events`."""
        rest = self.begin(events)
        if rest is not None:
            await rest

    async def _go_on(
        self, waiting: Awaitable[None], event: Event, calls: Sequence[tuple[Handler, Event]]
    ) -> None:
        try:
            await waiting
        except Exception:
            _log_failure(event)
        for handler, later in calls:
            try:
                more = handler(later)
                if more is not None:
                    await more
            except Exception:
                _log_failure(later)


def _log_failure(event: Event) -> None:
    log.exception("event handler failed", event_type=type(event).__name__)
