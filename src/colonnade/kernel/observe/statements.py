"""The SQL statements of one request: how often each ran and how long it took, for the warning about a slow one.

A statement is named after the function that runs it, as `kernel.identity.queries.find_account`: statements are written
where they are run, each in a function of its own. Counting costs about a microsecond per statement.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import TypeVar

import msgspec

__all__ = ["StatementTimes", "Statements", "count_statements_here", "timed"]

T = TypeVar("T")

MAX_NAMES = 64
"""Of more, the statements are counted under `others`."""
MAX_SHOWN = 20
_OTHERS = ("", "others")
_LOOPS = ("asyncio", "uvicorn", "uvloop")


class StatementTimes(msgspec.Struct, frozen=True):
    """How often a statement ran, and the milliseconds that were waited for it, for a connection too, in all."""

    name: str
    count: int
    ms: float


class Statements:
    """The statements that a task and those that it starts have run."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[float]] = {}

    async def time(self, work: Awaitable[T], name: tuple[str, str]) -> T:
        """Await a statement and count it under `name`, also one that fails."""
        began = time.perf_counter()
        try:
            return await work
        finally:
            known = self._found.get(name)
            if known is None:
                if len(self._found) >= MAX_NAMES:
                    name = _OTHERS
                known = self._found.setdefault(name, [0, 0.0])
            known[0] += 1
            known[1] += time.perf_counter() - began

    def slowest(self) -> list[StatementTimes]:
        """Return the statements that took longest in all, twenty at most."""
        times = [
            StatementTimes(_shown(*name), int(count), round(seconds * 1000, 1))
            for name, (count, seconds) in self._found.items()
        ]
        return sorted(times, key=lambda one: (-one.ms, one.name))[:MAX_SHOWN]


def _shown(module: str, function: str) -> str:
    for root in ("colonnade.products.", "colonnade."):
        module = module.removeprefix(root)
    return f"{module}.{function}" if module else function


_here: ContextVar[Statements | None] = ContextVar("statements", default=None)


def count_statements_here() -> Statements:
    """Count the statements of this task, and of those that it starts, from now on."""
    statements = Statements()
    _here.set(statements)
    return statements


def timed(work: Awaitable[T], sql: str, *, callers: int | None = None) -> Awaitable[T]:
    """Return `work`, the statement `sql`; counted, if this task's are, under the function that many callers up.

    Without `callers` it is counted as `sql`.
    """
    statements = _here.get()
    if statements is None:
        return work
    return statements.time(work, ("", sql) if callers is None else _name_of(sql, callers + 2))


def _name_of(sql: str, callers: int) -> tuple[str, str]:
    """Return module and function of a caller, or the beginning of `sql` where the caller is a loop's, not ours."""
    try:
        frame = sys._getframe(callers)
    except ValueError:
        frame = None
    module = "" if frame is None else frame.f_globals.get("__name__", "")
    if frame is None or module.partition(".")[0] in _LOOPS:
        return "", " ".join(sql[:200].split())[:60]
    return module, frame.f_code.co_qualname
