"""What PostgreSQL's errors mean to a caller: try again, wait, or none of our business.

No handler catches driver errors itself; constraint violations that mean something to a user are caught where
the statement is, with `violates`.
"""

from __future__ import annotations

import asyncpg

from colonnade.kernel.core import Invalid, Problem, Unavailable

__all__ = ["as_problem", "is_retryable", "violates"]

_RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # A migration changed a table under prepared statements: they are prepared anew the next time.
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    TimeoutError,
)
_TOO_MUCH = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.ProgramLimitExceededError,
)
"""Values that no check refused and PostgreSQL cannot take: the client's fault, and a check of ours is missing."""


def is_retryable(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is run again (40001, 40P01, a changed table)."""
    return isinstance(error, _RETRYABLE)


def as_problem(error: BaseException) -> Problem | None:
    """The Problem to answer with, or None when `error` is not about the database's state."""
    if isinstance(error, _RETRYABLE + _UNAVAILABLE):
        return Unavailable()
    if isinstance(error, _TOO_MUCH):
        return Invalid()
    # The driver's own errors have no SQLSTATE: a value that does not fit its parameter, or a lost connection.
    if isinstance(error, asyncpg.DataError) and error.sqlstate in (None, "22000"):
        return Invalid()
    if isinstance(error, asyncpg.InterfaceError) and "closed" in str(error):
        return Unavailable()
    return None


def violates(error: asyncpg.IntegrityConstraintViolationError, constraint: str) -> bool:
    """Whether `error` comes from the constraint or unique index of that name."""
    return bool(getattr(error, "constraint_name", None) == constraint)
