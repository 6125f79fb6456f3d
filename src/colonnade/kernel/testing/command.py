"""Runs the real command `colonnade` in processes of its own, as a shell does, and captures its output.

An Installation has a COLONNADE_HOME, a working folder and a clean environment; closing it kills everything that it
started, including servers that a killed command left running.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import colonnade
from colonnade.kernel.core.process import is_alive
from colonnade.kernel.testing.nursery import ForkedProcess, Nursery

__all__ = ["Installation", "RunningCommand", "new_installation"]

EXECUTABLE = Path(sys.executable).parent / "colonnade"
TIMEOUT_SECONDS = 60.0
_PRODUCTS = (Path(colonnade.__file__).parent / "products").glob("*/product.py")
# The modules that commands import, and the products; as names only, since the kernel imports neither.
_NURSERY = Nursery(
    EXECUTABLE,
    "colonnade.app.cli:main",
    [
        *(
            f"colonnade.app.cli.{name}"
            for name in ("main", "serving", "work", "admin", "migrating", "jobs", "inspect", "version")
        ),
        *(f"colonnade.app.cli.{name}" for name in ("audit", "keys", "access")),
        "colonnade.app.doctor",
        *(f"colonnade.products.{path.parent.name}.product" for path in sorted(_PRODUCTS)),
    ],
)
_ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)")


class _Output:
    """The lines of one stream so far, read in a thread."""

    def __init__(self, stream: IO[str], changed: threading.Condition) -> None:
        self.lines: list[str] = []
        self._stream = stream
        self._changed = changed
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream as lines:
            for line in lines:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def finish(self) -> str:
        self._thread.join(TIMEOUT_SECONDS)
        return "\n".join(self.lines)


def execute(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[str]:
    """Start an executable as a shell does."""
    return subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _fork(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> ForkedProcess:
    return _NURSERY.start(command[1:], env=environment, cwd=folder)


class RunningCommand:
    """A command that runs; `seconds_to_ready` counts from its start, which `start` does."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        start: Callable[..., subprocess.Popen[str] | ForkedProcess] = execute,
    ) -> None:
        self.began = time.monotonic()
        self._only_json = (
            environment.get("LOG_FORMAT") == "json" or environment.get("APP_ENV") == "production"
        )
        self.process = start(command, environment, folder)
        self._changed = threading.Condition()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._out = _Output(self.process.stdout, self._changed)
        self._err = _Output(self.process.stderr, self._changed)
        self.port = 0
        self.seconds_to_ready = 0.0

    @property
    def url(self) -> str:
        """The address of the server, once it is ready."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def stdout(self) -> str:
        with self._changed:
            return "\n".join(self._out.lines)

    @property
    def stderr(self) -> str:
        with self._changed:
            return "\n".join(self._err.lines)

    def log(self) -> list[dict[str, Any]]:
        """Return the JSON lines of standard error so far."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    def wait_for(self, what: str | Callable[[str], bool], *, seconds: float = TIMEOUT_SECONDS) -> str:
        """Wait for a line of either stream that matches and return it. Raise AssertionError if none comes."""
        matches = re.compile(what).search if isinstance(what, str) else what
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in (*self._out.lines, *self._err.lines):
                    if matches(line):
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._changed.wait(0.5)):
                    lines = "\n".join([*self._out.lines, *self._err.lines])
                    raise AssertionError(f"no line matches {what}; the output is:\n{lines}")
                self._changed.wait(min(left, 0.5))

    def wait_until_ready(self) -> None:
        """Wait until `up` serves; then `port` and `seconds_to_ready` are known."""
        mark = '"event":"ready"' if self._only_json else "^Ready in"
        self.wait_for(mark)
        self.seconds_to_ready = time.monotonic() - self.began
        said = _ADDRESS.search(self.stdout) or _ADDRESS.search(self.stderr)
        assert said is not None, self.stdout
        self.port = int(said.group(1))

    def send(self, number: int) -> None:
        """Send a signal to the command's own process."""
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = TIMEOUT_SECONDS) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.send(number)
        return self.wait(seconds=seconds)

    def wait(self, *, seconds: float = TIMEOUT_SECONDS) -> int:
        """Wait until the command has ended and its output is complete; return the exit code."""
        code = self.process.wait(seconds)
        self._out.finish()
        self._err.finish()
        return code

    def kill_group(self) -> None:
        """Kill (SIGKILL) the command and the processes that it started in its group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(TIMEOUT_SECONDS)


class Installation:
    """One COLONNADE_HOME; every command in it gets `environment`, which may be changed."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.home = base / "home"
        self.folder = base / "work"
        self.folder.mkdir()
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "COLONNADE_HOME": str(self.home),
            "RATE_LIMIT_GLOBAL": "1000000/hour",
        }
        self._running: list[RunningCommand] = []

    def copy_from(self, home: Path) -> None:
        """Copy a home without running servers, to save the seconds of a first start."""
        subprocess.run(["cp", "-a", str(home), str(self.home)], check=True)

    def start(self, *arguments: str, **environment: str) -> RunningCommand:
        """Start `colonnade ARGUMENTS` in a fork of a process that has imported it, with settings added."""
        return self._start(_fork, arguments, environment)

    def start_anew(self, *arguments: str, **environment: str) -> RunningCommand:
        """Start the executable as a shell does, with settings added to the environment."""
        return self._start(execute, arguments, environment)

    def _start(
        self,
        start: Callable[..., subprocess.Popen[str] | ForkedProcess],
        arguments: Sequence[str],
        environment: dict[str, str],
    ) -> RunningCommand:
        command = [str(EXECUTABLE), *arguments]
        self._running.append(RunningCommand(command, self.environment | environment, self.folder, start))
        return self._running[-1]

    def up(self, *arguments: str, **environment: str) -> RunningCommand:
        """Start `colonnade up ARGUMENTS` like `start`, on a free port, and wait until it serves."""
        return _ready(self.start("up", *arguments, "--port", "0", **environment))

    def up_anew(self, *arguments: str, **environment: str) -> RunningCommand:
        """Start `colonnade up ARGUMENTS` like `start_anew`, on a free port, and wait until it serves."""
        return _ready(self.start_anew("up", *arguments, "--port", "0", **environment))

    def run(
        self, *arguments: str, stdin: str = "", seconds: float = TIMEOUT_SECONDS, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `colonnade ARGUMENTS` to its end, in a fork of a process that has imported it."""
        return _NURSERY.run(
            arguments, env=self.environment | environment, cwd=self.folder, input=stdin, timeout=seconds
        )

    def run_anew(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the executable to its end as a shell starts it."""
        return subprocess.run(
            [str(EXECUTABLE), *arguments],
            env=self.environment | environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def postgres_pid(self) -> int | None:
        """Return the process id of the embedded PostgreSQL, or None if it does not run."""
        return _read_pid(self.home / "postgres" / "data" / "postmaster.pid")

    def valkey_pid(self) -> int | None:
        """Return the process id of the embedded Valkey, or None if it does not run."""
        try:
            state = json.loads((self.home / "valkey" / "state.json").read_text())
        except (OSError, ValueError):
            return None
        pid = int(state["pid"])
        return pid if is_alive(pid) else None

    def close(self) -> None:
        """Kill everything that still runs and remove the files."""
        for command in self._running:
            command.kill_group()
        for pid in (self.postgres_pid(), self.valkey_pid()):
            if pid is not None:
                os.kill(pid, signal.SIGQUIT if pid == self.postgres_pid() else signal.SIGKILL)
                _wait_for_end(pid)
        shutil.rmtree(self.base, ignore_errors=True)


def _ready(command: RunningCommand) -> RunningCommand:
    command.wait_until_ready()
    return command


def _read_pid(file: Path) -> int | None:
    try:
        pid = int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if is_alive(pid) else None


def _wait_for_end(pid: int, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


@contextmanager
def new_installation(where: Path | None = None) -> Iterator[Installation]:
    """Open an empty installation directly below `where` (the temporary directory): root's PostgreSQL must reach it."""
    base = Path(tempfile.mkdtemp(prefix="colonnade-app-", dir=where))
    base.chmod(0o755)
    installation = Installation(base)
    try:
        yield installation
    finally:
        installation.close()
