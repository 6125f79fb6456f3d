"""One room's logged events on their way to this process's clients, in the order of their numbers.

Pure bookkeeping, without I/O: it says what may be delivered now, holds what came too early, and drops what
was there already. The hub fetches what is missing from the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

__all__ = ["RoomFeed"]

T = TypeVar("T")

_HELD: Final = 1_000
"""Events held for a missing one; more are not kept, for the log has them."""


class RoomFeed(Generic[T]):
    """`delivered` is the last number that this process's clients have (None: not known yet)."""

    __slots__ = ("_deliver", "_held", "delivered", "fetching", "joiners", "mending")

    def __init__(self, deliver: Callable[[T], None], delivered: int | None = None) -> None:
        self._deliver = deliver
        self._held: dict[int, T | None] = {}
        self.delivered = delivered
        self.joiners = 0
        self.fetching = False
        self.mending = False

    @property
    def waiting(self) -> bool:
        """Whether something is held because a number before it has not come."""
        return bool(self._held)

    @property
    def position(self) -> int:
        """`delivered`, 0 when not known."""
        return self.delivered or 0

    def prime(self, seq: int) -> None:
        """Begin after `seq`, unless this feed has begun."""
        if self.delivered is None:
            self.delivered = seq
            self._advance()

    def offer(self, seq: int, item: T | None) -> None:
        """Deliver the event now, or when those before it have come. None: a number nobody is to see."""
        if self.delivered is not None and seq <= self.delivered:
            return
        if len(self._held) >= _HELD and seq not in self._held:
            last = max(self._held)
            if seq > last:
                return
            del self._held[last]
        self._held[seq] = item
        self._advance()

    def skip_to(self, seq: int) -> None:
        """Give up on numbers up to `seq`: the log no longer has them."""
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
            item = self._held.pop(self.delivered)
            if item is not None:
                self._deliver(item)
