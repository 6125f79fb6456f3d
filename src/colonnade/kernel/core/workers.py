"""Runs functions on strangers' input in processes of their own, which are killed at a deadline.

A thread is no answer to input that takes long: it cannot be stopped, and many libraries hold the interpreter's lock
meanwhile, so that nobody else is answered. The deadline is one of the processor: what is legal must not be refused
because the machine has other work. A process is started at the first call and kept for the next ones; after ten
minutes without any it ends. It may use so much memory, has less of the processor than the server where there is not
enough for both, and ends by itself if its parent dies meanwhile.

Functions, arguments, results and errors are pickled: a function is one of a module, by its name.

Out of scope: work that needs the database or the network.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, BinaryIO, TypeVar

from colonnade.kernel.core.errors import Unavailable
from colonnade.kernel.core.providing import provided

__all__ = ["TooCostly", "Workers"]

T = TypeVar("T")

MEMORY_BYTES = 1024**3
"""Address space; of the texts that are taken the worst needs a quarter of it."""
IDLE_SECONDS = 600.0
"""A start takes a second of the processor: not for each answer of a quiet shop."""
MAX_WAITING = 64
"""Callers who may wait for a process; the others are refused at once."""
MAX_WAITING_PER_OWNER = 6
WAIT_SECONDS = 10.0

_START = "import sys; from colonnade.kernel.core.workers import serve; serve(int(sys.argv[1]))"
_NICENESS = 5
_MOST_PER_CPU_SECOND = 3.0
"""How long a second of the processor may take where others compete for it: who is slow then is the machine."""
_START_SECONDS = 20.0
_READY = b"+"
_SIZE_BYTES = 8


class TooCostly(Exception):
    """The work took more than its time or more memory than there is; its process is gone."""


class _Lost(Exception):
    """The process has ended in the middle of its work, or before it."""


@provided("workers")
class Workers:
    """Up to `most` processes of so much memory, started when they are needed; belongs to one event loop."""

    def __init__(self, most: int = 2, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._idle: list[_Worker] = []
        self._free = asyncio.Semaphore(most)
        self._waiting = 0
        self._owners: dict[int | str, tuple[asyncio.Lock, int]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def run(
        self,
        function: Callable[..., T],
        *args: Any,
        seconds: float,
        owner: int | str | None = None,
        line: int | None = None,
        patience_seconds: float | None = None,
    ) -> T:
        """Return what `function(*args)` returns, or raise what it raises.

        Of one `owner` (an account, an address) one call runs at a time, so that nobody holds all processes; up to
        `line` wait for it (MAX_WAITING_PER_OWNER). The first waits `patience_seconds` for a process (WAIT_SECONDS).

        Raise TooCostly if it takes more than `seconds` of the processor, three times as long by the clock, or too much
        memory; Unavailable if all processes are busy for so long that there is no use in waiting.
        """
        async with self._one_at_a_time(owner, MAX_WAITING_PER_OWNER if line is None else line):
            await self._take_turn(WAIT_SECONDS if patience_seconds is None else patience_seconds)
            return await self._run(function, args, seconds)  # type: ignore[no-any-return]

    async def _run(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        try:
            try:
                answer = await self._do(function, args, seconds)
            except (
                _Lost
            ):  # somebody has killed it, perhaps for the memory of others: that is not this caller's fault
                try:
                    answer = await self._do(function, args, seconds)
                except _Lost:
                    raise TooCostly from None
        finally:
            self._free.release()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @asynccontextmanager
    async def _one_at_a_time(self, owner: int | str | None, line: int) -> AsyncIterator[None]:
        if owner is None:
            yield
            return
        lock, number = self._owners.get(owner, (asyncio.Lock(), 0))
        if number > line:
            raise Unavailable(_BUSY)
        self._owners[owner] = (lock, number + 1)
        try:
            async with lock:
                yield
        finally:
            _, number = self._owners[owner]
            self._owners[owner] = (lock, number - 1)
            if number == 1:
                del self._owners[owner]

    async def _do(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        worker = self._idle.pop() if self._idle else await _Worker.start(self._memory_bytes)
        worker.stop_being_idle()
        try:
            answer = await worker.do(function, args, seconds)
        except BaseException:
            # Cancelled, too slow, out of memory: whatever it is doing, nobody waits for it any more.
            await worker.end()
            raise
        worker.end_later(self._forget)
        self._idle.append(worker)
        return answer

    async def _take_turn(self, patience_seconds: float) -> None:
        if self._waiting >= MAX_WAITING:
            raise Unavailable(_BUSY)
        self._waiting += 1
        try:
            async with asyncio.timeout(patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable(_BUSY) from None
        finally:
            self._waiting -= 1

    def _forget(self, worker: _Worker) -> None:
        self._idle.remove(worker)
        task = asyncio.get_running_loop().create_task(worker.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End the processes."""
        idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop_being_idle()
            await worker.end()
        await asyncio.gather(*self._ending)


