"""The command `colonnade`."""

from __future__ import annotations

from colonnade.app.signals import Interrupted, interruptible

__all__ = ["main"]


def main() -> None:
    """Entry point of the console script."""
    # Before the imports, which take most of a second: Ctrl-C then must not show a traceback either.
    interruptible()
    try:
        from colonnade.app.cli.main import cli

        cli()
    except Interrupted as interrupted:
        raise SystemExit(interrupted.exit_code) from None
