"""A clock for tests that say how long something may take: it stands still while others have the processor."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["own_seconds"]

_SCHEDULE = Path("/proc/thread-self/schedstat")


def own_seconds() -> float:
    """Return a moment in seconds, of which differences count.

    What this thread works and whatever it waits for passes; the time for which it could have run, and other programs of
    the machine did, does not. Where the system does not say that (it does on Linux) it is the clock on the wall.
    """
    try:
        waited = int(_SCHEDULE.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError):
        waited = 0.0
    return time.perf_counter() - waited
