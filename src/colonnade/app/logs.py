"""Configures a command's log: JSON for machines, text for people, always on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from colonnade.kernel.core.settings import Settings

if TYPE_CHECKING:
    from colonnade.kernel.observe import LogFormat

__all__ = ["log_format", "log_to_stderr", "only_json"]


def log_format(settings: Settings) -> LogFormat:
    """Return LOG_FORMAT; `auto` means text in a developer's terminal and JSON everywhere else."""
    if settings.log_format != "auto":
        return settings.log_format
    return "json" if settings.production or not sys.stderr.isatty() else "console"


def only_json(settings: Settings) -> bool:
    """Return whether a machine reads standard error, so that the command's own messages must be JSON too."""
    return settings.log_format == "json" or (settings.log_format == "auto" and settings.production)


def log_to_stderr(settings: Settings) -> None:
    """Send this process's log to standard error, as the settings want it."""
    from colonnade.kernel.observe import configure_logging

    configure_logging(settings.log_level, log_format(settings))
