"""Looks after the embedded database while a command runs: nothing else starts it again when it is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

__all__ = ["DatabaseKeeper"]

log = structlog.get_logger("colonnade.database")

LOOK_SECONDS = 0.5


class DatabaseKeeper:
    """Calls `ensure_running` twice a second in a thread of its own, from entering to leaving the block.

    `ensure_running` gives True when it had to start the server. A failure is logged once per outage and tried
    again; it never ends the process, whose requests are answered with 503 meanwhile.
    """

    def __init__(self, ensure_running: Callable[[], bool]) -> None:
        self._ensure_running = ensure_running
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="database-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # To the end: a look that is under way might start the server after its last user has stopped it.
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        complained = False
        while not self._end.wait(LOOK_SECONDS):
            try:
                started = self._ensure_running()
            except Exception as error:
                if not complained:
                    log.error("the embedded database does not start again", reason=str(error))
                complained = True
            else:
                if started:
                    log.warning("the embedded database had ended and was started again")
                complained = False
