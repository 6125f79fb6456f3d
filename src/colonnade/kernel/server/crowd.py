"""The connections of one process: how many may wait for their clients, by address, and how many there may be at all.

Where an address has too many unfinished requests, the one that has waited longest is given up, not the newest: whoever
shares an address with an attacker (an office, a mobile carrier) is served as long as their own requests arrive at once.
Before the process runs out of files, the connections that have been idle longest are closed, then those that have
waited longest, and only when there are none of either a new one is refused; it is told so, unless that would need too
many files as well.

Out of scope: open sockets (`realtime.limits`), requests in a time (`kernel.limits`).
"""

from __future__ import annotations

from collections.abc import Collection
from heapq import nsmallest
from typing import Any

__all__ = ["Crowd"]

_CLOSED_AT_LEAST = 16
_SHARE_CLOSED_AT_ONCE = 64
"""Of so many connections one makes room when there are too many: finding them looks at all, 8 ms for 20,000."""
_MOST_TOLD = 64
"""Refused connections beyond the limit that stay for a moment (`hang_up`): the files of 500 would be the database's."""


class Crowd:
    """Counts unfinished requests by address, and all connections, which are protocols."""

    def __init__(self, unfinished_per_address: int, connections: int) -> None:
        self._unfinished_per_address = unfinished_per_address
        self._connections = connections
        self._waiting: dict[str | None, dict[Any, None]] = {}
        self._room = 0  # connections that are ending, in whose place no new one has come

    def enter(self, connection: Any, key: str | None) -> None:
        """Count a connection that waits for its client, if it is not counted; give up the oldest of too many.

        Those without a `key` (from proxies, whose clients are not known yet) are not bounded by address.
        """
        waiting = self._waiting.setdefault(key, {})
        waiting[connection] = None
        if key is not None and len(waiting) > self._unfinished_per_address:
            next(iter(waiting)).give_up()

    def leave(self, connection: Any, key: str | None) -> None:
        """Do not count the connection any more."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.pop(connection, None)
            if not waiting:
                del self._waiting[key]

    def make_room(self, connections: Collection[Any]) -> bool:
        """Close some if these are too many; return False if there is none to close.

        The closed ones stay among `connections` until the event loop has got to them: as many new ones close no others.
        """
        if len(connections) <= self._connections:
            self._room = 0
            return True
        if self._room:
            self._room -= 1
            return True
        most = max(_CLOSED_AT_LEAST, len(connections) // _SHARE_CLOSED_AT_ONCE)
        ours = [one for one in connections if hasattr(one, "idle_since")]  # and no WebSockets
        idle = [one for one in ours if one.idle_since is not None]
        for one in nsmallest(most, idle, key=lambda one: one.idle_since):
            one.close()
        waiting = [] if idle else [one for one in ours if one.waits_since is not None]
        for one in nsmallest(most, waiting, key=lambda one: one.waits_since):
            one.give_way()
        closed = min(most, len(idle or waiting))
        self._room = max(0, closed - 1)
        return closed > 0

    def may_be_told(self, connections: Collection[Any]) -> bool:
        """Return whether one that is refused may stay until its client has read that."""
        return len(connections) <= self._connections + _MOST_TOLD
