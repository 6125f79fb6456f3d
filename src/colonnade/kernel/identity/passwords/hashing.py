"""Password hashing: argon2id for new hashes, or bcrypt where that is wanted; the other is verified and replaced.

Never on the event loop. Hashing is memory-hard on purpose. As many run at once as there are threads, so that a
storm of logins cannot starve everything else; whose turn it is, and how many may wait, is in `turns`. The
parameters are RFC 9106's second recommendation with OWASP's lower memory.
"""

from __future__ import annotations

import asyncio
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

from colonnade.kernel.core.providing import provided
from colonnade.kernel.identity.passwords.turns import Turns
from colonnade.kernel.limits import address_bucket

__all__ = ["PasswordHasher"]

T = TypeVar("T")

NICENESS = 5
"""Of hashing threads beside all others: a third of their share of a core that both want."""

WAITING_PER_THREAD = 40
"""In each line: about two seconds' work. Whoever would wait longer is told so at once."""

MAX_PASSWORD_BYTES = 4096
"""What 1,024 characters can need."""


@provided("hasher")
class PasswordHasher:
    """Hashes and verifies passwords in at most `parallel` threads (default: half the cores, at least one).

    With `bcrypt_rounds` new hashes are bcrypt of that cost, for tables that other systems read too.
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
            workers, thread_name_prefix="password", initializer=_yield_to_others
        )
        self._turns = Turns(workers, workers * WAITING_PER_THREAD)
        self._decoy: str | None = None

    async def hash(self, password: str, *, address: str = "", known: bool = True) -> str:
        """The hash of `password`, in PHC (argon2id) or modular crypt format; raises HashingBusy (503).

        `address` is whose turn it takes; where strangers sign up they are not `known`, see `verify`.
        """
        return await self._run(lambda: self._hash.hash(password), address, known=known)

    async def verify(
        self,
        password: str,
        hashed: str | None,
        *,
        address: str = "",
        known: bool = False,
        imported_cost: int = 0,
    ) -> tuple[bool, str | None]:
        """Whether `password` matches, and a new hash when the stored one should be replaced.

        With no stored hash the same work is done against a decoy, so that an unknown account takes as long
        as a wrong password. Where accounts have bcrypt hashes, up to `imported_cost`, every failure takes the
        work of such a one and of an argon2id, whatever the account has. `address` is whose turn it takes; who
        is `known` waits in a line that strangers cannot fill. Raises HashingBusy (503).
        """
        return await self._run(lambda: self._verify(password, hashed, imported_cost), address, known=known)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T], address: str, *, known: bool) -> T:
        await self._turns.take(address_bucket(address), known=known)
        job = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # When the thread has ended and not when somebody hangs up: what runs cannot be stopped.
        job.add_done_callback(lambda _: self._turns.give_back())
        return await asyncio.shield(job)

    def _verify(self, password: str, hashed: str | None, imported_cost: int = 0) -> tuple[bool, str | None]:
        if len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES or not _is_text(password):
            password, hashed = "", None
        if self._decoy is None:  # whoever comes first, so that it tells nothing about an account
            self._decoy = self._hash.hash("decoy")
        spent = 0
        if hashed is not None:
            try:
                found = self._hash.verify_and_update(password, hashed)
                if found[0]:
                    return found
                spent = _bcrypt_cost(hashed)
            except (UnknownHashError, ValueError):
                hashed = (
                    None  # no hash, or longer than bcrypt takes: refused at once, and must not show by that
                )
        if hashed is None or spent:
            self._hash.verify("", self._decoy)
        _spend_bcrypt(spent, imported_cost)
        return False, None


def _bcrypt_cost(hashed: str) -> int:
    """What cost a bcrypt hash has; 0 for another hash."""
    return int(hashed[4:6]) if BcryptHasher.identify(hashed) else 0


def _spend_bcrypt(spent: int, wanted: int) -> None:
    """Do what is left of a bcrypt of cost `wanted` when one of cost `spent` was done: each cost doubles the work."""
    for cost in range(spent, wanted) if spent else [wanted] * bool(wanted):
        BcryptHasher(rounds=cost).hash("decoy")


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _yield_to_others() -> None:
    """Let this thread wait where cores are scarce, so that the event loop need not. Linux only: elsewhere a
    niceness is the whole process's."""
    if sys.platform == "linux":
        os.setpriority(
            os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
        )
