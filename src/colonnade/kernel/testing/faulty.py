"""An external service on this machine that fails as real ones do: slow, refusing, babbling, cut off, repeating itself.

`FaultyService` is an ASGI application whose subclass says how it answers when nothing is wrong; a test queues faults
for the next requests. `replayed` and `out_of_order` do the same to what a service delivers by itself.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct

__all__ = ["Fault", "FaultyService", "out_of_order", "replayed"]

T = TypeVar("T")

Reply = tuple[int, Any]


class Fault(Struct, frozen=True):
    """What happens to one request.

    It waits for `seconds`; then it is answered with `status`, `body` and `headers` instead of being handled, or it is
    handled and its answer is replaced by `garbage`, cut in the middle (`cut`), or replaced by the previous one
    (`repeat`).
    """

    seconds: float = 0.0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})
    garbage: bool = False
    cut: bool = False
    repeat: bool = False

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Return one that delays the answer."""
        return cls(seconds=seconds)

    @classmethod
    def answer(
        cls, status: int, body: Any = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Fault:
        """Return one that answers without handling the request, such as 429 and 500."""
        return cls(status=status, body={} if body is None else body, headers=headers)


class FaultyService:
    """Handles requests by `handle`; `faults` meet the next requests that `is_faulty` admits, one each, in order.

    While `gate` is set to an event, such requests wait for it. `reached` is set by the first. While `answer_gate` is,
    they are handled, which sets `handled`, and their answers wait.
    """

    def __init__(self) -> None:
        self.url = ""
        self.faults: deque[Fault] = deque()
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.answer_gate: asyncio.Event | None = None
        self.handled = asyncio.Event()
        self._previous: Reply = (200, {})

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer one request with a status and JSON, or bytes."""
        raise NotImplementedError

    def is_faulty(self, method: str, path: str, body: bytes) -> bool:
        """Return whether a queued fault may meet this request."""
        return True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or fail to."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        method, path = scope["method"], scope["path"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        fault = Fault()
        faulty = self.is_faulty(method, path, body)
        if faulty:
            self.reached.set()
            if self.gate is not None:
                await self.gate.wait()
            fault = self.faults.popleft() if self.faults else fault
        await asyncio.sleep(fault.seconds)
        if fault.status is not None:
            reply: Reply = (fault.status, fault.body)
        else:
            reply = await self.handle(method, path, headers, body)
            if faulty:
                reply, self._previous = (self._previous if fault.repeat else reply), reply
                self.handled.set()
                if self.answer_gate is not None:
                    await self.answer_gate.wait()
        await _answer(send, reply, fault)


async def _answer(send: Any, reply: Reply, fault: Fault) -> None:
    status, content = reply
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    if fault.garbage:
        raw = b"<html>\xff\xfe" + raw[: len(raw) // 2]
    length = len(raw) + 1000 if fault.cut else len(raw)
    head = [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
    head += [(name.encode(), value.encode()) for name, value in fault.headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    # With less than the announced length the server closes the connection in the middle of the answer.
    await send({"type": "http.response.body", "body": raw[: len(raw) // 2] if fault.cut else raw})


def replayed(items: Sequence[T], times: int = 2) -> list[T]:
    """Return what a service delivers that repeats each of its deliveries, and all of them at the end."""
    return [item for item in items for _ in range(times)] + list(items)


def out_of_order(items: Iterable[T], seed: int) -> list[T]:
    """Return what a service delivers in an order of its own; the same `seed` gives the same order."""
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's order, no secret
    return shuffled
