"""Sends every field and parameter of an API what it does not take, and reads what it says: a rule, in known forms.

It is for people, so that no wording of a library, no pattern and no word of a programming language is in it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import httpx

from colonnade.kernel.core.texts import label_of
from colonnade.kernel.testing.descriptions import Document, filled, list_operations

__all__ = ["strange_event_sentences", "strange_sentences"]

_TEXTS: tuple[Any, ...] = (
    "",
    " \u200b ",
    "x",
    "<\u2603>",
    "01/12/2026",
    "09:00:30",
    "2026-13-45T99:00:00",
    "A" * 30,
)
_ALONE: tuple[Any, ...] = ("", "x", None)
_OTHERS: tuple[Any, ...] = (None, True, 5, -1, 1.5, 2**70, [], [None], ["\u2603"], [{}], {}, {"\u2603": 1})
_FORMS = re.compile(
    r"must not be (?:blank|null|empty)|is required|is too large"
    r"|must be at (?:least|most) (?:1 character|\d+ characters|-?[\d.]+)(?:, as HTML)?"
    r"|must be (?:less|greater) than -?[\d.]+"
    r"|must have at (?:least|most) (?:1 entry|\d+ entries)"
    r"|must be (?:an?|the|one of|true or false|[\w./+-]+(?:, [\w./+-]+)* or [\w./+-]+)\b[^`]*"
    r"|must (?:have an offset from UTC, such as|consist of|have a letter|begin|end|contain|not) ?[^`]*"
)
_WHOLE = re.compile(
    r"There is no such field|The text contains [^`]+|There is no permission called [^`]+|Exactly one proof is required"
    r"|Cursor is not one that this list gave out|Give an e-mail address, a telephone number or a reference"
)
"""What the kernel's rules over several fields say."""
_ODD = re.compile(
    r"`|\^[\[(A-Za-z]|[)\]}]\$|Expected|Invalid|RFC ?3339|NoneType|\b(?:str|int|got|regex)\b"
    r"|\b1 (?:characters|entries)\b"
)


async def strange_sentences(
    client: httpx.AsyncClient,
    document: Document,
    *,
    details_of: Callable[[Any], Mapping[str, str] | None],
    leave_out: tuple[str, ...],
    known: re.Pattern[str],
    before: Callable[[], Awaitable[None]],
) -> set[str]:
    """Return the sentences that are in none of the known forms, each with its field, of everything that is refused.

    `known` are the product's own: rules over several fields. `details_of` extracts the sentences about fields from the
    JSON of an error; paths that begin with `leave_out` are not called; `before` is awaited before each request.
    """
    found: set[str] = set()
    for method, path, operation in list_operations(document):
        if path.startswith(leave_out):
            continue
        address = filled(path, operation)
        for name, sent in _requests(document, operation):
            await before()
            answer = await client.request(method.upper(), address, **sent)
            if answer.status_code >= 500:
                found.add(f"{method} {path} {name}: {answer.status_code}")
            elif answer.status_code == 422:
                details = details_of(answer.json()) or {}
                found |= {
                    f"{method} {path} {field}: {said}"
                    for field, said in details.items()
                    if not _is_known(field, said, known)
                }
    return found


async def strange_event_sentences(
    call: Callable[[str, Any], Awaitable[Any]],
    document: Document,
    *,
    known: re.Pattern[str],
    before: Callable[[], Awaitable[None]],
) -> set[str]:
    """Return the same of the events that clients send, from their description; `call` returns an acknowledgement."""
    found: set[str] = set()
    for operation in document["operations"].values():
        if operation["action"] != "receive":
            continue
        event = operation["title"]
        for payload in _payloads(document, operation):
            await before()
            answer = await call(event, payload)
            error = answer.get("error") if isinstance(answer, dict) else None
            details = (error or {}).get("details") or {}
            found |= {
                f"{event} {field}: {said}"
                for field, said in details.items()
                if not _is_known(field, said, known)
            }
    return found


def _payloads(document: Document, operation: dict[str, Any]) -> Iterator[Any]:
    yield from (*_TEXTS, *_OTHERS, "y" * 10_000)
    message: Any = document
    for part in operation["messages"][0]["$ref"].removeprefix("#/").split("/"):
        message = message[part]
    if "payload" not in message:
        return
    example = next(
        (one["payload"] for one in message.get("examples", ()) if isinstance(one["payload"], dict)), {}
    )
    for place, schema in _fields(document, message["payload"], ()):
        longest = min(schema.get("maxLength", 1000), 3_000)
        for value in (*_TEXTS, *_OTHERS, "y" * (longest + 1), "y " * (2 * longest)):
            yield _with(example, place, value)


def _is_known(field: str, said: str, known: re.Pattern[str]) -> bool:
    if _ODD.search(said):
        return False
    label = f"{label_of(field)} "
    rule = said.removeprefix(label).partition(". Removed from ")[0]
    own = said.startswith(label) and _FORMS.fullmatch(rule) is not None
    return own or (_WHOLE.fullmatch(said) or known.fullmatch(said)) is not None


def _requests(document: Document, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is sent to an operation: a field or parameter, and the arguments of the request."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            for value in (*_TEXTS, "1.5", "-1", "null", "9" * 30, "y" * 5_000):
                yield parameter["name"], {"params": {parameter["name"]: value}}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    example = content.get("example") or next(iter(content["examples"].values()))["value"]
    fields = dict(_fields(document, content["schema"], ()))
    for place in fields:
        for value in _ALONE:
            yield ".".join(place), {"json": _with(example, place, value)}
    # What is wrong by itself is told of all fields at once.
    for nested in (False, True):
        places = [place for place in fields if nested == (len(place) > 1)]
        for value in (*_TEXTS, *_OTHERS) if places else ():
            yield "all", {"json": _with_all(example, dict.fromkeys(places, value))}
        for times in (1, 5) if places else ():
            longest = {place: min(fields[place].get("maxLength", 1000), 10_000) for place in places}
            values = {place: "y " * (times * longest[place] // 2 + 1) + "y" for place in places}
            yield "all", {"json": _with_all(example, values)}


def _fields(
    document: Document, schema: Any, within: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each field of a schema with its own, and those of objects in it."""
    for one in _alternatives(document, schema):
        for name, field in one.get("properties", {}).items():
            parts = list(_alternatives(document, field))
            yield (*within, name), next((part for part in parts if "maxLength" in part), parts[0])
            if len(within) < 2:
                yield from _fields(document, field, (*within, name))


def _alternatives(document: Document, schema: Any) -> Iterator[Any]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if several is None:
        yield schema
    else:
        for one in several:
            yield from _alternatives(document, one)


def _with_all(example: Any, values: Mapping[tuple[str, ...], Any]) -> Any:
    for place, value in values.items():
        example = _with(example, place, value)
    return example


def _with(example: Any, place: tuple[str, ...], value: Any) -> Any:
    whole = dict(example) if isinstance(example, dict) else {}
    name, *rest = place
    whole[name] = _with(whole.get(name), tuple(rest), value) if rest else value
    return whole
