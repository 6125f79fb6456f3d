"""Several server processes behind one listening socket: started, replaced when they die, stopped together.

The processes watch this one as well: when it is killed they stop in order by themselves, so that none of them
keeps the port. Does not restart itself and does not balance: the kernel hands out connections.
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
from colonnade.app.signals import check_interrupted, take_ending

__all__ = ["supervise"]

log = structlog.get_logger("colonnade.supervisor")

COULD_NOT_START = 3
LOOK_SECONDS = 0.5
STEADY_SECONDS = 10.0
"""A process that lived so long is replaced at once; after shorter lives the next one waits."""
LONGEST_PAUSE_SECONDS = 30.0


def supervise(
    order: Serve, listener: socket.socket, ready: Callable[[], None], *, stop_seconds: float
) -> bool:
    """Run `order.workers` processes until SIGTERM, SIGINT or SIGHUP; calls `ready` when all of them serve.

    False when one of them could not start in the first place, since the next would not either; the log says
    why. What has not ended `stop_seconds` after the signal is killed.
    """
    with tempfile.TemporaryDirectory(prefix="colonnade-metrics-") as metrics:
        crew = _Crew(msgspec.structs.replace(order, metrics=metrics), listener)
        take_ending(crew.stop)
        check_interrupted()
        crew.start()
        healthy = crew.look_after(ready)
        crew.end(stop_seconds)
    return healthy


@dataclass
class _Slot:
    """One place in the crew, and who has it."""

    process: SpawnProcess
    news: Connection
    born: float = field(default_factory=time.monotonic)
    serves: bool = False
    short_lives: int = 0
    due: float | None = None
    """When the next process is to be started; None while one runs."""


class _Crew:
    def __init__(self, order: Serve, listener: socket.socket) -> None:
        self._order = order
        self._listener = listener
        self._slots: list[_Slot] = []
        self._stopping = False
        self._all_served = False

    def stop(self, _: int, __: FrameType | None) -> None:
        """The signal handler."""
        self._stopping = True

    def start(self) -> None:
        # It unblocks signals when it starts, so it must not start between our blocking and the fork.
        resource_tracker.ensure_running()
        self._slots = [self._spawn(index) for index in range(self._order.workers)]

    def look_after(self, ready: Callable[[], None]) -> bool:
        """Replace the dead until it is time to stop; False when a first process could not start."""
        while not self._stopping:
            connection.wait(self._events(), timeout=LOOK_SECONDS)
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
        """Bury and replace one that died; False for one that says it can never start."""
        now = time.monotonic()
        if slot.due is None and not slot.process.is_alive():
            code = slot.process.exitcode
            if code == COULD_NOT_START and not self._all_served:
                return False
            lives = 0 if now - slot.born > STEADY_SECONDS else slot.short_lives + 1
            pause = 0.0 if lives < 2 else min(2.0 ** (lives - 2), LONGEST_PAUSE_SECONDS)
            log.warning(
                "a server process died and is replaced",
                process=index,
                pid=slot.process.pid,
                exit_code=code,
                pause_seconds=pause,
            )
            slot.short_lives, slot.due = lives, now + pause
        if slot.due is not None and now >= slot.due:
            self._slots[index] = self._spawn(index, slot.short_lives)
        return True

    def _spawn(self, index: int, short_lives: int = 0) -> _Slot:
        context = get_context("spawn")
        news, teller = context.Pipe(duplex=False)
        order = msgspec.structs.replace(self._order, process=str(index))
        process = context.Process(target=_work, args=(order, self._listener, teller), name=f"server-{index}")
        # A terminal's Ctrl-C goes to the whole group. The child inherits that it does not hear it, so that
        # this process alone decides when it ends; for us the signal waits until the mask is lifted.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGHUP})
            teller.close()
        return _Slot(process, news, short_lives=short_lives)

    def end(self, seconds: float) -> None:
        """Stop everybody; who is not gone after `seconds` is killed."""
        deadline = time.monotonic() + seconds
        running = [slot.process for slot in self._slots if slot.due is None]
        for process in running:
            if process.is_alive():
                process.terminate()
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                log.error("a server process did not stop and is killed", pid=process.pid)
                process.kill()
                process.join()


def _work(order: Serve, listener: socket.socket, teller: Connection) -> None:
    """What a server process does. Ends with COULD_NOT_START when there was nothing to end."""
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()

    def tell() -> None:
        teller.send_bytes(b"serves")
        teller.close()

    if not run_server(order, listener, tell):
        raise SystemExit(COULD_NOT_START)


def _follow_parent() -> None:
    """Stop in order when the supervisor was killed: nobody else would tell us."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
