"""Restarts the embedded servers when they are killed while a command runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import structlog

__all__ = ["Keeper"]

log = structlog.get_logger("colonnade.embedded")

CHECK_INTERVAL_SECONDS = 0.5


class Keeper:
    """Calls each `ensure_running` twice a second in a thread of its own, from entering to leaving the block.

    `ensure_running` (by the server's name) returns True if it had to start the server. A failure is logged once
    per outage and retried; it never ends the process, which answers requests with 503 meanwhile.
    """

    def __init__(self, servers: Mapping[str, Callable[[], bool]]) -> None:
        self._servers = servers
        self._failing: set[str] = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Wait for the thread: a check in progress could start the server after its last user has stopped it.
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(CHECK_INTERVAL_SECONDS):
            for name, ensure_running in self._servers.items():
                self._look(name, ensure_running)

    def _look(self, name: str, ensure_running: Callable[[], bool]) -> None:
        try:
            started = ensure_running()
        except Exception as error:
            if name not in self._failing:
                log.error("embedded server does not restart", server=name, reason=str(error))
            self._failing.add(name)
        else:
            if started:
                log.warning("embedded server restarted", server=name)
            self._failing.discard(name)
