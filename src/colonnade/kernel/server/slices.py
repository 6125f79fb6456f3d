"""Parses what is read slice after slice, so that nobody waits for one connection's read.

A read of 256 KiB may hold 43,000 chunks of one byte or 10,000 requests, each of which calls us. What is left of it when
a slice has held many waits for the next turn of the event loop, and what is left when enough requests wait for their
answers stays bytes until these are out; nothing is read meanwhile.

Out of scope: what a slice means (`protocol`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl

from colonnade.kernel.server.writing import WritingProtocol

__all__ = ["SlicingProtocol"]

_SLICE_BYTES = 4 * 1024
"""Holds 157 of the shortest heads, or 680 chunks of one byte, which take two milliseconds at most."""
_MAX_PARTS_PER_TURN = 75
"""Heads and parts of bodies."""
_MAX_ORDINARY_LINES = 60
"""Of a read that is parsed at once: a browser's request has some thirty. Others wait for their turn (`pace`)."""


class Flow(FlowControl):
    """uvicorn's flow control, which reads nothing while what has been read is still to be parsed."""

    _held = False

    @property
    def is_paused(self) -> bool:
        """Whether nothing is read, for whatever reason."""
        return self._held or self.read_paused

    def hold_reading(self) -> None:
        """Read nothing until `release_reading`, whoever pauses or resumes meanwhile."""
        if not self._held:
            self._held = True
            if not self.read_paused:
                self._transport.pause_reading()

    def release_reading(self) -> None:
        """Read on, unless somebody else has paused."""
        if self._held:
            self._held = False
            if not self.read_paused:
                self._transport.resume_reading()

    def pause_reading(self) -> None:
        """Read nothing until `resume_reading`."""
        if self._held:
            self.read_paused = True
        else:
            super().pause_reading()

    def resume_reading(self) -> None:
        """Read on, unless reading is held."""
        if self._held:
            self.read_paused = False
        else:
            super().resume_reading()


class SlicingProtocol(WritingProtocol):
    """What is read; `_read_slice` parses a slice, and returns False if nothing more of the read is to be parsed.

    `_is_full` says that enough is waiting: `_go_on_reading` is to be called when that may have changed.
    """

    flow: Flow
    _rest = b""  # what is parsed in a later turn of the event loop
    _reads_on = False  # `_read_rest` is due
    _parts = 0  # heads and parts of bodies in this slice

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a flow that can be held."""
        super().connection_made(transport)
        self.flow = Flow(transport)

    def data_received(self, data: bytes) -> None:
        """Parse the data, or keep it while what came before, or others, wait for another turn of the event loop."""
        if self._rest:
            self._rest += data
        elif len(data) <= _SLICE_BYTES and data.count(b"\n") <= _MAX_ORDINARY_LINES:
            self._read(data)
        elif self.pace.has_time():
            self.pace.do(lambda: self._read(data))
        else:
            self._rest = data
            self.flow.hold_reading()
            self._go_on_reading()

    def _read(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE_BYTES):
            self._parts = 0
            if not self._read_slice(data[start : start + _SLICE_BYTES]):
                return
            is_last = start + _SLICE_BYTES >= len(data)
            if not is_last and (self._parts > _MAX_PARTS_PER_TURN or self._is_full()):
                self._rest = data[start + _SLICE_BYTES :]
                self.flow.hold_reading()
                self._go_on_reading()
                return

    def _go_on_reading(self) -> None:
        """Parse in the next turn of the event loop what is left of a read, unless enough is waiting."""
        if self._rest and not self._reads_on and not self._is_full():
            self._reads_on = True
            self.pace.do_later(self._read_rest)

    def _read_rest(self) -> None:
        self._reads_on = False
        rest, self._rest = self._rest, b""
        if not self.is_ending():
            self._read(rest)
        if not self._rest and not self.transport.is_closing():
            self.flow.release_reading()

    def _is_full(self) -> bool:
        raise NotImplementedError

    def _read_slice(self, data: bytes) -> Any:
        raise NotImplementedError
