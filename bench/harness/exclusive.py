"""Allows one benchmark at a time: two would share ports, processors and PostgreSQL, and measure each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from harness import settings


class Busy(Exception):
    """Another benchmark runs with the same home; the message names its process."""


@contextmanager
def exclusive() -> Iterator[None]:
    """Lock the benchmark's home for a block; the lock ends with the process, however that ends. Raises Busy."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with (settings.HOME / "running.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(
                f"Another benchmark is running (process {file.read().strip()}); wait for its end."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
