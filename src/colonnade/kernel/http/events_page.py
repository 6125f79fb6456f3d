"""Puts the description of the socket events (AsyncAPI) into the form that its page shows: names, sentences and fields.

Out of scope: what is in the description (`asyncapi`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["page_values"]

_CODE = re.compile(r"`([^`]+)`")
_MAX_DEPTH = 3
_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "{} characters or more",
    "maxLength": "{} characters at most",
    "minItems": "{} items or more",
    "maxItems": "{} items at most",
}
_LIMIT_NAMES = {
    "messagesPerMinute": "events a minute on one socket",
    "messageBytes": "bytes in one event",
    "socketsPerPersonAndProcess": "open sockets of one account or guest, in each process",
    "socketsPerAddressAndProcess": "open sockets of one address, in each process",
    "roomsPerSocket": "rooms that a socket may be in",
    "replayedEvents": "missed events that are replayed",
}

Document = Mapping[str, Any]


def page_values(document: Document) -> dict[str, Any]:
    """Return the values of the template `events.html`."""
    operations = [_operation(document, each) for each in document["operations"].values()]
    servers = list(document["servers"].values())
    return {
        "title": document["info"]["title"],
        "addresses": [server["pathname"] for server in servers],
        "connecting": _paragraphs(servers[0]["description"]),
        "refused": servers[0]["x-errors"],
        "namespaces": [
            {"name": channel["address"], "about": _paragraphs(channel["description"])}
            for channel in document["channels"].values()
        ],
        "received": [each for each in operations if each["action"] == "receive"],
        "sent": [each for each in operations if each["action"] == "send"],
        "limits": [(value, _LIMIT_NAMES[name]) for name, value in document["x-limits"].items()],
        "errors": document["x-errors"],
    }


def _operation(document: Document, operation: Mapping[str, Any]) -> dict[str, Any]:
    (message,) = (_resolved(document, each) for each in operation["messages"])
    replies = [_resolved(document, each) for each in operation.get("reply", {}).get("messages", ())]
    return {
        "action": operation["action"],
        "name": operation["title"],
        "namespace": _resolved(document, operation["channel"])["address"],
        "about": _paragraphs(operation["description"]),
        "logged": operation.get("x-logged", False),
        "fields": list(_fields(document, message["payload"])),
        "example": _example(message),
        "acknowledged": list(_fields(document, replies[0]["payload"])) if replies else [],
        "errors": operation.get("x-errors", []),
    }


def _paragraphs(text: str) -> list[list[tuple[bool, str]]]:
    """Return the paragraphs of a text, each as runs of (whether it is code, text)."""
    return [
        [(index % 2 == 1, run) for index, run in enumerate(_CODE.split(paragraph)) if run]
        for paragraph in text.split("\n\n")
        if paragraph.strip()
    ]


def _example(message: Mapping[str, Any]) -> str:
    shown = [
        json.dumps(each["payload"], ensure_ascii=False, indent=2) for each in message.get("examples", ())
    ]
    return shown[0] if shown and shown[0] != "{}" else ""


def _fields(document: Document, schema: Any, path: str = "", depth: int = 0) -> Iterator[dict[str, str]]:
    """Yield name, kind and meaning of each field of a payload, nested ones as `message.id`."""
    kinds = [_resolved(document, each) for each in _alternatives(_resolved(document, schema))]
    objects = [kind for kind in kinds if kind.get("properties")] if depth < _MAX_DEPTH else []
    if path or not objects or len(kinds) > 1:
        about = _resolved(document, schema).get("description", "") if path else ""
        yield {"name": path, "kind": _kind(document, schema), "about": about}
    for each in objects:
        for name, inner in each["properties"].items():
            yield from _fields(document, inner, f"{path}.{name}" if path else name, depth + 1)


def _alternatives(schema: Mapping[str, Any]) -> list[Any]:
    """Return the schemas of which a value fits one; those that it must fit all of are one, with all their fields."""
    return list(schema.get("anyOf") or [schema])


def _resolved(document: Document, schema: Mapping[str, Any]) -> dict[str, Any]:
    if "allOf" in schema:
        parts = [_resolved(document, part) for part in schema["allOf"]]
        merged = {name: field for part in parts for name, field in part["properties"].items()}
        return {**parts[0], "properties": merged}
    if "$ref" not in schema:
        return dict(schema)
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(document, found)


def _kind(document: Document, schema: Any) -> str:
    """Return what a value may be, in words."""
    schema = _resolved(document, schema)
    if "anyOf" in schema:
        return " or ".join(_kind(document, each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    limits = [schema["format"]] if "format" in schema else []
    limits += [text.format(schema[key]) for key, text in _LIMITS.items() if key in schema]
    return f"{kind} ({', '.join(limits)})" if limits else str(kind)
