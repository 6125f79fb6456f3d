"""Reads the state of a server from `postmaster.pid` and the process table; removes stale lock files."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from colonnade.kernel.core.process import is_alive

__all__ = ["Postmaster", "is_gone", "read_postmaster", "remove_stale_socket_lock"]

_COMPLETE_LINES = 8


@dataclass(frozen=True)
class Postmaster:
    """A server as its lock file describes it; `status` is starting, ready, standby or stopping."""

    pid: int
    socket_directory: str
    port: int
    status: str

    def answers(self) -> bool:
        """Return whether something listens on the socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2.0)
            try:
                probe.connect(f"{self.socket_directory}/.s.PGSQL.{self.port}")
            except OSError:
                return False
        return True


def read_postmaster(data: Path) -> Postmaster | None:
    """Return the server that holds `data`, dead or alive, or None without a readable lock file."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (OSError, IndexError, ValueError):
        return None
    if len(lines) < _COMPLETE_LINES:
        return Postmaster(pid, "", 0, "starting")
    return Postmaster(pid, lines[4], int(lines[3] or 0), lines[7].strip())


def is_gone(data: Path, pid: int) -> bool:
    """Return whether the server `pid` is gone; remove its lock file if that would prevent a start."""
    return _forget(data / "postmaster.pid", pid)


def remove_stale_socket_lock(directory: Path, port: int) -> None:
    """Remove the lock file beside the socket if its server is gone; call it when no server holds the data."""
    lock = directory / f".s.PGSQL.{port}.lock"
    try:
        pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return
    _forget(lock, pid)


def _forget(lock: Path, pid: int) -> bool:
    """Return whether `pid` is no server; remove `lock` if another process now has that pid.

    PostgreSQL would refuse to start otherwise: it mistakes a zombie (some containers never reap them) and an
    unrelated process that got the pid again for the old server. If in doubt, the process counts as a server.
    A wrong removal is safe: PostgreSQL also looks for the server's shared memory, by the data's inode.
    """
    if is_alive(pid) and _may_be_server(pid):
        return False
    if _is_taken(pid):
        lock.unlink(missing_ok=True)
    return True


def _is_taken(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _may_be_server(pid: int) -> bool:
    try:
        if sys.platform.startswith("linux"):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        else:
            command = subprocess.run(
                ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=True
            ).stdout
    except (OSError, subprocess.SubprocessError):
        return True
    return not command.strip("\0 \n") or "postgres" in command
