"""Starts and stops the servers under test as child processes.

A server is ready when its readiness path answers 200. Its output goes to a log file in the benchmark's home.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness import processes, settings

IDLE_CHECK_SECONDS = 0.2
MAX_IDLE_CPU_SHARE = 0.15


class StartFailed(Exception):
    """The server ended or did not become ready in time; the message ends with the tail of its log."""


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """How to start a server: `command` may contain {port}; `env` is added to a clean environment."""

    name: str
    command: tuple[str, ...]
    port: int
    cwd: Path = settings.REPOSITORY
    env: dict[str, str] = field(default_factory=dict)


class Server:
    """A running child process, in its own process group."""

    def __init__(self, spec: ServerSpec, *, timeout_seconds: float = 60.0) -> None:
        self.spec = spec
        self.base_url = f"http://{settings.HOST}:{spec.port}"
        _check_free(spec)
        self.log = settings.HOME / f"{spec.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [word.format(port=spec.port) for word in spec.command],
                cwd=spec.cwd,
                env=_environment(spec),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_ready(timeout_seconds)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.perf_counter() - started

    @property
    def pid(self) -> int:
        """The pid of the process that was started (the root of the tree)."""
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of the server's tree so far, without PostgreSQL."""
        return processes.cpu_seconds(self.pid)

    def wait_idle(self, timeout_seconds: float = 60.0) -> None:
        """Wait until the server uses next to no CPU: it may still handle requests whose clients have left."""
        deadline = time.monotonic() + timeout_seconds
        used = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(IDLE_CHECK_SECONDS)
            before, used = used, self.cpu_seconds()
            if used - before <= MAX_IDLE_CPU_SHARE * IDLE_CHECK_SECONDS:
                return
        raise TimeoutError(f"{self.spec.name} is still busy after {timeout_seconds:g} s")

    def stop(self, timeout_seconds: float = 30.0) -> float:
        """Send SIGTERM, and SIGKILL to the group after the timeout; return the seconds it took."""
        began = time.perf_counter()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        return time.perf_counter() - began

    def _wait_ready(self, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        with httpx.Client(timeout=5.0) as client:
            while True:
                if self._process.poll() is not None:
                    raise StartFailed(
                        f"{self.spec.name} ended with {self._process.returncode}\n{self._tail()}"
                    )
                try:
                    ready = client.get(self.base_url + settings.READY_PATH).status_code == 200
                    if ready and self._process.poll() is None:
                        return
                except httpx.TransportError:
                    pass
                if time.monotonic() > deadline:
                    raise StartFailed(
                        f"{self.spec.name} is not ready after {timeout_seconds:g} s\n{self._tail()}"
                    )
                time.sleep(0.01)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def _check_free(spec: ServerSpec) -> None:
    """Raise StartFailed if another program listens there already: it would be measured in our server's place."""
    with socket.socket() as probe:
        if probe.connect_ex((settings.HOST, spec.port)) == 0:
            raise StartFailed(f"{spec.name}: port {spec.port} is taken by another program")


def _environment(spec: ServerSpec) -> dict[str, str]:
    """Return PATH, HOME and the locale with `env`: a shell's DATABASE_URL or REDIS_URL must not leak into a run."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ
    }
    return kept | spec.env
