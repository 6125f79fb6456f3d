"""The error of everything that a skeleton cannot be written for."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):
    """Nothing was written; the text is a sentence that says why, and what to do."""
