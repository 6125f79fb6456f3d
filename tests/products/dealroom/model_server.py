"""A server with OpenAI's chat completions that answers as a test tells it, and records its requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from colonnade.kernel.testing import LiveServer

__all__ = ["ModelServer", "run_model_server"]


class ModelServer:
    """`says` and `answers` queue answers; the last one is given again and again.

    With `pause()` requests wait for `go_on()`; `asked(n)` returns once there were n.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._line: list[tuple[int, bytes]] = []
        self._changed = asyncio.Condition()
        self._gate = asyncio.Event()
        self._gate.set()

    def reset(self) -> None:
        """Forget answers and requests."""
        self.requests.clear()
        self.headers.clear()
        self._line.clear()
        self._gate.set()

    def says(self, reply: str, *product_ids: int, claims: tuple[str, ...] = ()) -> None:
        """Queue the JSON object that the prompt demands as an answer."""
        self.writes(json.dumps({"reply": reply, "productIds": product_ids, "claims": claims}))

    def writes(self, content: str | None, *, ended: str = "stop", refusal: str | None = None) -> None:
        """Queue this text as the model's message."""
        message = {"role": "assistant", "content": content, "refusal": refusal}
        choice = {"index": 0, "message": message, "finish_reason": ended, "logprobs": None}
        completion = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_767_225_600,
            "model": "test-model",
            "choices": [choice],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        self.answers(200, json.dumps(completion).encode())

    def answers(self, status: int, body: bytes = b'{"error": {"message": "no"}}') -> None:
        """Queue a status and a body."""
        self._line.append((status, body))

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
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        assert (scope["method"], scope["path"]) == ("POST", "/v1/chat/completions")
        async with self._changed:
            self.requests.append(json.loads(body))
            self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            self._changed.notify_all()
        await self._gate.wait()
        status, text = self._line.pop(0) if len(self._line) > 1 else self._line[0]
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


@asynccontextmanager
async def run_model_server() -> AsyncIterator[ModelServer]:
    """Run the server on a free port of this machine until the block ends."""
    server = ModelServer()
    async with LiveServer(server) as live:
        server.url = f"{live.url}/v1"
        yield server
        server.go_on()
