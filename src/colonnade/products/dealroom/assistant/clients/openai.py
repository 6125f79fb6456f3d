"""A responder that asks a server for chat completions: OpenAI's protocol, which vLLM, Ollama and others also speak.

POST {base}/chat/completions with `response_format: json_object`; the reply is `choices[0].message.content`. A server
that refuses that field is asked again without it; plain text is a reply without claims. Incomplete JSON is never sent
on.
"""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.kernel.outbound import AddressRefused, Answer, Outbound, OutboundFailed, is_loopback_url
from colonnade.products.dealroom.assistant.rules.prompt import Prompt, build_turns
from colonnade.products.dealroom.assistant.rules.replies import read_reply
from colonnade.products.dealroom.assistant.schemas import Reply

__all__ = ["OpenAIResponder", "ResponderFailed", "ResponderRefused", "read_reply"]


class ResponderFailed(Exception):
    """There is no reply, but a retry may get one. The message is for our logs and has no text of the conversation."""


class ResponderRefused(Exception):
    """There is no reply, and a retry cannot help. The message is for our logs."""


class OpenAIResponder:
    """Asks the model called `model` at `base_url`."""

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
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._timeout_seconds = timeout_seconds
        self._private = private

    async def respond(self, prompt: Prompt) -> Reply:
        """Ask for a reply to the prompt's last messages. Raise ResponderRefused, ResponderFailed."""
        # No temperature and no limit of tokens: many models do not accept them.
        request = {"model": self.model, "messages": build_turns(prompt)}
        answer = await self._ask({**request, "response_format": {"type": "json_object"}})
        if answer.status in (400, 422):  # the server may not know response_format
            answer = await self._ask(request)
        return _read_answer(answer)

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
            raise ResponderFailed(str(error)) from None


def _read_answer(answer: Answer) -> Reply:
    if answer.status in (408, 429) or answer.status >= 500:
        raise ResponderFailed(f"it answered {answer.status}")
    if not 200 <= answer.status < 300:
        raise ResponderRefused(f"it answered {answer.status}")
    try:
        choice = answer.json()["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        ended = choice.get("finish_reason")
    except (OutboundFailed, LookupError, TypeError, AttributeError):
        raise ResponderFailed("its answer is no chat completion") from None
    if refusal:
        return Reply("", problems=("REPLY_REFUSED",))
    reply = read_reply(content if isinstance(content, str) else "")
    if ended in ("length", "content_filter"):
        return msgspec.structs.replace(reply, problems=(*reply.problems, f"REPLY_CUT: {ended}"))
    return reply
