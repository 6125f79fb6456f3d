"""Locks between processes, held by the operating system so that `kill -9` of a holder releases them.

`file_lock` serialises a critical section; a `Lease` is a share in something that several processes use (a server
that runs while any of them needs it). Both are `flock` locks on files that are never removed.

Out of scope: locks between machines, and file systems without `flock`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Lease", "file_lock"]


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of `path` (created with mode 0600) during the block; waits for other holders.

    Raise OSError when the file cannot be created or the file system has no locks.
    """
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """One process's share in a resource that the file `path` stands for.

    The caller serialises `take` and `give_back` with a `file_lock`; otherwise another process may take a share
    while the last holder is cleaning up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def take(self) -> None:
        """Take a share; a second call does nothing."""
        if self._descriptor is not None:
            return
        descriptor = _open_lock(self._path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def give_back(self) -> bool:
        """Give the share back; return whether it was the last one. Return False if none was held."""
        if self._descriptor is None:
            return False
        descriptor, self._descriptor = self._descriptor, None
        try:
            # Unlocked explicitly, not by closing: a forked child may still hold a copy of the descriptor.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            return True
        finally:
            os.close(descriptor)
