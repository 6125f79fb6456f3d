"""Checks settings for production by themselves: connects to nothing and imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.kernel.core.settings import Settings, check_production

__all__ = ["PreparationError", "check_ready_for_production"]


class PreparationError(Exception):
    """Nothing can be started; the text says why, and what to do about it, in one line."""


def check_ready_for_production(each: Iterable[Settings], workers: int) -> None:
    """Raise PreparationError if a setting is not acceptable with APP_ENV=production."""
    problems = [problem for settings in each for problem in check_production(settings, workers=workers)]
    if problems:
        raise PreparationError("Not ready for production: " + "; ".join(dict.fromkeys(problems)) + ".")