_BUSY = "The server is busy with other texts and pictures. Please try again in a moment."


class _Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._idle_timer: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls, memory_bytes: int) -> _Worker:
        """Start a process and wait until it takes orders: that does not count as its work."""
        worker = cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _START, str(memory_bytes)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": os.pathsep.join(sys.path)},
                start_new_session=True,  # not meant by an interrupt from the keyboard
            )
        )
        assert worker._process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._process.stdout.readexactly(len(_READY))
        except BaseException as error:
            await worker.end()
            if isinstance(error, TimeoutError | asyncio.IncompleteReadError):
                raise Unavailable(_BUSY) from error
            raise
        return worker

    async def do(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> Any:
        """Return what the function returns, or the error that it raises. Raise TooCostly, or _Lost if it is gone."""
        order = pickle.dumps((function.__module__, function.__qualname__, args, seconds))
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            async with asyncio.timeout(seconds * _MOST_PER_CPU_SECOND):
                stdin.write(len(order).to_bytes(_SIZE_BYTES) + order)
                await stdin.drain()
                size = int.from_bytes(await stdout.readexactly(_SIZE_BYTES))
                return pickle.loads(await stdout.readexactly(size))  # noqa: S301 - of our own process
        except TimeoutError:
            raise TooCostly from None
        except (asyncio.IncompleteReadError, ConnectionError, RuntimeError):  # uvloop: its pipe is closed
            await self.end()
            raise (TooCostly if self._process.returncode == -signal.SIGPROF else _Lost) from None

    async def end(self) -> None:
        """Kill the process."""
        with suppress(ProcessLookupError):
            self._process.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        await self._process.stdout.read()  # asyncio does not see the end behind an answer that nobody reads
        await self._process.wait()

    def end_later(self, end: Callable[[_Worker], None]) -> None:
        self._idle_timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, end, self)

    def stop_being_idle(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None


def serve(memory_bytes: int) -> None:
    """Do what the parent orders, until it closes the pipe, with at most so many bytes of address space."""
    _restrict(memory_bytes)
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    answers.write(_READY)
    answers.flush()
    while size := orders.read(_SIZE_BYTES):
        module, name, args, seconds = pickle.loads(orders.read(int.from_bytes(size)))  # noqa: S301
        # Without a handler the signals end the process, even in the middle of a library's loop: the parent may be dead.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, seconds * _MOST_PER_CPU_SECOND + 1)
        answer = _answer(module, name, args)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, answer)


def _restrict(memory_bytes: int) -> None:
    import resource

    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS knows the limit and keeps none
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _answer(module: str, name: str, args: tuple[Any, ...]) -> Any:
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found(*args)
    except MemoryError:
        os._exit(1)
    except Exception as error:
        return error


def _send(answers: BinaryIO, answer: Any) -> None:
    try:
        data = pickle.dumps(answer)
    except Exception:
        data = pickle.dumps(RuntimeError(f"{type(answer).__name__} cannot be sent back"))
    answers.write(len(data).to_bytes(_SIZE_BYTES) + data)
    answers.flush()
