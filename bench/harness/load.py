"""Runs wrk against one server and reads back one result.

wrk is a closed loop: each connection sends its next request once the answer has arrived. Latencies are therefore
those of a saturated server, not those of an idle site.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness import settings

MISSING = (
    "wrk is not installed. On Debian and Ubuntu: apt-get install wrk. Elsewhere: https://github.com/wg/wrk "
    "(it is only needed for `make bench`)."
)


class LoadFailed(Exception):
    """wrk could not run, or some answers were errors."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The figures of wrk; latencies in milliseconds, `bytes_per_request` on the wire with headers."""

    requests: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    bytes_per_request: float


def ensure_wrk() -> None:
    """Install wrk with apt-get if it is missing and we are root. Raises LoadFailed, which says how to get it."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("wrk is missing: installing the Debian package …", flush=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False, stdout=subprocess.DEVNULL)
    if not shutil.which("wrk"):
        raise LoadFailed(MISSING)


def run(
    base_url: str,
    paths: Path,
    seconds: float,
    *,
    fresh: bool,
    encoding: str = "",
    status: int = 200,
    tokens: Path | None = None,
) -> LoadResult:
    """Request random lines of the file `paths` for `seconds`. Raises LoadFailed unless all are answered well.

    That is 2xx or 3xx, or exactly `status` if it is another than 200. With `fresh` no address is used twice, here or
    in any other run. `encoding` is the Accept-Encoding to send, `tokens` a file of bearer tokens, sent at random.
    """
    number = str(time.time_ns() // 1000) if fresh else ""
    wanted = "" if status == 200 else str(status)
    arguments = (str(paths), number, encoding, wanted, str(tokens or ""))
    return _wrk(base_url, "paths.lua", arguments, seconds, settings.CONNECTIONS)


def post(
    base_url: str,
    path: str,
    lines: Path,
    seconds: float,
    *,
    chained: str = "",
    connections: int = settings.CONNECTIONS,
) -> LoadResult:
    """Post the JSON bodies of the file `lines` to `path` for `seconds`. Raises LoadFailed unless all are 2xx or 3xx.

    With `chained`, the name of a field, the lines are values of that field: each is sent once and followed by
    the one in its answer.
    """
    arguments = (path, str(lines), *([chained] if chained else []))
    return _wrk(base_url, "posts.lua", arguments, seconds, connections)


def signed(base_url: str, lines: Path, seconds: float) -> LoadResult:
    """Send random lines of `lines` (token, path, body if any) for `seconds`. Raises LoadFailed unless all are 2xx."""
    return _wrk(base_url, "signed.lua", (str(lines),), seconds, settings.CONNECTIONS)


def _wrk(
    base_url: str, script: str, arguments: tuple[str, ...], seconds: float, connections: int
) -> LoadResult:
    command = [
        "wrk",
        "--threads=1",
        f"--connections={connections}",
        f"--duration={max(1, round(seconds))}s",
        "--timeout=60s",
        f"--script={settings.LUA / script}",
        base_url,
        "--",
        *arguments,
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in finished.stdout.splitlines() if line.startswith("RESULT ")), None)
    if finished.returncode or line is None:
        raise LoadFailed(f"wrk failed: {finished.stdout}{finished.stderr}")
    counted = json.loads(line.removeprefix("RESULT "))
    if counted["status_errors"] or counted["socket_errors"]:
        raise LoadFailed(f"{base_url}: answers with errors: {counted}")
    took = counted["micros"] / 1e6
    return LoadResult(
        requests=counted["requests"],
        seconds=took,
        requests_per_second=counted["requests"] / took,
        p50_ms=counted["p50_us"] / 1e3,
        p99_ms=counted["p99_us"] / 1e3,
        max_ms=counted["max_us"] / 1e3,
        bytes_per_request=counted["bytes"] / max(1, counted["requests"]),
    )
