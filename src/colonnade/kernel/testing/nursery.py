"""Runs the command many times and loads it once: a process that has imported everything forks for each run.

What is loaded is what every command loads; arguments, environment, folder, standard streams and exit are a run's
own. For commands whose result is the point. How the real executable begins, listens and ends is for
`Installation.start`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

__all__ = ["Nursery"]

_SERVE = (
    "import sys; from colonnade.kernel.testing.nursery import serve; serve(int(sys.argv[1]), sys.argv[2:])"
)


class Nursery:
    """The process that forks; started at the first run, ended with this one.

    `entry` is `module:function`, `modules` are what is to be loaded before.
    """

    def __init__(self, executable: Path, entry: str, modules: Sequence[str]) -> None:
        self._arguments = [str(executable), entry, *modules]
        self._link: socket.socket | None = None
        self._turn = threading.Lock()

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, input: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` gives for the command with these arguments; raises TimeoutExpired."""
        order = json.dumps([list(arguments), dict(env), str(cwd)]).encode() + b"\n"
        with self._turn, ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            files[0].write(input.encode())
            files[0].seek(0)
            link = self._link or self._begin()
            socket.send_fds(link, [order], [file.fileno() for file in files])
            code = self._wait(link, int(_line(link)), timeout)
            if code is None:
                raise subprocess.TimeoutExpired(list(arguments), timeout)
            # The command has moved the position, which it shares with us.
            for file in files:
                file.seek(0)
            said, why = (file.read().decode() for file in files[1:])
        return subprocess.CompletedProcess(list(arguments), code, said, why)

    def _wait(self, link: socket.socket, pid: int, seconds: float) -> int | None:
        """The exit code; None when the command had to be killed."""
        link.settimeout(seconds)
        try:
            return int(_line(link))
        except TimeoutError:
            os.killpg(pid, signal.SIGKILL)
        finally:
            link.settimeout(None)
        _line(link)
        return None

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(theirs.fileno()), *self._arguments],
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
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
    """Fork for every order until the other side is gone; a fork returns from here as the command itself."""
    executable, entry, *modules = arguments
    module, _, function = entry.partition(":")
    command = getattr(importlib.import_module(module), function)
    for name in modules:
        importlib.import_module(name)
    gc.freeze()
    link = socket.socket(fileno=descriptor)
    while True:
        order, streams = _order(link)
        if not order:
            return
        pid = os.fork()
        if not pid:
            link.close()
            _become(executable, json.loads(order), streams)
            command()
            return
        for stream in streams:
            os.close(stream)
        link.sendall(b"%d\n" % pid)
        link.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


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
    order, streams, _, _ = socket.recv_fds(link, 65536, 3)
    while order and not order.endswith(b"\n"):
        order += link.recv(65536)
    return order, streams


def _line(link: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = link.recv(1)
        if not part:
            raise RuntimeError("the process that forks has ended")
        line += part
    return line
