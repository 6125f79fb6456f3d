"""The servers under test: the bare hub, radio as `colonnade up` serves it, and the peer. Every run starts its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from harness import processes

HERE = Path(__file__).parent
COLONNADE = str(Path(sys.executable).parent / "colonnade")
EMAIL, PASSWORD = "bench@bench.example", "a password of the benchmark"
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A running server; with `staff_token` the load client behaves as radio's listeners and staff do."""

    pid: int
    port: int
    staff_token: str | None = None

    def cpu_seconds(self) -> float:
        """Return user and system time of the server's processes so far, without PostgreSQL."""
        return processes.cpu_seconds(self.pid)

    def resident_mb(self) -> float:
        """Return the resident memory of the server's processes."""
        return processes.resident_bytes(self.pid) / 1e6


@contextmanager
def program(command: list[str]) -> Iterator[Target]:
    """Run a program that prints its port as a line of JSON."""
    environment = {**os.environ, "NODE_ENV": "production"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout is not None
        yield Target(server.pid, json.loads(server.stdout.readline())["port"])
    finally:
        server.kill()
        server.wait()


class Station:
    """Radio with a database of its own, which all runs share."""

    def __init__(self) -> None:
        self._base = Path(tempfile.mkdtemp(prefix="colonnade-bench-sockets-"))
        self._base.chmod(0o755)
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._base),
            "COLONNADE_HOME": str(self._base / "state"),
            "LOG_FORMAT": "json",
            # Everything is on; the limits are out of reach of one machine that stands for a thousand.
            "RATE_LIMIT_GLOBAL": "1000000000/hour",
            "TRUSTED_PROXIES": "127.0.0.1/32",
        }
        arguments = ["--email", EMAIL, "--name", "Bench", "--role", "admin", "--password-stdin"]
        done = subprocess.run(
            [COLONNADE, "admin", "create", "radio", *arguments],
            env=self._environment,
            cwd=self._base,
            input=f"{PASSWORD}\n",
            text=True,
            check=False,
            capture_output=True,
        )
        if done.returncode:
            raise SystemExit(f"radio has no account:\n{done.stderr}")

    @contextmanager
    def run(self) -> Iterator[Target]:
        """Start the server, wait until it is ready and sign a member of its staff in."""
        log = self._base / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [COLONNADE, "up", "radio", "--no-demo", "--port", "0"],
                env=self._environment,
                cwd=self._base,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            url = self._wait(server, log)
            login = httpx.post(f"{url}/auth/login", json={"email": EMAIL, "password": PASSWORD}, timeout=20)
            token = login.raise_for_status().json()["data"]["accessToken"]
            yield Target(server.pid, httpx.URL(url).port or 80, token)
        finally:
            server.terminate()
            server.wait(TIMEOUT_SECONDS)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._base, ignore_errors=True)

    def _wait(self, server: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            for line in log.read_text().splitlines():
                if line.endswith("}") and (said := json.loads(line))["event"] == "ready":
                    return str(said["url"])
            time.sleep(0.05)
        raise SystemExit(f"radio did not start:\n{log.read_text()}")
