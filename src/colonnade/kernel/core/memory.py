"""Gives memory back to the system, where the C library is glibc; elsewhere these functions do nothing.

glibc gives each thread that allocates a heap of its own, and keeps what was freed for later: after a thousand requests
that was a quarter of a server's memory, for good.
"""

from __future__ import annotations

import asyncio
import ctypes
import time

__all__ = ["return_memory", "return_memory_when_idle", "share_one_heap"]

_M_ARENA_MAX = -8
"""The parameter's number in glibc's malloc.h."""
CHECK_SECONDS = 5.0
BUSY_SECONDS = 0.25
"""A process that has used the processor for so long since the last check is not idle."""
WORK_SECONDS = 0.5
"""Processor time after which there may be something to give back."""


def share_one_heap() -> None:
    """Let the threads of this process allocate from one heap; to be called before there are any."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def return_memory() -> None:
    """Return what is free to the system; it takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def return_memory_when_idle() -> None:
    """Return memory each time the process comes to rest after some work, until cancelled."""
    seen = returned = time.process_time()
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        before, seen = seen, time.process_time()
        if seen - before < BUSY_SECONDS and seen - returned > WORK_SECONDS:
            return_memory()
            seen = returned = time.process_time()
