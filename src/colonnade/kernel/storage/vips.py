"""libvips, loaded with the first image and restricted: four loaders, little memory, few threads.

Importing pyvips costs about 13 MB and 60 ms, so nothing here imports it before it is needed. Everything in this module
runs in the worker threads below, never on the event loop. The limits are libvips's process-wide settings, which apply
to other uses of pyvips in the same process too.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from colonnade.kernel.core import Unavailable

__all__ = ["MAX_WAITING_IMAGES", "in_worker", "load_vips"]

LOADERS = ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif", "VipsForeignLoadWebp")
WORKERS = max(1, min(2, os.cpu_count() or 1))
"""A 40-megapixel image takes up to about 380 MB while it is processed: more workers would risk the memory."""
MAX_WAITING_IMAGES = 16
"""Images that may wait for a worker (each holds up to 5 MB); beyond it callers are told to retry."""

T = TypeVar("T")

_lock = threading.Lock()
_unfinished = 0


@cache
def load_vips() -> Any:
    """Return the pyvips module, restricted. Call it in a worker."""
    with _lock:
        import pyvips

        pyvips.block_untrusted_set(True)
        pyvips.operation_block_set("VipsForeignLoad", True)
        for loader in LOADERS:
            pyvips.operation_block_set(loader, False)
        pyvips.cache_set_max(0)
        pyvips.cache_set_max_mem(0)
        pyvips.concurrency_set(1)
        return pyvips


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="image")


@cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`, or None if the C library has none."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


def _finished(_: Future[Any]) -> None:
    """Count down; after the last image return freed memory to the system (measured: 85 MB stay instead of 220 MB)."""
    global _unfinished
    with _lock:
        _unfinished -= 1
        is_last = _unfinished == 0
    trim = _trim() if is_last else None
    if trim is not None:
        trim(0)


async def in_worker(work: Callable[..., T], *args: Any) -> T:
    """Run `work(*args)` in an image worker. Raise Unavailable at once if too many are waiting.

    Cancelling the caller does not stop work that has begun (libvips cannot be interrupted safely).
    """
    global _unfinished
    with _lock:
        if _unfinished >= WORKERS + MAX_WAITING_IMAGES:
            raise Unavailable("Too many images are being processed. Please try again in a moment.")
        _unfinished += 1
    future = _workers().submit(work, *args)
    future.add_done_callback(_finished)
    return await asyncio.wrap_future(future)
