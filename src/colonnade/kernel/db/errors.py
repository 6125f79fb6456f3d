"""What PostgreSQL's errors mean to a caller: try again, wait, or none of our business.

No handler catches driver errors itself; constraint violations that mean something to a user are caught where
the statement is, with `violates`.
"""

from __future__ import annotations

import asyncpg

from colonnade.kernel.core import Invalid, Problem, Unavailable

__all__ = ["as_problem", "is_retryable", "violates"]

_RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
)


def is_retryable(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is run again (40001, 40P01)."""
    return isinstance(error, _RETRYABLE)


def as_problem(error: BaseException) -> Problem | None:
    """The Problem to answer with, or None when `error` is not about the database's state."""
    if isinstance(error, _RETRYABLE + _UNAVAILABLE):
        return Unavailable()
    if isinstance(error, asyncpg.CharacterNotInRepertoireError | asyncpg.NumericValueOutOfRangeError):
        return Invalid()
    return None


def violates(error: asyncpg.IntegrityConstraintViolationError, constraint: str) -> bool:
    """Whether `error` comes from the constraint or unique index of that name."""
    return bool(getattr(error, "constraint_name", None) == constraint)
