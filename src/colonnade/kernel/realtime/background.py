"""Tasks that nobody awaits.

Out of scope: their failures, which they log themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["background"]

_running: set[asyncio.Task[None]] = set()


def background(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` as a task, and keep a reference to it (the loop itself keeps only a weak one)."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
