"""Several server processes behind one listening socket: started, replaced when they die, stopped together.

The processes watch this one as well: when it is killed they shut down by themselves, so that none of them
keeps the port. Out of scope: restarting the supervisor, and balancing; the operating system distributes
connections.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import FrameType

import msgspec
import structlog

from colonnade.app.server import Serve, run_server
from colonnade.app.signals import check_interrupted, on_ending_signal

__all__ = ["supervise"]

log = structlog.get_logger("colonnade.supervisor")

EXIT_COULD_NOT_START = 3
CHECK_INTERVAL_SECONDS = 0.5
STEADY_SECONDS = 10.0
"""A process that lived longer is replaced at once; after shorter lives the backoff grows."""
MAX_BACKOFF_SECONDS = 30.0


def supervise(
    order: Serve, listener: socket.socket, ready: Callable[[], None], *, stop_seconds: float
) -> bool:
    """Run `order.workers` processes until SIGTERM, SIGINT or SIGHUP; call `ready` once all of them serve.

    Return False if one of the first could not start, since the next could not either; the log says why. A
    process that still runs `stop_seconds` after the signal is killed.
    """
    with tempfile.TemporaryDirectory(prefix="colonnade-") as shared:
        group = _ProcessGroup(msgspec.structs.replace(order, shared=shared), listener)
        on_ending_signal(group.stop)
        check_interrupted()
        group.start()
        healthy = group.look_after(ready)
        group.end(stop_seconds)
    return healthy


@dataclass
class _Slot:
    """One place in the group, and the process that fills it; `news` receives a message once it serves."""

    process: SpawnProcess
    news: Connection
    born: float = field(default_factory=time.monotonic)
    serves: bool = False
    short_lives: int = 0
    due: float | None = None
    """The time at which the next process starts; None while one runs."""


class _ProcessGroup:
    def __init__(self, order: Serve, listener: socket.socket) -> None:
        self._order = order
        self._listener = listener
        self._slots: list[_Slot] = []
        self._stopping = False
        self._all_served = False

    def stop(self, _: int, __: FrameType | None) -> None:
        """Handle a signal: stop looking after the processes."""
        self._stopping = True

    def start(self) -> None:
        # The resource tracker unblocks signals when it starts: not between our blocking them and the fork.
        resource_tracker.ensure_running()
        self._slots = [self._spawn(index) for index in range(self._order.workers)]

    def look_after(self, ready: Callable[[], None]) -> bool:
        """Replace processes that die until a signal; return False if one of the first could not start."""
        while not self._stopping:
            connection.wait(self._events(), timeout=CHECK_INTERVAL_SECONDS)
            for index, slot in enumerate(self._slots):
                self._hear(slot)
                if not self._stopping and not self._check(index, slot):
                    return False
            if not self._all_served and all(slot.serves for slot in self._slots):
                self._all_served = True
                ready()
        return True

    def _events(self) -> list[int | Connection]:
        running = [slot for slot in self._slots if slot.due is None]
        return [
            *(slot.process.sentinel for slot in running),
            *(slot.news for slot in running if not slot.serves and not slot.news.closed),
        ]

    def _hear(self, slot: _Slot) -> None:
        if slot.serves or slot.news.closed or not slot.news.poll():
            return
        try:
            slot.news.recv_bytes()
            slot.serves = True
        except EOFError:
            pass
        slot.news.close()

    def _check(self, index: int, slot: _Slot) -> bool:
        """Replace the slot's process if it died; return False if it reports that it can never start."""
        now = time.monotonic()
        if slot.due is None and not slot.process.is_alive():
            code = slot.process.exitcode
            if code == EXIT_COULD_NOT_START and not self._all_served:
                return False
            lives = 0 if now - slot.born > STEADY_SECONDS else slot.short_lives + 1
            backoff = 0.0 if lives < 2 else min(2.0 ** (lives - 2), MAX_BACKOFF_SECONDS)
            log.warning(
                "server process died",
                process=index,
                pid=slot.process.pid,
                exit_code=code,
                backoff_seconds=backoff,
            )
            slot.short_lives, slot.due = lives, now + backoff
        if slot.due is not None and now >= slot.due:
            self._slots[index] = self._spawn(index, slot.short_lives)
        return True

    def _spawn(self, index: int, short_lives: int = 0) -> _Slot:
        context = get_context("spawn")
        news, teller = context.Pipe(duplex=False)
        order = msgspec.structs.replace(self._order, process=str(index))
        process = context.Process(target=_work, args=(order, self._listener, teller), name=f"server-{index}")
        # A terminal sends Ctrl-C to the whole group. The child inherits the mask that blocks it, so that this
        # process alone decides when the child ends; for us the signal stays pending until we unblock it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGHUP})
            teller.close()
        return _Slot(process, news, short_lives=short_lives)

    def end(self, seconds: float) -> None:
        """Stop all processes; kill those that still run after `seconds`.

        Whoever connects is refused once they have closed their ends of the listening socket, and may try elsewhere; as
        long as one end is open, the system takes connections that nobody will answer.
        """
        self._listener.close()
        deadline = time.monotonic() + seconds
        running = [slot.process for slot in self._slots if slot.due is None]
        for process in running:
            if process.is_alive():
                process.terminate()
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                log.error("server process killed: it did not stop in time", pid=process.pid)
                process.kill()
                process.join()


def _work(order: Serve, listener: socket.socket, teller: Connection) -> None:
    """Run a server process; exit with EXIT_COULD_NOT_START if it could not start."""
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()

    def tell() -> None:
        teller.send_bytes(b"serves")
        teller.close()

    if not run_server(order, listener, tell):
        raise SystemExit(EXIT_COULD_NOT_START)


def _follow_parent() -> None:
    """Shut down when the supervisor is killed, which can then no longer signal this process."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
