"""A thousand connections of one address that send a byte a second: everybody else is answered at once."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import EXECUTABLE, RunningCommand, execute, new_installation

pytestmark = pytest.mark.slow

CONNECTIONS = 1_003
FILES = 1_024
HEAD = (
    b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n{"
)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningCommand]:
    """Provide a server that may open no more files than there are attackers."""
    with new_installation() as installation:
        command = [
            "sh",
            "-c",
            f'ulimit -n {FILES}; exec "$0" "$@"',
            str(EXECUTABLE),
            "up",
            "radio",
            "--port",
            "0",
        ]
        up = RunningCommand(command, installation.environment, installation.folder, execute)
        try:
            up.wait_until_ready()
            yield up
        finally:
            assert up.stop() == 0


@pytest.mark.parametrize("beginning", [HEAD, HEAD[:-5]], ids=["body", "head"])
async def test_nobody_else_waits(server: RunningCommand, beginning: bytes) -> None:
    loop = asyncio.get_running_loop()
    senders: list[socket.socket] = []
    open_at_the_end = 0

    async def trickle() -> None:
        nonlocal open_at_the_end
        for _ in range(CONNECTIONS):
            sender = socket.socket()
            sender.setblocking(False)
            await loop.sock_connect(sender, ("127.0.0.1", server.port))
            sender.send(beginning)
            senders.append(sender)
            await asyncio.sleep(
                0.002
            )  # slowly: how fast a thousand requests are answered is another question
        for _ in range(18):
            await asyncio.sleep(1)
            open_at_the_end = 0
            for sender in senders:
                with suppress(OSError):
                    sender.send(b" " if beginning is HEAD else b"x")
                    open_at_the_end += _is_open(sender)

    waits: list[float] = []
    trickling = asyncio.create_task(trickle())
    while not trickling.done():
        async with httpx.AsyncClient(base_url=server.url, timeout=10, verify=NO_TLS) as other:
            began = time.monotonic()
            assert (await other.get("/health/live")).status_code == 200
            waits.append(time.monotonic() - began)
        await asyncio.sleep(0.02)
    await trickling
    for sender in senders:
        sender.close()
    assert len(waits) > 300
    assert sorted(waits)[-len(waits) // 100] < 0.1
    assert max(waits) < 0.5  # the machine has other work as well
    assert open_at_the_end == 0  # after 15 seconds


def _is_open(sender: socket.socket) -> bool:
    try:
        while data := sender.recv(4096):
            assert data.startswith(b"HTTP/1.1 408 ")
        return False
    except BlockingIOError:
        return True
