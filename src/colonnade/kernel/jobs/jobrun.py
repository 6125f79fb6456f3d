"""The run at hand, as the handler of a job sees it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["JobRun", "storable"]

_LONGEST_NOTE = 200


class JobRun:
    """One run of a job, for a handler that has a parameter of this type: which attempt it is, how far it has come.

    `attempt` counts from 1. `report` may be called as often as one likes: the worker writes down the latest state
    about twice a second, for `colonnade jobs list` and `show`.
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
        """Say how far the work has come: a fraction from 0 to 1 (None: unknown) and a few words, cut at 200 characters.

        Raises ValueError for a fraction outside of 0 to 1.
        """
        if fraction is not None and not 0 <= fraction <= 1:
            raise ValueError(f"progress goes from 0 to 1, not to {fraction}")
        self.fraction = fraction
        self.note = storable(note, _LONGEST_NOTE) or None
        self._changed()


def storable(text: str, longest: int) -> str:
    """Give `text` as PostgreSQL can store it: without NUL and lone surrogates, at most `longest` characters."""
    return text[:longest].replace("\x00", "").encode("utf-8", "replace").decode()
