"""Runs the socket broadcast bench (bench/broadcast, a program of its own) and captures the table that it prints."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from typing import Any

from harness import settings

FOLDER = settings.BENCH / "broadcast"


class BroadcastFailed(Exception):
    """Node.js is missing, or the bench did not end well; the message holds its output."""


def measure(rounds: int) -> dict[str, Any]:
    """Run the bench and return its Markdown table, under `markdown`. Raises BroadcastFailed."""
    if not shutil.which("npm"):
        raise BroadcastFailed("The broadcast bench needs Node.js and npm.")
    installed = FOLDER / "node_modules" / ".colonnade-lock"
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock:
        _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        installed.write_text(lock)
    return {"rounds": rounds, "markdown": _run([sys.executable, "run.py", "--rounds", str(rounds)])}


def _run(command: list[str]) -> str:
    finished = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        raise BroadcastFailed(f"{' '.join(command)} failed:\n{finished.stdout}")
    return finished.stdout.strip()
