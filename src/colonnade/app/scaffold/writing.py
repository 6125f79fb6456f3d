"""Puts a skeleton on the disk: new files, which never replace one, and changed ones. All of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from colonnade.app.scaffold.errors import Refused

__all__ = ["write_changes"]


def write_changes(new: Mapping[Path, str], changed: Mapping[Path, str] | None = None) -> None:
    """Write the texts of `new` and `changed` files.

    Raise Refused, with everything as it was, for a new file that exists and for a disk that says no.
    """
    existing = next((path for path in new if path.exists()), None)
    if existing is not None:
        raise Refused(f"{_shown(existing)} exists already; nothing is overwritten.")
    changed = changed or {}
    before = {path: path.read_text() for path in changed}
    made: list[Path] = []
    try:
        for path, text in new.items():
            made += _make_folders(path.parent)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
        for path, text in changed.items():
            _replace(path, text)
    except OSError as error:
        for path, text in before.items():
            if path.read_text() != text:
                _replace(path, text)
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        where = _shown(Path(error.filename)) if isinstance(error.filename, str) else "A file"
        raise Refused(f"{where} cannot be written: {error.strerror}.") from error


def _make_folders(folder: Path) -> list[Path]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(path.stat().st_mode)
    os.replace(beside, path)


def _shown(path: Path) -> str:
    return os.path.relpath(path)
