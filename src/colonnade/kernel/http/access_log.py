"""The request log: one JSON line per answered request, written in batches so that it costs almost nothing.

Route template, status, time, address, account id and request id; never a query string (searches are personal),
a header or a body.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime

import msgspec

__all__ = ["AccessLine", "AccessLog"]

FLUSH_SECONDS = 0.2
FLUSH_LINES = 512


class AccessLine(msgspec.Struct, omit_defaults=True):
    """One line; `ms` is the time from the request's arrival to the end of the answer."""

    timestamp: datetime
    product: str
    method: str
    route: str
    status: int
    ms: float
    ip: str
    request_id: str
    event: str = "request"
    level: str = "info"
    user: int | None = None
    cached: bool = False


class AccessLog:
    """Collects lines and writes them to a file descriptor (standard output) a few times a second."""

    def __init__(self, *, descriptor: int = 1, enabled: bool = True) -> None:
        self._descriptor = descriptor
        self._enabled = enabled
        self._lines: list[bytes] = []
        self._encoder = msgspec.json.Encoder()
        self._timer: asyncio.TimerHandle | None = None

    def write(self, line: AccessLine) -> None:
        """Add a line."""
        if not self._enabled:
            return
        self._lines.append(self._encoder.encode(line))
        if len(self._lines) >= FLUSH_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what has been collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            data = b"\n".join(self._lines) + b"\n"
            self._lines.clear()
            try:
                os.write(self._descriptor, data)
            except OSError:
                self._enabled = False
