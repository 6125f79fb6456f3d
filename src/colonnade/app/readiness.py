"""Whether settings will do, as far as they say by themselves. Connects to nothing and loads nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.kernel.core.settings import Settings, check_production

__all__ = ["PreparationError", "check_ready_for_production"]


class PreparationError(Exception):
    """Why nothing can be started, and what to do about it, in one line."""


def check_ready_for_production(each: Iterable[Settings], workers: int) -> None:
    """Raise PreparationError for what APP_ENV=production does not start with."""
    problems = [problem for settings in each for problem in check_production(settings, workers=workers)]
    if problems:
        raise PreparationError("Not ready for production: " + "; ".join(dict.fromkeys(problems)) + ".")
