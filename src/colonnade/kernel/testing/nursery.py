"""Runs a command many times but imports it once: a process that has imported everything forks for each run.

Importing takes more than a second of CPU time, which is most of the cost of a command. Arguments, environment,
folder, standard streams, session, signals and exit code are a run's own.

Out of scope: how the executable itself starts, see `Installation.start_anew` and `run_anew`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.connection import wait as wait_readable
from pathlib import Path
from typing import IO

__all__ = ["ForkedProcess", "Nursery"]

_SERVE = (
    "import sys; from colonnade.kernel.testing.nursery import serve; serve(int(sys.argv[1]), sys.argv[2:])"
)


class ForkedProcess:
    """A running fork, with the part of `subprocess.Popen` that tests use; `stdout` and `stderr` may be None."""

    def __init__(self, status: int, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._status = status
        weakref.finalize(self, os.close, status)
        for stream in (stdout, stderr):
            if stream is not None:  # else the collector would complain, in whichever test it runs
                weakref.finalize(self, stream.close)
        self._reading = threading.Lock()
        self.pid = int(_line(status))

    def poll(self) -> int | None:
        """Return the exit code (negative: the signal that ended it), or None while it runs."""
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once there is one. Raise subprocess.TimeoutExpired after `timeout` seconds."""
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def _read(self, seconds: float | None) -> int | None:
        # Outside of the lock, so that one thread may poll while another waits.
        if self.returncode is None and wait_readable([self._status], seconds):
            with self._reading:
                if self.returncode is None:
                    self.returncode = int(_line(self._status))
        return self.returncode


class Nursery:
    """The process that forks; started at the first run, ended with the process of the tests.

    `executable` is the `sys.argv[0]` of runs, `entry` is `module:function`, `modules` are imported before the first
    fork. Modules that are not installed are searched for in `folder`.
    """

    def __init__(
        self, executable: Path, entry: str, modules: Sequence[str] = (), *, folder: Path | None = None
    ) -> None:
        self._arguments = [str(executable), entry, *modules]
        self._folder = folder
        self._link: socket.socket | None = None
        self._turn = threading.Lock()

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, input: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run the command with these arguments like `subprocess.run`. Raise TimeoutExpired."""
        with ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            files[0].write(input.encode())
            files[0].seek(0)
            process = self._fork(arguments, env, cwd, [file.fileno() for file in files])
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            # The command has moved the files' positions, which it shares with us.
            for file in files:
                file.seek(0)
            said, why = (file.read().decode() for file in files[1:])
        return subprocess.CompletedProcess(list(arguments), code, said, why)

    def start(self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> ForkedProcess:
        """Start the command with these arguments, with pipes for its output and an empty input."""
        out, theirs_out = os.pipe()
        err, theirs_err = os.pipe()
        with open(os.devnull) as nothing:
            try:
                streams = os.fdopen(out), os.fdopen(err)
                return self._fork(arguments, env, cwd, [nothing.fileno(), theirs_out, theirs_err], *streams)
            finally:
                os.close(theirs_out)
                os.close(theirs_err)

    def _fork(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        streams: list[int],
        *ours: IO[str],
    ) -> ForkedProcess:
        order = json.dumps([list(arguments), dict(env), str(cwd)]).encode() + b"\n"
        status, theirs = os.pipe()
        stdout, stderr = ours or (None, None)
        with self._turn:
            try:
                socket.send_fds(self._link or self._begin(), [order], [*streams, theirs])
            finally:
                os.close(theirs)
            # Two orders in the link could be read as one: the next is sent once this one has its pid.
            return ForkedProcess(status, stdout, stderr)

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(theirs.fileno()), *self._arguments],
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._link = ours

        def end() -> None:
            ours.close()
            process.wait(10)

        atexit.register(end)
        return ours


def serve(descriptor: int, arguments: list[str]) -> None:
    """Fork for every order until the other side has closed; in a fork, run the command and return.

    The fork's pid and, when it has ended, its exit code are written into the pipe that comes with the order.
    """
    executable, entry, *modules = arguments
    module, _, function = entry.partition(":")
    command = getattr(importlib.import_module(module), function)
    for name in modules:
        importlib.import_module(name)
    gc.freeze()
    link = socket.socket(fileno=descriptor)
    deaths = _Deaths()
    running: dict[int, int] = {}
    while True:
        if descriptor not in select.select([descriptor, deaths.signalled], [], [])[0]:
            deaths.report(running)
            continue
        order, descriptors = _order(link)
        if not order:
            return
        *streams, status = descriptors
        pid = os.fork()
        if not pid:
            deaths.forget()
            for each in (link.detach(), status, *running.values()):
                os.close(each)
            _become(executable, json.loads(order), streams)
            command()
            return
        for stream in streams:
            os.close(stream)
        running[pid] = status
        os.write(status, b"%d\n" % pid)


class _Deaths:
    """SIGCHLD as a descriptor for select()."""

    def __init__(self) -> None:
        self.signalled, self._told = os.pipe()
        for end in (self.signalled, self._told):
            os.set_blocking(end, False)
        # Python writes the number into the pipe only if the signal has a handler of its own.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)

    def report(self, running: dict[int, int]) -> None:
        """Write the exit codes of the forks that have ended into their pipes."""
        os.read(self.signalled, 65536)
        for pid in list(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                pipe = running.pop(pid)
                try:
                    os.write(pipe, b"%d\n" % os.waitstatus_to_exitcode(status))
                except BrokenPipeError:
                    pass  # the test no longer waits for it
                os.close(pipe)

    def forget(self) -> None:
        """Restore SIGCHLD to the state of a new process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self.signalled)
        os.close(self._told)


def _become(executable: str, order: tuple[list[str], dict[str, str], str], streams: list[int]) -> None:
    arguments, environment, folder = order
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[1:1] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = [executable, *arguments]


def _order(link: socket.socket) -> tuple[bytes, list[int]]:
    order, descriptors, _, _ = socket.recv_fds(link, 65536, 4)
    while order and not order.endswith(b"\n"):
        order += link.recv(65536)
    return order, descriptors


def _line(pipe: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(pipe, 1)
        if not part:
            raise RuntimeError("the process that forks has ended")
        line += part
    return line
