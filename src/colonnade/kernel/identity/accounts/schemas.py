"""Shapes of suspending and deleting accounts, and the errors about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Conflict, GivenPassword, Words
from colonnade.kernel.jobs import JobName

__all__ = [
    "SWEEP_DELAYS",
    "SWEEP_DELETED",
    "AccountDeletion",
    "AlreadySuspended",
    "DeletedAccount",
    "NotSuspended",
    "OwnAccount",
    "Suspension",
    "SuspensionCreate",
]


class DeletedAccount(Struct, frozen=True):
    """The job's payload: the account that was deleted."""

    account_id: int


SWEEP_DELETED = JobName("identity.sweep_deleted", DeletedAccount)
SWEEP_DELAYS = (timedelta(minutes=5), timedelta(days=1))
"""Requests wait for seconds for the lock of a row; a setting may let them, and jobs, wait for hours."""


class SuspensionReason(Words, min_length=3, max_length=1000):
    """Why an account is suspended."""


class SuspensionCreate(Struct, frozen=True):
    """Why an account is suspended; its owner reads it."""

    reason: SuspensionReason


class Suspension(Struct, frozen=True, rename="camel"):
    """A suspension in force; `suspended_by` is an account's id, None if that was deleted or the system did it."""

    account_id: int
    reason: str
    suspended_at: datetime
    suspended_by: int | None


class AccountDeletion(Struct, frozen=True):
    """One's password; left out only by accounts that have none."""

    password: GivenPassword | UnsetType = UNSET


class AlreadySuspended(Conflict):
    """The account is suspended or deactivated already."""

    code = "ACCOUNT_NOT_ACTIVE"
    message = "This account is not active already."


class NotSuspended(Conflict):
    """There is no suspension to lift."""

    code = "ACCOUNT_NOT_SUSPENDED"
    message = "This account is not suspended."


class OwnAccount(Conflict):
    """One's own account is refused: somebody else has to do this."""

    code = "OWN_ACCOUNT"
    message = "This is your own account."
