"""Locks between processes, kept by the operating system so that `kill -9` of a holder releases them.

A `FileLock` serialises a critical section; a `Lease` is a share in something several processes use (a
server that runs while anybody needs it). Both are `flock` locks on files that are never removed. Neither
works between machines, nor on file systems without `flock`.
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
    """Hold the exclusive lock of `path` (created with mode 0600) for the block; waits for other holders.

    Raises OSError when the file cannot be created or the file system knows no locks.
    """
    descriptor = _open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """One process's share in what `path` stands for.

    The caller serialises `take` and `give_back` with a `file_lock` of its own, otherwise somebody may take
    a share between "I am the last" and what the last one does then.
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
        """Give the share back; True when nobody else holds one. False too when none was held."""
        if self._descriptor is None:
            return False
        descriptor, self._descriptor = self._descriptor, None
        try:
            # Unlocked by name, not by close alone: a forked child may still hold a copy of the descriptor.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            return True
        finally:
            os.close(descriptor)
