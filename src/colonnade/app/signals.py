"""Signals that end a command: SIGINT (Ctrl-C), SIGTERM and, unless it is ignored (nohup), SIGHUP.

While a command prepares (`interruptible`), the first of them ends it by an exception, later ones do not disturb
the tidying up. Coroutines are cancelled instead (`run`): an exception out of the blue inside an event loop may
be swallowed, or leave somebody waiting for ever. A server has handlers of its own (`take_ending`).

Only the main thread of a process may use this module; a signal handler is the process's, not a thread's.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

__all__ = [
    "ENDING",
    "Interrupted",
    "check_interrupted",
    "ignore_ending",
    "interruptible",
    "run",
    "take_ending",
]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")
Handler = Callable[[int, FrameType | None], Any]


class Interrupted(KeyboardInterrupt):
    """A signal came before there was anything to stop in order; `exit_code` is the shell's 128 + number."""

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
        """Raise what was lost: Python forgets exceptions that a handler raises inside a destructor."""
        if self.received is not None:
            raise Interrupted(self.received)


_interruption = _Interruption()


def interruptible() -> None:
    """From now on a signal raises Interrupted wherever the main thread is, once in the life of the process."""
    take_ending(_interruption)


def check_interrupted() -> None:
    """Raise Interrupted if a signal came and its exception was lost; to be called once other handlers are in."""
    _interruption.check()


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, whose coroutine is cancelled by a signal. Raises Interrupted then."""

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


def take_ending(handler: Handler) -> None:
    """Have `handler` called for each of the signals, from now on."""
    for number in ENDING:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def ignore_ending() -> None:
    """From now on nothing but SIGKILL ends this process early: it is on its way out."""
    take_ending(_ignore)


def _ignore(_: int, __: FrameType | None) -> None:
    """Not SIG_IGN, which processes started during the clean-up would inherit."""


@contextmanager
def _handled_by(handler: Handler) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    take_ending(handler)
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
