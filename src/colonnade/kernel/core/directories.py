"""A directory that appears with its mode and owner: processes that start at once never see it half made."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["make_directory"]


def make_directory(path: Path, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Make one directory with exactly `mode` and `owner` (uid, gid); one that exists is left as it is.

    Raises OSError when it cannot be made.
    """
    if os.path.lexists(path):
        return
    # mkdir obeys the umask; a chmod at the final place would come after others have looked.
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
        if not os.path.lexists(path):
            error.filename, error.filename2 = str(path), None
            raise
