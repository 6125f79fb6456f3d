"""Signals that end a command: SIGINT (Ctrl-C), SIGTERM and, unless it is ignored (nohup), SIGHUP.

While a command prepares (`interruptible`), the first of them ends it by an exception; later ones do not interrupt
the clean-up. Coroutines are cancelled instead (`run`): an exception raised anywhere inside an event loop may be
swallowed, or leave a task waiting for ever. A server installs handlers of its own (`on_ending_signal`).

Only the main thread may use this module: signal handlers belong to the process, not to a thread.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

__all__ = [
    "ENDING_SIGNALS",
    "Interrupted",
    "check_interrupted",
    "ignore_ending_signals",
    "interruptible",
    "on_ending_signal",
    "run",
]

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")
Handler = Callable[[int, FrameType | None], Any]


class Interrupted(KeyboardInterrupt):
    """A signal came before there was anything to shut down; `exit_code` is the shell's 128 + number."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class _Interruption:
    """The handler of a command that prepares."""

    received: int | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            raise Interrupted(number)

    def check(self) -> None:
        """Raise Interrupted if its exception was lost: Python drops what a handler raises inside a destructor."""
        if self.received is not None:
            raise Interrupted(self.received)


_interruption = _Interruption()


def interruptible() -> None:
    """Make a signal raise Interrupted wherever the main thread is, once in the life of the process."""
    on_ending_signal(_interruption)


def check_interrupted() -> None:
    """Raise Interrupted if a signal came and its exception was lost; to be called once other handlers are set."""
    _interruption.check()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` like `asyncio.run`, but cancel it at a signal and raise Interrupted."""

    async def cancellable() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(number: int, _: FrameType | None) -> None:
            if _interruption.received is None:
                _interruption.received = number
                loop.call_soon_threadsafe(task.cancel)

        with _handled_by(end):
            return await work

    try:
        _interruption.check()
        result = asyncio.run(cancellable())
    except asyncio.CancelledError:
        _interruption.check()
        raise
    finally:
        work.close()
    _interruption.check()
    return result


def on_ending_signal(handler: Handler) -> None:
    """Install `handler` for each of the signals."""
    for number in ENDING_SIGNALS:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def ignore_ending_signals() -> None:
    """Ignore the signals from now on: the process is shutting down, and only SIGKILL ends it early."""
    on_ending_signal(_ignore)


def _ignore(_: int, __: FrameType | None) -> None:
    """Do nothing. Not SIG_IGN, which processes started during the clean-up would inherit."""


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    on_ending_signal(handler)
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
