"""Password hashing: new hashes are argon2id, or bcrypt if configured; hashes of the other kind are replaced at login.

Hashing is memory-hard on purpose and never runs on the event loop. A fixed number of threads bounds it, so that a
burst of logins cannot starve everything else; callers take turns (`core.turns`): those that are known to the account or
signed in in one queue, everybody else in another. The parameters are RFC 9106's second
recommendation with OWASP's lower memory.

A password is hashed in one form (NFKC), because the same keys give `é` as one character on one device and as two on
another (NIST SP 800-63B, 5.1.1.2). Hashes that other systems made, of what was typed, still open.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from colonnade.kernel.core import Unavailable, normalized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.turns import Turns
from colonnade.kernel.limits import address_bucket

__all__ = ["HashingBusy", "PasswordHasher", "normal_password"]

T = TypeVar("T")

NICENESS = 5
"""Of hashing threads: they get a third of the share of other threads that compete for the same core."""

MAX_WAITING_PER_THREAD = 40
"""In each queue: about two seconds' work. Requests that would wait longer are refused at once."""

MAX_PASSWORD_BYTES = 4096
"""The largest UTF-8 form of 1,024 characters."""


class HashingBusy(Unavailable):
    """The queue for password hashing is full."""

    message = "Very many people are signing in at this moment. Please try again shortly."


@provided("hasher")
class PasswordHasher:
    """Hashes and verifies passwords in at most `parallel` threads (default: half the cores, at least one).

    With `bcrypt_rounds` new hashes are bcrypt of that cost, for tables that other systems read, too.
    """

    def __init__(
        self,
        *,
        memory_kib: int = 19_456,
        passes: int = 2,
        parallel: int | None = None,
        bcrypt_rounds: int | None = None,
    ) -> None:
        argon2 = Argon2Hasher(memory_cost=memory_kib, time_cost=passes, parallelism=1)
        if bcrypt_rounds is None:
            self._hash = PasswordHash((argon2, BcryptHasher()))
        else:
            self._hash = PasswordHash((BcryptHasher(rounds=bcrypt_rounds), argon2))
        workers = parallel or max(1, (os.cpu_count() or 2) // 2)
        self._threads = ThreadPoolExecutor(
            workers, thread_name_prefix="password", initializer=_lower_priority
        )
        self._turns = Turns(workers, workers * MAX_WAITING_PER_THREAD, HashingBusy)
        self._decoy: str | None = None

    async def hash(self, password: str, *, address: str = "", known: bool = True) -> str:
        """Return the hash of `password`, in PHC (argon2id) or modular crypt (bcrypt) format.

        `address` and `known` place the call in the queue, see `verify`; strangers who sign up are not `known`. Raise
        HashingBusy (503) if the queue is full.
        """
        return await self._run(lambda: self._hash.hash(normal_password(password)), address, known=known)

    async def verify(
        self,
        password: str,
        hashed: str | None,
        *,
        address: str = "",
        known: bool = False,
        imported_cost: int = 0,
    ) -> tuple[bool, str | None]:
        """Return whether `password` matches, and a new hash if the stored one should be replaced.

        Without a stored hash a decoy costs the same work, so that an unknown account takes as long as a wrong
        password. If accounts have bcrypt hashes, up to `imported_cost`, every failure costs the work of such a hash
        and of an argon2id, whatever the account has. Calls wait by `address`; those that are `known` wait in a queue
        that strangers cannot fill. Raise HashingBusy (503) if the queue is full.
        """
        return await self._run(
            lambda: self._verify_forms(password, hashed, imported_cost), address, known=known
        )

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T], address: str, *, known: bool) -> T:
        return await self._turns.run(work, address_bucket(address), known=known, threads=self._threads)

    def _verify_forms(self, password: str, hashed: str | None, imported_cost: int) -> tuple[bool, str | None]:
        """Verify the password's one form, then what was typed: a hash of that is replaced."""
        normal = normal_password(password)
        found = self._verify(normal, hashed, imported_cost)
        if found[0] or password == normal:
            return found
        matches, _ = self._verify(password, hashed, imported_cost)
        return matches, self._hash.hash(normal) if matches else None

    def _verify(self, password: str, hashed: str | None, imported_cost: int) -> tuple[bool, str | None]:
        if len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES or not _is_text(password):
            password, hashed = "", None
        if (
            self._decoy is None
        ):  # made by the first call of all, so that its time reveals nothing about an account
            self._decoy = self._hash.hash("decoy")
        spent = 0
        if hashed is not None:
            try:
                found = self._hash.verify_and_update(password, hashed)
                if found[0]:
                    return found
                spent = _bcrypt_cost(hashed)
            except (UnknownHashError, ValueError):
                # Not a hash, or a password too long for bcrypt: refused at once, which its time must not reveal.
                hashed = None
        if hashed is None or spent:
            self._hash.verify("", self._decoy)
        _spend_bcrypt(spent, imported_cost)
        return False, None


def normal_password(password: str) -> str:
    """Return the form (NFKC) in which a password is judged and hashed."""
    return normalized("NFKC", password)


def _bcrypt_cost(hashed: str) -> int:
    """Return the cost of a bcrypt hash; 0 for another hash."""
    return int(hashed[4:6]) if BcryptHasher.identify(hashed) else 0


def _spend_bcrypt(spent: int, wanted: int) -> None:
    """Do the rest of the work of a bcrypt of cost `wanted` after one of cost `spent`: each cost doubles the work."""
    for cost in range(spent, wanted) if spent else [wanted] * bool(wanted):
        BcryptHasher(rounds=cost).hash("decoy")


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _lower_priority() -> None:
    """Lower this thread's priority, so that the event loop runs first where cores are scarce.

    Linux only: on other systems a niceness belongs to the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(
            os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
        )
