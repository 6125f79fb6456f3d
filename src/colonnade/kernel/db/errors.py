"""What PostgreSQL's errors mean to a caller: try again, wait, or none of our business.

No handler catches driver errors itself; constraint violations that mean something to a user are caught where
the statement is, with `violation_as`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from colonnade.kernel.core import Invalid, Problem, Unavailable

__all__ = ["as_problem", "is_lost", "is_retryable", "violation_as", "was_not_sent"]

_RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # A migration changed a table under prepared statements: they are prepared anew the next time.
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
)
_UNAVAILABLE = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
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


def was_not_sent(error: BaseException) -> bool:
    """Whether a statement never left: PostgreSQL had said goodbye on that connection, which was not closed yet."""
    return isinstance(error, asyncpg.InternalClientError) and "cannot switch to state" in str(error)


def is_lost(error: BaseException) -> bool:
    """Whether the connection itself is at fault; what was on its way may or may not have happened."""
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)
    return was_not_sent(error) or isinstance(error, _LOST)


def as_problem(error: BaseException) -> Problem | None:
    """The Problem to answer with, or None when `error` is not about the database's state."""
    if isinstance(error, _RETRYABLE + _UNAVAILABLE) or is_lost(error):
        return Unavailable()
    if isinstance(error, _TOO_MUCH):
        return Invalid()
    if type(error) is asyncpg.DataError:  # the driver's own: a value that does not fit its parameter
        return Invalid()
    return None


@contextmanager
def violation_as(problem: Problem | type[Problem], *constraints: str) -> Iterator[None]:
    """Raise `problem` where a statement of the block violates one of these constraints or unique indexes.

    Violations of others go on as they are: nobody has thought of what they mean to a user.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        if getattr(error, "constraint_name", None) in constraints:
            raise problem from None
        raise
