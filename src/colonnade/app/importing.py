"""Imports modules of other authors; a failure says in one line why and where it happened."""

from __future__ import annotations

import importlib
import os
import traceback
from contextlib import suppress

__all__ = ["BrokenImport", "import_attribute"]


class BrokenImport(Exception):
    """A module or its attribute cannot be imported; the text ends without a full stop."""


def import_attribute(module: str, attribute: str) -> object:
    """Return `attribute` of `module`, importing it if need be. Raise BrokenImport for whatever the module raises.

    An interrupt is somebody's Ctrl-C, and goes on.
    """
    try:
        imported = importlib.import_module(module)
        with suppress(AttributeError):
            return getattr(imported, attribute)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise BrokenImport(_explain(error)) from error
    raise BrokenImport(f"{module} has no {attribute}")


def _explain(error: BaseException) -> str:
    """Return the kind and text of the error, and the last line in the module's own folder that led to it."""
    try:
        said = str(error)
    except Exception:
        said = ""
    words = "".join(letter if letter.isprintable() else " " for letter in f"{type(error).__name__}: {said}")
    text = " ".join(words.split()).rstrip(".: ")
    files = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and frame.filename not in (__file__, importlib.__file__)
    ]
    if not files or isinstance(error, SyntaxError):  # whose text names file and line
        return text
    folder = os.path.dirname(files[0][0])
    file, line = [place for place in files if place[0].startswith(folder)][-1]
    shown = os.path.relpath(file)
    return f"{text} ({file if shown.startswith('..') else shown}, line {line})"
