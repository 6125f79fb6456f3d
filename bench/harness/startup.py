"""Measures start-up time and idle memory of our server for a newcomer: embedded PostgreSQL, an empty home."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import processes, settings
from harness.servers import Server, ServerSpec

IDLE_SECONDS = 5.0


def measure(later_starts: int = 3) -> dict[str, Any]:
    """Return seconds to ready of the first start (with demonstration data) and of later ones, idle memory in bytes.

    Memory is that of the process tree without PostgreSQL, read after five idle seconds.
    """
    home = Path(tempfile.mkdtemp(prefix="colonnade-bench-start-"))
    home.chmod(0o755)
    spec = ServerSpec(
        name="colonnade-start",
        command=settings.OUR_FIRST_START,
        port=settings.OUR_PORT,
        cwd=home,
        env={"COLONNADE_HOME": str(home / "state"), "LOG_FORMAT": "json"},
    )
    starts: list[dict[str, Any]] = []
    try:
        for number in range(1 + later_starts):
            server = Server(spec, timeout_seconds=180.0)
            try:
                time.sleep(IDLE_SECONDS)
                memory = {
                    "resident_bytes": processes.resident_bytes(server.pid),
                    "proportional_bytes": processes.proportional_bytes(server.pid),
                    "processes": len(processes.tree(server.pid)),
                }
            finally:
                stopped = server.stop()
            starts.append(
                {"first": number == 0, "seconds": server.seconds_to_ready, "stop_seconds": stopped} | memory
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return {"starts": starts}
