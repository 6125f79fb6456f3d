"""Checks an API description: complete, accepted by its linter, and with examples that the API accepts."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from colonnade.kernel.http import list_routes
from colonnade.kernel.http.openapi_schemas import NAMED_FIELD
from colonnade.kernel.product import Product

__all__ = [
    "Document",
    "filled",
    "find_gaps",
    "lint_description",
    "lint_events",
    "list_operations",
    "refused_examples",
    "run_command",
    "undescribed",
]

_HIDDEN = (
    "/health",
    "/metrics",
    "/openapi.json",
    "/asyncapi.json",
    "/api-docs",
    "/uploads",
    "/webhooks",
    "/_dev",
)
_ALWAYS = {"400", "401", "422", "429", "500", "503"}
_UNKNOWN = "00000000-0000-4000-8000-000000000000"
# A field is wrong by itself; other refusals depend on other fields, or on an empty database.
_WRONG = re.compile(r"must be (at |a |an |true)|does not allow the value|Invalid .* format|is required")

Document = Mapping[str, Any]


def list_operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method (in lower case), path and operation of each operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def undescribed(document: Document, product: Product) -> list[str]:
    """Return the public routes without a description, and the descriptions without a route."""
    described = {(method, path) for method, path, _ in list_operations(document)}
    return [f"{method} {path}" for method, path in sorted(described ^ _access(product).keys())]


def find_gaps(document: Document, product: Product) -> list[str]:
    """Return what the operations lack that their readers need."""
    access = _access(product)
    tags = {tag["name"] for tag in document["tags"] if tag["description"]}
    ids = [operation["operationId"] for _, _, operation in list_operations(document)]
    found = [f"operationId {name} is there twice" for name in set(ids) if ids.count(name) > 1]
    for method, path, operation in list_operations(document):
        gaps = [*_words_missing(operation, tags), *_access_missing(operation, access[method, path])]
        gaps += _answers_missing(path, operation)
        found += [f"{method} {path}: {gap}" for gap in gaps]
    return found + [f"no field is sent as `{name}`" for name in sorted(set(_unknown_fields(document)))]


async def lint_description(
    document: Document, clients: Path, folder: Path, *, config: str = "redocly.yaml"
) -> list[Any]:
    """Return the problems that Redocly finds; `clients` is its folder, `folder` one for a temporary file."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    linter = str(clients / "node_modules/.bin/redocly")
    command = (linter, "lint", "--config", config, "--format", "json", str(file))
    code, out, err = await run_command(*command, folder=clients)
    problems: list[Any] = json.loads(out)["problems"]
    return problems or ([err] if code else [])


async def lint_events(document: Document, clients: Path, folder: Path) -> list[Any]:
    """Return the problems that the AsyncAPI parser finds in a description of socket events."""
    file = folder / "asyncapi.json"
    file.write_text(json.dumps(document))
    code, out, err = await run_command("node", "asyncapi.js", str(file), folder=clients)
    return [err] if code else list(json.loads(out))


async def refused_examples(
    client: httpx.AsyncClient,
    document: Document,
    *,
    details_of: Callable[[Any], Mapping[str, str]],
    leave_out: str | tuple[str, ...],
    before: Callable[[], Awaitable[None]],
) -> list[str]:
    """Return the examples of JSON bodies that the API refuses for their own sake, sent with `client`.

    `details_of` extracts the sentences about fields from the JSON of an error; paths that begin with `leave_out` are
    not called; `before` is awaited before each request.
    """
    found = []
    for method, path, operation in list_operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or path.startswith(leave_out):
            continue
        await before()
        answer = await client.request(method.upper(), filled(path, operation), json=content["example"])
        if answer.status_code not in (200, 201, 204, 401, 403, 404, 409, 422):
            found.append(f"{method} {path}: {answer.status_code} {answer.text}")
        elif answer.status_code == 422:
            details = details_of(answer.json()) or {"": "is required"}
            found += [f"{method} {path}: {said}" for said in details.values() if _WRONG.search(said)]
    return found


async def run_command(*command: str, folder: Path, seconds: float = 60) -> tuple[int | None, str, str]:
    """Run a program of Node.js to its end; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    return process.returncode, out.decode(), err.decode()


def _access(product: Product) -> dict[tuple[str, str], str]:
    return {
        (route.method.lower(), re.sub(r":\w+\}", "}", route.path)): route.access
        for route in list_routes(product)
        if not route.path.removeprefix(product.prefix).removeprefix(f"/{product.name}").startswith(_HIDDEN)
    }


def _words_missing(operation: dict[str, Any], tags: set[str]) -> Iterator[str]:
    summary = operation["summary"]
    if not set(operation["tags"]) <= tags:
        yield "a tag has no description"
    if " " not in summary or len(summary) > 100 or summary.endswith((".", ";", ":")):
        yield f"the summary is no short sentence: {summary}"
    if summary.count("(") != summary.count(")"):
        yield f"the summary is cut in brackets: {summary}"


def _access_missing(operation: dict[str, Any], permission: str) -> Iterator[str]:
    anonymous = permission == "anyone"
    if operation["security"] != ([] if anonymous else [{"bearer": []}]):
        yield f"the security is not that of {permission}"
    if ":" in permission and f"`{permission}`" not in operation["description"]:
        yield f"the permission {permission} is not named"
    if "403" not in operation["responses"] and not anonymous:
        yield "there is no 403"


def _answers_missing(path: str, operation: dict[str, Any]) -> Iterator[str]:
    responses = operation["responses"]
    if not set(responses) >= _ALWAYS:
        yield f"there is no {sorted(_ALWAYS - set(responses))}"
    if "404" not in responses and "{" in path:
        yield "there is no 404"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if not {"example", "examples"} & content.keys():
            yield "a body has no example"
    successes = [status for status in responses if status.startswith("2")]
    if len(successes) != 1 and (successes or "303" not in responses):  # some only send browsers on
        yield f"the successes are {successes}"
    elif successes not in ([], ["204"]):
        json_answer = responses[successes[0]].get("content", {}).get("application/json")
        if json_answer is not None and "example" not in json_answer:
            yield "the answer has no example"


def filled(path: str, operation: dict[str, Any]) -> str:
    kinds = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "path"}
    return re.sub(
        r"\{(\w+)\}",
        lambda match: _UNKNOWN if kinds[match[1]].get("format") == "uuid" else "999",
        path,
    )


def _unknown_fields(document: Any, sent: frozenset[str] | None = None) -> Iterator[str]:
    """Yield names in descriptions that look like fields of ours and are not on the wire."""
    if sent is None:
        sent = frozenset(re.findall(r'"([A-Za-z][A-Za-z0-9_]*)"', json.dumps(document)))
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key in ("description", "summary") and isinstance(value, str):
                yield from (name for name in NAMED_FIELD.findall(value) if name not in sent)
            else:
                yield from _unknown_fields(value, sent)
    elif isinstance(document, list):
        for item in document:
            yield from _unknown_fields(item, sent)
