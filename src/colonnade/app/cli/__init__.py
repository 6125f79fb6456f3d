"""The command `colonnade`."""

from __future__ import annotations

import gc

from colonnade.app.signals import Interrupted, interruptible

__all__ = ["main"]


def main() -> None:
    """Run the console script."""
    # Before the imports, which take a second or two: Ctrl-C then must not show a traceback either.
    interruptible()
    # With the default thresholds a sixth of that time goes into collecting garbage among modules.
    gc.set_threshold(100_000, 50, 1_000)
    try:
        from colonnade.app.cli.main import cli

        cli()
    except Interrupted as interrupted:
        raise SystemExit(interrupted.exit_code) from None
