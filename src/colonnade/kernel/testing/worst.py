"""Posts the worst legal texts to every route that takes a text, and looks how long others wait meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from colonnade.kernel.testing.clock import own_seconds
from colonnade.kernel.testing.descriptions import list_operations

__all__ = ["WORST_TEXTS", "LongestTurn", "delaying_texts", "longest_turn"]

MAX_CHARACTERS = 900_000
"""Of fields without a bound: what fits into a body of a megabyte."""
_UNKNOWN = "00000000-0000-4000-8000-000000000000"

PILE = "\u0315\u0316\u0300\u0327"
"""Marks of four classes, which normalisation puts into their order."""

WORST_TEXTS: Mapping[str, str] = {
    "deep": "<div>",
    "deep by lists": "<dd><li>",
    "attributes": "<a x1=1 ",
    "open tags": "<",
    "no elements": "<a@b>",
    "spaces": " x",
    "blank": "\u00a0",
    "marks": "\u0301\u0323",
    "piles": PILE,
    "parted piles": "\u0315\u200b\u0316\u034f\u0300\u0327",
    "many piles": f"a{PILE * 7}",
    "halfwidth": "\uff9e\u0301",
    "long forms": "\ufdfa",
    "address": "a@",
    "quotes": '"-(',
    "digits": "9",
    "links": "http://a/",
    "breaks": "\r\n",
    "letters": "a",
    "wide": "\U0001f468\u200d",
}
"""Pieces that are repeated until the field is full: parsers, patterns, normalisation, folding, search."""


@dataclass
class LongestTurn:
    """The longest turn of the event loop so far, without the time for which other programs had its processor."""

    seconds: float = 0.0


@asynccontextmanager
async def longest_turn() -> AsyncIterator[LongestTurn]:
    """Look how long the event loop of this task is held up by anybody."""
    found = LongestTurn()

    async def look() -> None:
        last = own_seconds()
        while True:
            await asyncio.sleep(0.001)
            moment = own_seconds()
            found.seconds, last = max(found.seconds, moment - last), moment

    looking = asyncio.create_task(look())
    try:
        yield found
    finally:
        looking.cancel()


async def delaying_texts(
    document: Mapping[str, Any],
    client: httpx.AsyncClient,
    other: httpx.AsyncClient,
    forget_limits: Callable[[], Awaitable[None]],
    *,
    most_seconds: float,
) -> list[str]:
    """Send each text to each field of each operation as `client`; return those that delayed `/health/live`, or failed.

    `other` asks for that all the time; it must never wait `most_seconds`. What seems to delay is sent again: the
    machine has other work, too. A text that a spent budget kept out has shown nothing, and is returned as well.
    """
    found = []
    for method, path, body in _bodies(document):
        for _ in range(2):
            await forget_limits()
            longest, status = await _longest_wait(client, other, method, path, body)
            if longest < most_seconds and status < 500 and status != 429:
                break
        else:
            fields = ", ".join(
                f"{key}={value[:12]!r}" for key, value in body.items() if isinstance(value, str)
            )
            found.append(f"{method} {path} {fields}: {status}, {longest:.2f} s")
    return found


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and body: each with one field that is full of one text."""
    for method, path, operation in list_operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or not isinstance(content.get("example"), dict):
            continue
        properties = _properties(document, content["schema"])
        url = _filled(path)
        for name, schema in properties.items():
            if (length := _length(schema)) == 0:
                continue
            for piece in WORST_TEXTS.values():
                yield method, url, {**content["example"], name: (piece * (length // len(piece) + 1))[:length]}


def _properties(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    properties: Mapping[str, Any] = schema.get("properties", {})
    return properties


def _length(schema: Mapping[str, Any]) -> int:
    """Return how long a text in this field may be; 0 if it is no text, or one of a few."""
    for kind in (schema, *schema.get("anyOf", ())):
        if kind.get("type") == "string" and "enum" not in kind and "format" not in kind:
            return min(int(kind.get("maxLength", MAX_CHARACTERS)), MAX_CHARACTERS)
    return 0


def _filled(path: str) -> str:
    """Return a path with ids in place of its parameters."""
    parts = [
        part
        if not part.startswith("{")
        else ("1" if part.endswith("d}") and "uuid" not in part else _UNKNOWN)
        for part in path.split("/")
    ]
    return "/".join(parts)


async def _longest_wait(
    client: httpx.AsyncClient, other: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> tuple[float, int]:
    longest, answered = 0.0, False

    async def ask() -> None:
        nonlocal longest
        while not answered:
            before = time.perf_counter()
            await other.get("/health/live", timeout=60)
            longest = max(longest, time.perf_counter() - before)

    asking = asyncio.create_task(ask())
    try:
        answer = await client.request(method.upper(), path, json=body, timeout=60)
    finally:
        answered = True
        await asking  # to the end: the last one has waited longest
    return longest, answer.status_code
