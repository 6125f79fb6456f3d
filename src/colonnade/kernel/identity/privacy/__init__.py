"""Suspending accounts, deleting them, and what the kernel holds about them."""

from colonnade.kernel.identity.privacy.deleting import erase_account
from colonnade.kernel.identity.privacy.personal import IDENTITY_DATA
from colonnade.kernel.identity.privacy.schemas import AlreadySuspended, NotSuspended, OwnAccount, Suspension
from colonnade.kernel.identity.privacy.suspending import reinstate_account, suspend_account

__all__ = [
    "IDENTITY_DATA",
    "AlreadySuspended",
    "NotSuspended",
    "OwnAccount",
    "Suspension",
    "erase_account",
    "reinstate_account",
    "suspend_account",
]
