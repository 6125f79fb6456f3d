"""The command `colonnade`."""

from __future__ import annotations

from colonnade.app.cli.main import main

__all__ = ["main"]
