"""Several server processes behind one listening socket: started, replaced when they die, stopped together."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog

from colonnade.app.server import Serve, run_server

__all__ = ["supervise"]

log = structlog.get_logger(__name__)

COULD_NOT_START = 3
LOOK_SECONDS = 1.0


def supervise(order: Serve, listener: socket.socket, *, stop_seconds: float) -> bool:
    """Run `order.workers` processes until SIGTERM or SIGINT; False when a process could not start at all.

    A process that dies is replaced; one that cannot start stops everything, since the next would not either.
    After `stop_seconds` what has not ended is killed.
    """
    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    processes = [_spawn(order, listener) for _ in range(order.workers)]
    healthy = True
    while not stopping:
        multiprocessing.connection.wait([process.sentinel for process in processes], timeout=LOOK_SECONDS)
        for index, process in enumerate(processes):
            if process.is_alive() or stopping:
                continue
            if process.exitcode == COULD_NOT_START:
                stopping, healthy = True, False
                break
            log.warning("a server process died and is replaced", pid=process.pid, exitcode=process.exitcode)
            processes[index] = _spawn(order, listener)
    _stop_all(processes, stop_seconds)
    return healthy


def _spawn(order: Serve, listener: socket.socket) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(order, listener))
    process.start()
    return process


def _work(order: Serve, listener: socket.socket) -> None:
    # Ctrl-C reaches the whole group; the supervisor alone decides when its processes end.
    os.setpgid(0, 0)
    if not run_server(order, listener):
        raise SystemExit(COULD_NOT_START)


def _stop_all(processes: list[SpawnProcess], seconds: float) -> None:
    for process in processes:
        if process.is_alive():
            process.terminate()
    for process in processes:
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
