"""A responder that asks a server for chat completions: OpenAI's protocol, which vLLM, Ollama and others also speak.

POST {base}/chat/completions with the answer's JSON schema as `response_format`; the reply is
`choices[0].message.content`. A server that refuses that is asked with `json_object`, then without; the caller remembers
what it accepts.

Out of scope: reading what comes (`completions`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from colonnade.kernel.outbound import AddressRefused, Answer, Outbound, OutboundFailed, is_loopback_url
from colonnade.products.dealroom.assistant.clients.completions import ResponderFailed, Written
from colonnade.products.dealroom.assistant.rules.prompt import Turn
from colonnade.products.dealroom.assistant.schemas import AnswerFormat

__all__ = [
    "FORMATS",
    "OpenAIResponder",
    "Read",
    "ResponderDown",
    "ResponderRefused",
]

Read = Callable[[bytes, AnswerFormat], Awaitable[Written]]
"""Reads the body of an answer somewhere else: on the event loop a long one would delay everybody."""
FORMATS: tuple[AnswerFormat, ...] = ("json_schema", "json_object", "text")
"""From the best to that which every server knows."""
MAX_RETRY_AFTER_SECONDS = 600
_SCHEMA = {
    "type": "object",
    "properties": {
        "reply": {"type": "string"},
        "sellerIds": {"type": "array", "items": {"type": "integer"}},
        "productIds": {"type": "array", "items": {"type": "integer"}},
        "claims": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["reply", "sellerIds", "productIds", "claims"],
    "additionalProperties": False,
}
_RESPONSE_FORMATS: dict[AnswerFormat, dict[str, Any]] = {
    "json_schema": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": _SCHEMA},
    },
    "json_object": {"type": "json_object"},
}


class ResponderDown(ResponderFailed):
    """The server cannot be reached, is overloaded or fails.

    `answered`: it has refused the call, which took no tokens. `retry_after_seconds` is when it asks to be tried again.
    """

    def __init__(
        self, reason: str, *, answered: bool = False, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(reason)
        self.answered = answered
        self.retry_after_seconds = retry_after_seconds


class ResponderRefused(Exception):
    """There is no reply, and a retry cannot help. The message is for our logs."""


class OpenAIResponder:
    """Asks the model called `model` at `base_url`; `key` identifies both, for what is known of the server."""

    def __init__(
        self,
        outbound: Outbound,
        base_url: str,
        model: str,
        key: str | None,
        *,
        timeout_seconds: float,
        private: str | None = None,
    ) -> None:
        self.model = model
        self._outbound = outbound
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self.key = hashlib.sha256(f"{self._url}\n{model}".encode()).digest()
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._timeout_seconds = timeout_seconds
        self._private = private

    async def respond(self, turns: Sequence[Turn], best: AnswerFormat, read: Read) -> Written:
        """Ask for a reply to the last turns, in the `best` form that the server is known to accept, or one below it.

        What `read` raises is raised.

        Raise ResponderRefused, ResponderDown, ResponderFailed.
        """
        # No temperature and no limit of tokens: many models do not accept them.
        request = {"model": self.model, "messages": turns}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                for format_ in FORMATS[FORMATS.index(best) :]:
                    form = _RESPONSE_FORMATS.get(format_)
                    answer = await self._ask(
                        request if form is None else {**request, "response_format": form}
                    )
                    if (
                        answer.status not in (400, 422) or form is None
                    ):  # else the server may not know the form
                        break
        except TimeoutError:
            raise ResponderDown("it took too long") from None
        _check_status(answer)
        return await read(answer.body, format_)

    async def _ask(self, request: dict[str, Any]) -> Answer:
        try:
            return await self._outbound.post_json(
                self._url,
                request,
                headers=self._headers,
                loopback=self._private is None and is_loopback_url(self._url),
                private=self._private,
                timeout_seconds=self._timeout_seconds,
            )
        except AddressRefused:
            raise ResponderRefused("its address may not be called") from None
        except OutboundFailed as error:
            raise ResponderDown(str(error)) from None


def _check_status(answer: Answer) -> None:
    if answer.status in (408, 429) or answer.status >= 500:
        asked = answer.retry_after_seconds
        raise ResponderDown(
            f"it answered {answer.status}",
            answered=True,
            retry_after_seconds=None if asked is None else min(asked, MAX_RETRY_AFTER_SECONDS),
        )
    if not 200 <= answer.status < 300:
        raise ResponderRefused(f"it answered {answer.status}")
