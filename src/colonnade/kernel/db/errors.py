"""Classifies PostgreSQL's errors for callers: retryable, unavailable, invalid input, or a fault of ours.

No handler catches driver errors itself; constraint violations that mean something to a user are caught around the
statement, with `violation_as`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from colonnade.kernel.core import Invalid, Problem, Unavailable

__all__ = ["NotSent", "as_problem", "is_lost", "is_retryable", "violation_as", "was_not_sent"]


class NotSent(Exception):
    """The connection was lost before the statement was sent: another one may be tried."""


_RETRYABLE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    # A migration changed a table under prepared statements, or somebody deallocated them: the next attempt prepares
    # them again.
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.OutdatedSchemaCacheError,
)
_LOST = (
    NotSent,
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
_INVALID_VALUE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.ProgramLimitExceededError,
)
"""Values of a client that PostgreSQL cannot store and that a check of ours should have refused."""


def is_retryable(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it is run again (40001, 40P01, a changed table)."""
    return isinstance(error, _RETRYABLE)


def was_not_sent(error: BaseException) -> bool:
    """Return whether a statement was never sent: PostgreSQL, or somebody here, had ended the connection before."""
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)
    return isinstance(error, NotSent) or (
        isinstance(error, asyncpg.InternalClientError) and "cannot switch to state" in str(error)
    )


def is_lost(error: BaseException) -> bool:
    """Return whether the connection was lost; a statement in flight may or may not have taken effect."""
    return was_not_sent(error) or isinstance(error, _LOST)


def as_problem(error: BaseException) -> Problem | None:
    """Return the Problem to answer with, or None if neither the database's state nor the input caused `error`."""
    if isinstance(error, _RETRYABLE + _UNAVAILABLE) or is_lost(error):
        return Unavailable()
    if isinstance(error, _INVALID_VALUE):
        return Invalid()
    if type(error) is asyncpg.DataError:  # the driver's own: a value that does not fit its parameter
        return Invalid()
    return None


@contextmanager
def violation_as(problem: Problem | type[Problem], *constraints: str) -> Iterator[None]:
    """Raise `problem` if a statement of the block violates one of these constraints or unique indexes.

    Violations of other constraints are raised unchanged: what they mean to a user is not known here.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        if getattr(error, "constraint_name", None) in constraints:
            try:
                raise problem from None
            finally:
                del (
                    problem
                )  # its traceback holds this frame: with all that the handler held, for the collector
        raise
