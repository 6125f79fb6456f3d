"""The current run, as the handler of a job sees it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["JobRun", "storable"]

_MAX_NOTE_LENGTH = 200


class JobRun:
    """One run of a job, for a handler that has a parameter of this type: the number of the attempt, and its progress.

    `attempt` counts from 1. `report` may be called at any rate: the worker stores the latest progress about twice a
    second, for `colonnade jobs list` and `show`.
    """

    __slots__ = ("_changed", "attempt", "fraction", "id", "name", "note")

    def __init__(self, id_: int, name: str, attempt: int, changed: Callable[[], None] = lambda: None) -> None:
        self.id = id_
        self.name = name
        self.attempt = attempt
        self.fraction: float | None = None
        self.note: str | None = None
        self._changed = changed

    def report(self, fraction: float | None, note: str = "") -> None:
        """Report progress: a fraction from 0 to 1 (None: unknown) and a few words, truncated to 200 characters.

        Raise ValueError for a fraction outside of 0 to 1.
        """
        if fraction is not None and not 0 <= fraction <= 1:
            raise ValueError(f"progress goes from 0 to 1, not to {fraction}")
        self.fraction = fraction
        self.note = storable(note, _MAX_NOTE_LENGTH) or None
        self._changed()


def storable(text: str, longest: int) -> str:
    """Return `text` as PostgreSQL can store it: without NUL and lone surrogates, at most `longest` characters."""
    return text[:longest].replace("\x00", "").encode("utf-8", "replace").decode()
