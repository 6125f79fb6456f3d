"""Reads a chat completion. A model's text is a stranger's: this runs in a process of its own (`core.workers`).

Reasoning that comes in a field of its own is never looked at. Incomplete JSON is never sent on.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.replies import read_reply
from colonnade.products.dealroom.assistant.schemas import AnswerFormat, Reply

__all__ = ["ResponderFailed", "Written", "read_completion"]

MAX_TOKENS = 100_000_000


class ResponderFailed(Exception):
    """There is no reply, but a retry may get one. The message is for our logs and has no text of the conversation."""


class Written(Struct, frozen=True):
    """A reply, the form in which it was asked for, and the tokens that it took (None: the server does not say)."""

    reply: Reply
    format: AnswerFormat
    tokens: int | None


def read_completion(body: bytes, format_: AnswerFormat) -> Written:
    """Read the body of an answer with a status of success. Raise ResponderFailed if it is no chat completion."""
    try:
        document = msgspec.json.decode(body)
        choice = document["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        ended = choice.get("finish_reason")
    except (msgspec.DecodeError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise ResponderFailed("its answer is no chat completion") from None
    tokens = _tokens(document.get("usage"))
    if refusal:
        return Written(Reply("", problems=("REPLY_REFUSED",)), format_, tokens)
    reply = _read_message(message, _text_of(content))
    if ended in ("length", "content_filter"):
        reply = msgspec.structs.replace(reply, problems=(*reply.problems, f"REPLY_CUT: {ended}"))
    return Written(reply, format_, tokens)


def _read_message(message: dict[str, Any], text: str) -> Reply:
    """Read the message's text; an empty one says why it is: the model called a tool, or only reasoned."""
    reply = read_reply(text)
    if not text.strip():
        if message.get("tool_calls") or message.get("function_call"):
            return Reply("", problems=("TOOL_CALL",))
        if message.get("reasoning_content") or message.get("reasoning"):
            return Reply("", problems=("REASONING_ONLY",))
    return reply


def _text_of(content: Any) -> str:
    """Return a message's text, which some servers send in parts; those of another kind (reasoning) are left out."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (one.get("text") for one in content if isinstance(one, dict) and one.get("type") == "text")
    return "".join(text for text in texts if isinstance(text, str))


def _tokens(usage: Any) -> int | None:
    """Return the tokens of a call by what the server says; None if it says nothing sensible."""
    if not isinstance(usage, dict):
        return None
    total = usage.get("total_tokens")
    return (
        total if isinstance(total, int) and not isinstance(total, bool) and 0 < total <= MAX_TOKENS else None
    )
