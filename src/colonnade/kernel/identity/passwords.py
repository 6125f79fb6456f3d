"""Password hashing: argon2id for new hashes, bcrypt verified and upgraded, never on the event loop.

Hashing is memory-hard on purpose. A semaphore bounds how many run at once, so that a storm of logins cannot
starve everything else; the parameters are RFC 9106's second recommendation with OWASP's lower memory.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

__all__ = ["PasswordHasher"]

NICENESS = 5
"""Of hashing threads beside all others: a third of their share of a core that both want."""

MAX_PASSWORD_BYTES = 4096
"""What 1,024 characters can need."""


class PasswordHasher:
    """Hashes and verifies passwords in at most `parallel` threads (default: half the cores, at least one)."""

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2, parallel: int | None = None) -> None:
        self._hash = PasswordHash(
            (Argon2Hasher(memory_cost=memory_kib, time_cost=passes, parallelism=1), BcryptHasher())
        )
        workers = parallel or max(1, (os.cpu_count() or 2) // 2)
        self._threads = ThreadPoolExecutor(
            workers, thread_name_prefix="password", initializer=_yield_to_others
        )
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash of `password`, in PHC string format."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash.hash, password)

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether `password` matches, and a new hash when the stored one should be replaced.

        With no stored hash the same work is done against a decoy, so that an unknown account takes as long
        as a wrong password.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, password, hashed)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        if len(password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES or not _is_text(password):
            password, hashed = "", None
        if self._decoy is None:  # whoever comes first, so that it tells nothing about an account
            self._decoy = self._hash.hash("decoy")
        if hashed is not None:
            try:
                return self._hash.verify_and_update(password, hashed)
            except (UnknownHashError, ValueError):
                pass  # no hash, or longer than bcrypt takes: refused at once, and must not show by that
        self._hash.verify(password, self._decoy)
        return False, None


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _yield_to_others() -> None:
    """Let this thread wait where cores are scarce, so that the event loop need not. Linux only: elsewhere a
    niceness is the whole process's."""
    if sys.platform == "linux":
        os.setpriority(
            os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
        )
