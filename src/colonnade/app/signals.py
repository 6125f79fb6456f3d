"""Signals that end a command: SIGINT (Ctrl-C), SIGTERM and, unless it is ignored (nohup), SIGHUP.

Only the main thread of a process may use this module; a signal handler is the process's, not a thread's.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["ENDING", "Interrupted", "Interruption", "ignore_ending", "take_ending"]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal came before there was anything to stop in order; `exit_code` is the shell's 128 + number."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class Interruption:
    """A handler that raises Interrupted once; what comes after that must not disturb the tidying up."""

    def __init__(self) -> None:
        self._spent = False

    def __call__(self, number: int, _: FrameType | None) -> None:
        if not self._spent:
            self._spent = True
            raise Interrupted(number)


def take_ending(handler: Callable[[int, FrameType | None], Any]) -> None:
    """Have `handler` called for each of the signals, from now on."""
    for number in ENDING:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def ignore_ending() -> None:
    """From now on nothing but SIGKILL ends this process early: it is on its way out."""
    for number in ENDING:
        signal.signal(number, _ignore)


def _ignore(_: int, __: FrameType | None) -> None:
    """Not SIG_IGN, which processes started during the clean-up would inherit."""
