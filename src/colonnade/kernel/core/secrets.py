"""Secrets of a development machine: made once, kept under COLONNADE_HOME, reused afterwards.

Also makes COLONNADE_HOME itself.

Out of scope: production, where every secret comes from the environment (`settings.check_production` refuses otherwise).
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from colonnade.kernel.core.directories import make_directory
from colonnade.kernel.core.lease import file_lock

__all__ = ["DevelopmentSecretError", "development_secret", "prepare_home"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_MIN_SECRET_BYTES = 32


class DevelopmentSecretError(Exception):
    """A secret cannot be made or read; the message names the file and what to do, never a value."""


def prepare_home(home: Path) -> Path:
    """Make `home` (COLONNADE_HOME) if it is missing and return its absolute path.

    A new directory is open to its owner only; when root makes it, others may traverse it (0711), because the
    embedded database then runs under another account. An existing directory keeps its mode.
    Raise OSError when it cannot be made.
    """
    home = Path(os.path.abspath(home))
    if home.is_dir():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    make_directory(home, 0o711 if os.geteuid() == 0 else 0o700)
    return home


def development_secret(home: Path, name: str, *, size_bytes: int = 32) -> str:
    """Return this machine's secret `name`: URL-safe text of `size_bytes` random bytes, made on first use.

    It is kept in `<home>/secrets/<name>` (0600, directory 0700). Concurrent processes get the same value.
    Raise DevelopmentSecretError when the file is unusable or cannot be written.
    """
    if not _NAME.match(name):
        raise ValueError(f"not a valid secret name: {name!r}")
    directory = home / "secrets"
    path = directory / name
    try:
        prepare_home(home)
        directory.mkdir(mode=0o700, exist_ok=True)
        with file_lock(directory / ".lock"):
            if not path.exists():
                _write_whole(path, secrets.token_urlsafe(size_bytes))
            return _read(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DevelopmentSecretError(
            f"{path}: {reason}. Make it readable and writable for you, or set COLONNADE_HOME."
        ) from error


def _write_whole(path: Path, value: str) -> None:
    """Write `value` atomically: a reader sees the whole value or no file, even if this process is killed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, value.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(draft, path)


def _read(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        if os.fstat(descriptor).st_mode & 0o077:
            # Copied or restored with a wider mode: restrict it again rather than refuse to start.
            os.fchmod(descriptor, 0o600)
        value = file.read(4096).strip()
    if len(value.encode()) < _MIN_SECRET_BYTES:
        raise DevelopmentSecretError(f"{path} is damaged. Delete it; the next start makes a new secret.")
    return value
