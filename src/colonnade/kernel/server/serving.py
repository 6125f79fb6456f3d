"""What a process serves with: the protocol with its limits, and as many files as the system lets it open.

Out of scope: what is served, and where it listens (`app.server`).
"""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from colonnade.kernel.server.crowd import Crowd
from colonnade.kernel.server.pace import Pace
from colonnade.kernel.server.patience import ConnectionLimits
from colonnade.kernel.server.protocol import OneWriteProtocol

__all__ = ["connections_within", "listening", "raise_file_limit", "serving"]

_OTHER_FILES = 256
"""Of a process: connections to databases, processes for costly input, stored files that are being served, logs."""
_FEWEST_CONNECTIONS = 64
_UNLIMITED_FILES = 65_536
_ACCEPTED_PER_TURN = 8
"""Connections. 60 bodies of a megabyte make turns of 30 ms: one in each is 30 a second, and hundreds wait."""


def serving(limits: ConnectionLimits) -> Callable[..., OneWriteProtocol]:
    """Return what makes the protocol of each connection, for `uvicorn.Config(http=…)` of one server."""
    crowd = Crowd(limits.unfinished_per_address, limits.connections)
    return partial(OneWriteProtocol, limits=limits, crowd=crowd, pace=Pace())


def listening(bound: socket.socket) -> list[socket.socket]:
    """Return what a server listens with instead of `bound`: that, and copies, all of which it has to close.

    libuv accepts one connection per turn of the event loop and socket (since 1.46), however many wait.
    """
    copies = [bound.dup() for _ in range(_ACCEPTED_PER_TURN - 1)]
    return [bound, *copies]


def raise_file_limit() -> int:
    """Let this process, and those that it starts, open as many files as it may; return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _UNLIMITED_FILES if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    with suppress(ValueError, OSError):  # macOS: its kernel allows fewer than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def connections_within(files: int) -> int:
    """Return how many connections a process may have that may open so many files."""
    return max(_FEWEST_CONNECTIONS, files - _OTHER_FILES)
