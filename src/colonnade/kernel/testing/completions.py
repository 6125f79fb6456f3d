"""A server with OpenAI's chat completions that answers as a test tells it, with the faults of real ones.

Requests are recorded. Faults: slow, hung, throttled (429 with Retry-After), failing (500), garbage, cut half-way,
another type of content, and an answer given again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from colonnade.kernel.testing.server import LiveServer

__all__ = ["ChatModel", "run_chat_model"]

M = TypeVar("M", bound="ChatModel")
PATH = "/v1/chat/completions"
ERROR = b'{"error": {"message": "no"}}'
JSON = "application/json"


class ChatModel:
    """Each of the methods from `writes` to `repeats` queues an answer; the last one is given again and again.

    `decides` answers what no queued answer is for: `decide(request)` returns the model's text. With `pause()` requests
    wait for `go_on()`; `asked(n)` returns once there were n. `formats` are the kinds of `response_format` that the
    server knows; another is answered with 400.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._changed = asyncio.Condition()
        self._gate = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """Forget answers and requests."""
        self.requests.clear()
        self.headers.clear()
        self.formats = {"json_schema", "json_object"}
        self.waiting = 0
        self._decide: Callable[[dict[str, Any]], str] | None = None
        self._line: list[Callable[[Any], Any]] = []
        self._last: tuple[int, bytes, dict[str, str]] = (500, ERROR, {})
        self._gate.set()

    def decides(self, decide: Callable[[dict[str, Any]], str]) -> None:
        """Let `decide(request)` write the model's text while no answer is queued."""
        self._decide = decide

    def writes(
        self,
        content: str | None,
        *,
        ended: str = "stop",
        refusal: str | None = None,
        tokens: int | None = 2,
        **more: Any,
    ) -> None:
        """Queue this text as the model's message; `more` are further fields of it (`reasoning_content`)."""
        message = {"role": "assistant", "content": content, "refusal": refusal, **more}
        self.answers(200, completion(message, ended=ended, tokens=tokens))

    def answers(self, status: int, body: bytes = ERROR, *, kind: str = JSON, **headers: str) -> None:
        """Queue a status and a body; `headers` with underscores for dashes."""
        given = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}

        async def answer(send: Any) -> None:
            await self._answer(send, status, body, given)

        self._line.append(answer)

    def throttles(self, seconds: int | str) -> None:
        """Queue a 429 with Retry-After."""
        self.answers(429, retry_after=str(seconds))

    def garbles(self) -> None:
        """Queue a 200 whose body is no JSON."""
        self.answers(200, b"\x00\xff\xfe{{{ not json")

    def shows_a_page(self) -> None:
        """Queue what a proxy in front of the server shows: a page of HTML, with 200."""
        self.answers(200, b"<html><body>Bad gateway</body></html>", kind="text/html")

    def cuts(self) -> None:
        """Queue an answer whose connection breaks half-way."""

        async def answer(send: Any) -> None:
            body = completion({"role": "assistant", "content": "x" * 100})
            headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            raise ConnectionAbortedError

        self._line.append(answer)

    def hangs(self, count: int = 1) -> None:
        """Queue answers that never come: those requests wait until the caller hangs up."""

        async def answer(send: Any) -> None:
            await asyncio.sleep(3600)

        self._line += [answer] * count

    def is_slow(self, seconds: float) -> None:
        """Delay the answer that was queued last."""
        then = self._line.pop()

        async def answer(send: Any) -> None:
            await asyncio.sleep(seconds)
            await then(send)

        self._line.append(answer)

    def repeats(self) -> None:
        """Queue the answer that was given last, to whomever: a cache in front of the server that confuses requests."""

        async def answer(send: Any) -> None:
            await self._answer(send, *self._last)

        self._line.append(answer)

    def pause(self) -> None:
        """Make requests wait."""
        self._gate.clear()

    def go_on(self) -> None:
        """Answer the requests that wait."""
        self._gate.set()

    async def asked(self, count: int = 1) -> None:
        """Wait until there were so many requests."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        if (scope["method"], scope["path"]) != ("POST", PATH):
            await self._answer(send, 404, ERROR, {"content-type": JSON})
            return
        request = json.loads(body)
        async with self._changed:
            self.requests.append(request)
            self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            self._changed.notify_all()
        self.waiting += 1
        try:
            await _unless_left(self._respond(request, send), receive)
        finally:
            self.waiting -= 1

    async def _respond(self, request: dict[str, Any], send: Any) -> None:
        await self._gate.wait()
        kind = request.get("response_format", {}).get("type")
        if kind is not None and kind not in self.formats:
            await self._answer(send, 400, ERROR, {"content-type": JSON})
        elif self._line:
            answer = self._line[0] if len(self._line) == 1 and self._decide is None else self._line.pop(0)
            await answer(send)
        elif self._decide is not None:
            message = {"role": "assistant", "content": self._decide(request)}
            await self._answer(send, 200, completion(message), {"content-type": JSON})
        else:
            await self._answer(send, 500, ERROR, {"content-type": JSON})

    async def _answer(self, send: Any, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._last = (status, body, headers)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


async def _unless_left(answering: Any, receive: Any) -> None:
    """Answer, unless the caller hangs up before."""
    answer = asyncio.ensure_future(answering)
    left = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((answer, left), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (answer, left):
            if not task.done():
                task.cancel()
        await asyncio.gather(left, return_exceptions=True)
    if not answer.cancelled() and answer.done():
        answer.result()


def completion(message: dict[str, Any], *, ended: str = "stop", tokens: int | None = 2) -> bytes:
    """Return the body of an answer with this message of the model's; without usage if `tokens` is None."""
    choice = {"index": 0, "message": message, "finish_reason": ended, "logprobs": None}
    found: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": "test-model",
        "choices": [choice],
    }
    if tokens is not None:
        found["usage"] = {"prompt_tokens": tokens - 1, "completion_tokens": 1, "total_tokens": tokens}
    return json.dumps(found).encode()


@asynccontextmanager
async def run_chat_model(model: M) -> AsyncIterator[M]:
    """Run the model's server on a free port of this machine until the block ends."""
    async with LiveServer(model) as live:
        model.url = f"{live.url}/v1"
        yield model
        model.go_on()
