"""Reads a model's text as a reply: the JSON object that was asked for, whatever stands around it, or plain text."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.products.dealroom.assistant.rules.formatting import to_whatsapp
from colonnade.products.dealroom.assistant.rules.hygiene import find_unfilled, strip_remains
from colonnade.products.dealroom.assistant.rules.lenient import find_objects
from colonnade.products.dealroom.assistant.rules.texts import clean
from colonnade.products.dealroom.assistant.schemas import Reply

__all__ = ["read_reply"]

MAX_CLAIMS = 50
MAX_CONTENT_CHARACTERS = 400_000
"""Reasoning is long; what is longer is no answer."""
MAX_TEXT_CHARACTERS = 20_000
MAX_FORMATTED_CHARACTERS = 8_000
"""Longer answers are held for their length: their formatting does not matter."""
_CALLS = (
    {"name", "arguments"},
    {"name", "parameters"},
    {"tool_calls"},
    {"function_call"},
    {"function"},
    {"tool"},
)
_FENCE = "```"


def read_reply(content: str) -> Reply:
    """Parse a model's text: a JSON object, possibly with words and remains around it, else plain text."""
    text = clean(content[:MAX_CONTENT_CHARACTERS])
    whole = _decoded(_unfenced(text))
    if isinstance(whole, str):  # an answer that was encoded twice
        text, whole = clean(whole), _decoded(whole)
    if isinstance(whole, dict) and isinstance(whole.get("reply"), str):
        return _reply(whole, ())
    rest = strip_remains(text)
    objects = find_objects(rest.text) if "{" in rest.text else []
    replies = [one for one in objects if isinstance(one.get("reply"), str)]
    if replies:
        problems = rest.problems
        if len({one["reply"] for one in replies}) > 1:
            problems += ("REPLY_AMBIGUOUS",)
        return _reply(replies[0], problems)
    return _plain(rest.text, objects, rest.problems)


def _plain(text: str, objects: list[dict[str, Any]], problems: tuple[str, ...]) -> Reply:
    if any(keys <= one.keys() for one in objects for keys in _CALLS):
        problems += ("TOOL_CALL",)
    elif _unfenced(text).startswith(("{", "[{", '["')) or '"reply"' in text or objects:
        problems += ("REPLY_UNREADABLE",)
    else:
        text = _formatted(text)
        problems += tuple(find_unfilled(text))
    return Reply(text[:MAX_TEXT_CHARACTERS], problems=tuple(dict.fromkeys(problems)))


def _reply(found: dict[str, Any], problems: tuple[str, ...]) -> Reply:
    text = clean(found["reply"])
    inner = find_objects(text) if text.startswith("{") else []
    if len(inner) == 1 and isinstance(inner[0].get("reply"), str):  # the object within its own field
        found, text = inner[0], clean(inner[0]["reply"])
    rest = strip_remains(text)
    if rest.text.startswith("{") and find_objects(rest.text):
        problems += ("REPLY_UNREADABLE",)
    shown = _formatted(rest.text)[:MAX_TEXT_CHARACTERS]
    problems += (*rest.problems, *find_unfilled(shown))
    return Reply(
        shown,
        _ids(found.get("sellerIds")),
        _ids(found.get("productIds")),
        tuple(one for one in _list(found.get("claims")) if isinstance(one, str) and one.strip())[:MAX_CLAIMS],
        tuple(dict.fromkeys(problems)),
    )


def _formatted(text: str) -> str:
    return to_whatsapp(text) if len(text) <= MAX_FORMATTED_CHARACTERS else text


def _decoded(text: str) -> Any:
    """Return the value of a text that is JSON as a whole; None if it isn't."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _unfenced(text: str) -> str:
    """Return the content of a code fence (```json … ```), or the text itself if it is none."""
    if not text.startswith(_FENCE):
        return text
    body = text[3:].removesuffix(_FENCE).strip()
    return body.removeprefix("json").lstrip()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _ids(value: Any) -> tuple[int, ...]:
    """Return the ids that a model names, as numbers or as digits in strings."""
    numbers = (
        int(one) if isinstance(one, str) and one.isdecimal() and len(one) < 12 else one
        for one in _list(value)
    )
    return tuple(one for one in numbers if isinstance(one, int) and not isinstance(one, bool))[:MAX_CLAIMS]
