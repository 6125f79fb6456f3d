"""Works on strangers' texts in a process of its own, which is killed at its deadline; one owner holds one at most.

Out of scope: the work itself (`rules.desk`, `clients.completions`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from colonnade.kernel.core import TooCostly, Unavailable, Workers

__all__ = ["CHECK_SECONDS", "TIMED_OUT", "CheckTimedOut", "Checks", "ChecksBusy"]

T = TypeVar("T")

CHECK_SECONDS = 10.0
"""Of the processor. The usual answer takes some hundredths; 4,000 characters that name 540 products took nine."""
PATIENCE_SECONDS = 120.0
"""Others have each a process for 30 seconds at most, by the clock."""
LINE_BEFORE, LINE_AFTER = 2, 8
"""How many answers of an owner wait for another's: those whose model is not asked yet can wait without a job's slot."""
TIMED_OUT = "CHECK_TIMED_OUT"


class CheckTimedOut(Exception):
    """The work took more time or memory than it may; it would do so again."""


class ChecksBusy(Exception):
    """There is no process for this owner at present."""


class Checks:
    """The processes, for the answers of one owner."""

    def __init__(self, workers: Workers, owner_id: int) -> None:
        self._workers, self._owner_id = workers, owner_id

    async def run(self, function: Callable[..., T], *args: Any, line: int = LINE_AFTER) -> T:
        """Return what `function(*args)` returns. Raise CheckTimedOut, ChecksBusy, and what it raises."""
        try:
            return await self._workers.run(
                function,
                *args,
                seconds=CHECK_SECONDS,
                owner=self._owner_id,
                line=line,
                patience_seconds=PATIENCE_SECONDS,
            )
        except TooCostly:
            raise CheckTimedOut from None
        except Unavailable as error:
            raise ChecksBusy from error
