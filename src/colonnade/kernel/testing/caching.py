"""Asks every GET of a description as somebody who is signed in, and returns what others might be given from a cache."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import httpx

from colonnade.kernel.testing.descriptions import list_operations

__all__ = ["kept_answers"]

_PARAMETER = re.compile(r"\{(\w+)\}")
_MOST_TRIED = 40


async def kept_answers(
    document: Mapping[str, Any], client: httpx.AsyncClient, before: Callable[[], Awaitable[None]]
) -> tuple[list[str], list[str]]:
    """Return the reads whose answers to `client` may be kept, and those that have answered with a success.

    What the examples of the description describe is created first; paths are filled with ids that answers contain.
    `before` is called before each request.
    """
    await _create(document, client, before)
    reads = [path for method, path, _ in list_operations(document) if method == "get"]
    ids: dict[str, None] = {}
    kept, answered = [], []
    for path in sorted(reads, key=lambda path: (path.count("{"), path)):
        for url in _filled(path, [*ids]):
            await before()
            answer = await client.get(url)
            caching = answer.headers.get("cache-control", "")
            if "no-store" not in caching.split(", "):
                kept.append(f"{path}: {answer.status_code} {caching}")
            if answer.is_success:
                answered.append(path)
                if answer.headers.get("content-type") == "application/json":
                    ids.update(dict.fromkeys(_ids(answer.json())))
                break
    return kept, answered


async def _create(
    document: Mapping[str, Any], client: httpx.AsyncClient, before: Callable[[], Awaitable[None]]
) -> None:
    for method, path, operation in list_operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if method == "post" and "{" not in path and isinstance(content.get("example"), dict):
            await before()
            await client.post(path, json=content["example"])


def _filled(path: str, ids: list[str]) -> Iterator[str]:
    """Yield the path with ids in place of its parameters, the same in each."""
    if "{" not in path:
        yield path
        return
    for one in [*ids[:_MOST_TRIED], "1"]:
        yield _PARAMETER.sub(one, path)


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("id", "slug") and isinstance(inner, str | int) and "/" not in str(inner):
                yield str(inner)
            else:
                yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)
