"""Puts one room's logged events in the order of their numbers for this process's clients.

It delivers an event once all earlier ones have been delivered, holds those that come too early, and drops duplicates.

Out of scope: I/O; `delivery` reads missing events from the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

__all__ = ["RoomFeed"]

T = TypeVar("T")

_MAX_HELD_EVENTS: Final = 1_000
"""Most events held while an earlier one is missing; the log has the others."""


class RoomFeed(Generic[T]):
    """The feed of a room. `delivered` is the last number that this process's clients have (None: not known yet)."""

    __slots__ = ("_deliver", "_held", "delivered", "fetching", "joiners", "mending")

    def __init__(self, deliver: Callable[[T], None], delivered: int | None = None) -> None:
        self._deliver = deliver
        self._held: dict[int, T] = {}
        self.delivered = delivered
        self.joiners = 0
        self.fetching = False
        self.mending = False

    @property
    def waiting(self) -> bool:
        """Whether events are held because an earlier one is missing."""
        return bool(self._held)

    @property
    def position(self) -> int:
        """`delivered`, or 0 if it is not known."""
        return self.delivered or 0

    def prime(self, seq: int) -> None:
        """Start after `seq`, unless this feed has started."""
        if self.delivered is None:
            self.delivered = seq
            self._advance()

    def offer(self, seq: int, item: T) -> None:
        """Deliver the event now, or once those before it have arrived."""
        if self.delivered is not None and seq <= self.delivered:
            return
        if len(self._held) >= _MAX_HELD_EVENTS and seq not in self._held:
            last = max(self._held)
            if seq > last:
                return
            del self._held[last]
        self._held[seq] = item
        self._advance()

    def skip_to(self, seq: int) -> None:
        """Skip the events up to `seq`, which the log no longer has."""
        if seq > self.position:
            self.delivered = seq
            self._advance()

    def _advance(self) -> None:
        if self.delivered is None:
            return
        for seq in [seq for seq in self._held if seq <= self.delivered]:
            del self._held[seq]
        while self.delivered + 1 in self._held:
            self.delivered += 1
            self._deliver(self._held.pop(self.delivered))
