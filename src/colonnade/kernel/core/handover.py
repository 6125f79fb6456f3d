"""Gives connections to another server process of this machine, where what they ask about is kept.

A client of several processes behind one port does not choose which of them accepts its connection, and a session of
long polling is kept by one of them. The process that accepts such a connection passes its descriptor on (SCM_RIGHTS),
with what it has read, through the Unix socket that the other listens on in a folder of their own; there the connection
is served as if it had been accepted there, and stays.

Out of scope: other machines, which no descriptor can be passed to, and connections whose TLS ends in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

__all__ = ["Accept", "Detach", "Handover"]

log = structlog.get_logger(__name__)

Accept = Callable[[socket.socket, bytes], Awaitable[None]]
"""`async accept(connection, received)`: serve a connection of which so much has been read."""
Detach = Callable[[], tuple[socket.socket, bytes] | None]
"""Takes a connection from the server that has it, with what was read of it; None if it cannot be taken."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{8}")
_NAME_BYTES: Final = 6
_LENGTH: Final = struct.Struct("!I")
_MAX_BYTES: Final = 4 * 1024 * 1024
_SECONDS: Final = 5.0
_BACKLOG: Final = 4096
_RETRY_SECONDS: Final = 0.01
_PAUSE_SECONDS: Final = 1.0


class Handover:
    """This process among those that share `folder`, which only their user may enter; `name` is made anew at each start.

    The folder's path must be short: a Unix socket's is limited to about 100 bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_urlsafe(_NAME_BYTES)
        self._folder = folder
        self._entrance: socket.socket | None = None
        self._accept: Accept | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, accept: Accept) -> None:
        """Take connections from the others from now on. Raise OSError if there can be no socket in the folder."""
        self._accept = accept
        self._entrance = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._entrance.setblocking(False)
        self._entrance.bind(str(self._path(self.name)))
        self._entrance.listen(_BACKLOG)
        asyncio.get_running_loop().add_reader(self._entrance, self._take_next)

    def stop(self) -> None:
        """Take no more."""
        if self._entrance is not None:
            asyncio.get_running_loop().remove_reader(self._entrance)
            self._entrance.close()
            self._entrance = None
            self._path(self.name).unlink(missing_ok=True)

    def reaches(self, name: str) -> bool:
        """Return whether `name` may be another process here."""
        return name != self.name and _NAME.fullmatch(name) is not None and self._path(name).exists()

    async def give(self, name: str, detach: Detach, body: bytes) -> bool:
        """Pass a connection on, with its request of this body; return False, with the connection kept, if it fails."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as neighbour:
            neighbour.setblocking(False)
            try:
                async with asyncio.timeout(_SECONDS):
                    await _connect(neighbour, self._path(name))
            except (OSError, TimeoutError):
                return False
            detached = detach()
            if detached is None:
                return False
            connection, head = detached
            with connection, contextlib.suppress(OSError, TimeoutError):
                length = b"content-length: %d\r\n" % len(body) if body else b""
                received = b"%b%b\r\n%b" % (head, length, body)
                message = _LENGTH.pack(len(received)) + received
                async with asyncio.timeout(_SECONDS):
                    sent = socket.send_fds(neighbour, [message], [connection.fileno()])
                    await loop.sock_sendall(neighbour, message[sent:])
            return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.sock"

    def _take_next(self) -> None:
        if self._entrance is None:
            return
        loop = asyncio.get_running_loop()
        try:
            neighbour, _ = self._entrance.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:  # no files are left
            log.warning("connections of other processes wait", error=repr(error))
            loop.remove_reader(self._entrance)
            loop.call_later(_PAUSE_SECONDS, self._go_on)
            return
        neighbour.setblocking(False)
        task = loop.create_task(self._take(neighbour))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _go_on(self) -> None:
        if self._entrance is not None:
            asyncio.get_running_loop().add_reader(self._entrance, self._take_next)

    async def _take(self, neighbour: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        connection: socket.socket | None = None
        try:
            with neighbour:
                async with asyncio.timeout(_SECONDS):
                    await _readable(neighbour)
                    data, descriptors, _, _ = socket.recv_fds(neighbour, _MAX_BYTES, 1)
                    if not data:
                        return  # the connection could not be taken after all
                    connection = socket.socket(fileno=descriptors[0])
                    (length,) = _LENGTH.unpack_from(data)
                    while len(data) < _LENGTH.size + length:
                        more = await loop.sock_recv(neighbour, _MAX_BYTES)
                        if not more:
                            raise EOFError
                        data += more
            connection.setblocking(False)
            assert self._accept is not None
            await self._accept(connection, data[_LENGTH.size :])
        except (OSError, EOFError, IndexError, struct.error, TimeoutError) as error:
            log.warning("a connection of another process was lost", error=repr(error))
            if connection is not None:
                connection.close()


async def _connect(neighbour: socket.socket, path: Path) -> None:
    """Connect at once, or as soon as the other process accepts again: asyncio takes EAGAIN for a success to come."""
    while True:
        try:
            neighbour.connect(str(path))
        except BlockingIOError:
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def _readable(source: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(source, _set, ready)
    try:
        await ready
    finally:
        loop.remove_reader(source)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
