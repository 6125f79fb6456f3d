"""Creates a directory atomically with its mode and owner: concurrent processes never see a half-made one."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

__all__ = ["make_directory"]


def make_directory(path: Path, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Make one directory with exactly `mode` and `owner` (uid, gid); an existing one is left unchanged.

    Raise OSError when it cannot be made.
    """
    if os.path.lexists(path):
        return
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        # rename(2) replaces an empty directory, in which another process may be about to make a file.
        fcntl.flock(parent, fcntl.LOCK_EX)
        if not os.path.lexists(path):
            _make(path, mode, owner)
    finally:
        os.close(parent)


def _make(path: Path, mode: int, owner: tuple[int, int] | None) -> None:
    # mkdir obeys the umask, and a chmod at the final path would leave a moment in which others see the wrong mode.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        draft.mkdir(mode=0o700)
        if owner is not None and owner[0] != os.geteuid():
            os.chown(draft, *owner, follow_symlinks=False)
        draft.chmod(mode)
        draft.rename(path)
    except OSError as error:
        if draft.is_dir():
            draft.rmdir()
        error.filename, error.filename2 = str(path), None
        raise
