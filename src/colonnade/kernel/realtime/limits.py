"""Limits of a socket and of an address, counted in this process only: they bound its memory and work.

Out of scope: budgets that processes share (logins, codes; `kernel.limits`).
"""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, deque
from dataclasses import dataclass

__all__ = ["AddressGate", "Budget", "Meter", "SocketLimits", "network_of"]


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """The limits of one client, sizes in bytes and times in seconds."""

    message_bytes: int = 64 * 1024
    """Largest message of a client; a larger one closes its connection (Engine.IO's maxPayload)."""
    messages_per_minute: int = 100
    """Events of one socket in any 60 seconds; further ones are answered with `error` RATE_LIMIT_EXCEEDED."""
    connections_per_minute: int = 30
    """Attempts of one socket to connect to a namespace: each may ask the database who it is."""
    packets_per_minute: int = 1_500
    """Packets of any kind (pongs, acks, attachments, refused events); a socket that sends more is closed."""
    bytes_per_minute: int = 8 * 1024 * 1024
    """What a socket sends in packets of any kind; one that sends more is closed. It is above 100 events of 64 KiB."""
    attachments: int = 10
    """Binary attachments of one event."""
    backlog_bytes: int = 1024 * 1024
    """Most unread bytes of a socket before its transport is aborted."""
    sockets_per_address: int = 1_000
    """Open sockets of one IPv4 address or IPv6 /64 network (a congregation and a mobile carrier share addresses)."""
    openings_per_minute: int = 3_000
    """Sockets that one address or network may open in a minute: all of them, three times, as after a restart."""
    sockets_per_person: int = 10
    """Open sockets of one account, or guest, in one process; a further one is refused (TOO_MANY_SOCKETS)."""
    rooms_per_socket: int = 50
    connect_seconds: float = 20.0
    """An opened transport must join a namespace within this time."""
    handler_seconds: float = 10.0
    """An event handler that takes longer is cancelled and answered INTERNAL_ERROR."""
    replay_events: int = 1_000
    """A client that missed more events than this is told to load the state again."""
    ping_interval_seconds: float = 25.0
    ping_timeout_seconds: float = 20.0


class Budget:
    """At most `limit` uses in any `window_seconds`."""

    __slots__ = ("_limit", "_times", "_window")

    def __init__(self, limit: int, window_seconds: float = 60.0) -> None:
        self._limit = limit
        self._window = window_seconds
        self._times: deque[float] = deque()

    def spend(self) -> bool:
        """Count one use; return False, without counting, if the budget is spent."""
        now = time.monotonic()
        times = self._times
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True


class Meter:
    """Counts uses per fixed window: coarser than a Budget, but its size does not depend on the number of uses."""

    __slots__ = ("_count", "_limit", "_started", "_window")

    def __init__(self, limit: int, window_seconds: float = 60.0) -> None:
        self._limit = limit
        self._window = window_seconds
        self._started = 0.0
        self._count = 0

    def spend(self, uses: int = 1) -> bool:
        """Count so many uses; return False if this window has more than its limit."""
        now = time.monotonic()
        if now - self._started >= self._window:
            self._started = now
            self._count = 0
        self._count += uses
        return self._count <= self._limit


class AddressGate:
    """Counts open sockets per address, and those that it has opened in a window."""

    def __init__(self, limit: int, openings: int = 3_000, window_seconds: float = 60.0) -> None:
        self._limit = limit
        self._openings = openings
        self._window = window_seconds
        self._started = 0.0
        self._opened: Counter[str] = Counter()
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count a socket; return False, without counting, if the address has, or has opened, as many as it may."""
        now = time.monotonic()
        if now - self._started >= self._window:
            self._started = now
            self._opened.clear()
        key = network_of(address)
        if self._open[key] >= self._limit or self._opened[key] >= self._openings:
            return False
        self._open[key] += 1
        self._opened[key] += 1
        return True

    def leave(self, address: str) -> None:
        """Uncount a socket that `enter` counted."""
        key = network_of(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]


def network_of(address: str) -> str:
    """Return the address, or the /64 of an IPv6 address: one subscriber has that many addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
