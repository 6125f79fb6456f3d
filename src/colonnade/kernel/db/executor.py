"""What runs SQL, and what a database is given to do its work: the types of `database` and `transactions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, Protocol

__all__ = ["Enqueue", "EnqueueAll", "Executor", "Isolation", "Record", "Signer"]

Record = Any
"""An asyncpg.Record: values by name or position."""

Isolation = Literal["read committed", "repeatable read", "serializable"]


class Executor(Protocol):
    """Runs SQL: a Database (each statement on its own) or a Transaction."""

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Return all rows."""

    async def fetch_row(self, sql: str, *args: Any) -> Record | None:
        """Return the first row, or None."""

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Return the first column of the first row, or None."""

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; return its command tag, such as `UPDATE 1`."""

    @property
    def kernel(self) -> Executor:
        """The same for the kernel's own tables, which nobody who acts (`acting`) can read or write."""


class Enqueue(Protocol):
    """Queues a job through the given connection, inside its transaction."""

    async def __call__(
        self,
        connection: Any,
        job: Any,
        payload: Any,
        *,
        delay: timedelta | None,
        key: str | None,
        priority: int | None,
    ) -> Any:
        """Insert the job."""


class EnqueueAll(Protocol):
    """Queues a job once for each payload, as Enqueue does one."""

    async def __call__(
        self,
        connection: Any,
        job: Any,
        payloads: Sequence[Any],
        *,
        delay: timedelta | None,
        priority: int | None,
    ) -> Any:
        """Insert the jobs."""


class Signer(Protocol):
    """Signs data that must provably come from this application, with a key that is not in the database."""

    def sign(self, data: bytes) -> str:
        """Return the signature of `data`."""

    def check(self, data: bytes, signature: str) -> bool | None:
        """Return whether `signature` was made for `data`; None if its key is unknown here."""
