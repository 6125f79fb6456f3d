"""Generates examples for the API description from JSON schemas: deterministic and valid.

A field's own example (`Meta(examples=[…])`) is used if there is one; others are generated from type, format and
limits. If none is valid (a pattern that none of a few usual texts matches) there is no example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["MISSING", "make_example", "with_fixed_moments"]

MISSING: Any = object()
"""The result of `make_example` if it finds no valid example."""

_MAX_DEPTH = 12
_BY_FORMAT = {
    "date-time": "2026-12-25T06:00:00+07:00",
    "date": "2026-12-25",
    "time": "06:00:00+07:00",
    "partial-time": "06:00:00",
    "duration": "PT30M",
    "uuid": "7d9f2c1e-4b7a-4e0f-9d57-0a6d2f7c1b34",
    "byte": "dGVrcw==",
    "binary": "",
}
_BY_NAME = {
    "title": "A Morning with the Family",
    "name": "Rina Hutapea",
    "city": "Medan",
    "country": "Indonesia",
    "message": "Good morning, everybody!",
    "slug": "good-news",
    "content": "<p>Good morning, everybody.</p>",
    "email": "rina@example.org",
    "timestamp": _BY_FORMAT["date-time"],
    "password": "kunci-rumah-kita-77",
    "role": "editor",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
_TEXTS = (
    "text", "rina@example.org", "+62 811 6000 123", "https://example.org/", "/uploads/photo.jpg",
    "good-news", "06:00", "123456", "id", "#1d4ed8", "a", "3f0c61d2b7a84e55", "A1B2C-D3E4F",
)  # fmt: skip


def make_example(
    schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "", depth: int = 0
) -> Any:
    """Return a value of `schema`, or MISSING if none can be generated; `name` is that of the field it belongs to."""
    if depth > _MAX_DEPTH:
        return MISSING
    if "$ref" in schema:
        return make_example(components[schema["$ref"].rpartition("/")[2]], components, name, depth + 1)
    if schema.get("examples"):
        return _later(name, schema["examples"][0])
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value is not None), None)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            # null is a poor example: it comes last.
            options = sorted(schema[key], key=lambda option: option.get("type") == "null")
            made = (make_example(option, components, name, depth + 1) for option in options)
            return next((value for value in made if value is not MISSING), MISSING)
    kinds = schema.get("type")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    maker = _MAKERS.get(kind or "")
    return maker(schema, components, name, depth) if maker else {}


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    made: dict[str, Any] = {}
    for field, inner in schema.get("properties", {}).items():
        value = make_example(inner, components, field, depth + 1)
        if value is not MISSING:
            made[field] = value
        elif field in schema.get("required", ()):
            return MISSING
    return made


def _array(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    fixed = [make_example(inner, components, name, depth + 1) for inner in schema.get("prefixItems", ())]
    if fixed:
        return MISSING if MISSING in fixed else fixed
    items = schema.get("items")
    least = schema.get("minItems", 0)
    item = make_example(items, components, name, depth + 1) if isinstance(items, Mapping) else MISSING
    if item is MISSING:
        return [] if least == 0 else MISSING
    return [item] * max(1, least) if schema.get("maxItems", 1) else []


def _string(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    if schema.get("format") in _BY_FORMAT:
        return _later(name, _BY_FORMAT[schema["format"]])
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10**6)
    pattern = schema.get("pattern")
    usual = _BY_FORMAT["date-time"] if name.endswith(("_at", "At")) else _BY_NAME.get(name, _TEXTS[0])
    for text in (usual, *_TEXTS):
        padded = text if pattern else text.ljust(least, "x")
        if least <= len(padded) <= most and (pattern is None or re.search(pattern, padded)):
            return _later(name, padded)
    return MISSING


def _later(name: str, value: Any) -> Any:
    """Return `value`, moved an hour later in fields that name an end, so that it follows the beginning."""
    return re.sub(r"\b06:", "07:", value) if name.startswith("end") and isinstance(value, str) else value


def _number(schema: Mapping[str, Any], components: Mapping[str, Any], name: str, depth: int) -> Any:
    step = schema.get("multipleOf", 1)
    if "minimum" in schema:
        value = max(schema["minimum"], min(step, schema.get("maximum", step)))
    elif "exclusiveMinimum" in schema:
        value = schema["exclusiveMinimum"] + step
    else:
        value = min(step, schema.get("maximum", step))
    return int(value) if schema.get("type") == "integer" or value == int(value) else value


_MAKERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], str, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}


def with_fixed_moments(example: Any) -> Any:
    """Return an example that was really encoded with the times in it replaced by the one that all examples have.

    The same program describes itself in the same bytes: generated clients and caches depend on it.
    """
    if isinstance(example, dict):
        return {name: with_fixed_moments(value) for name, value in example.items()}
    if isinstance(example, list):
        return [with_fixed_moments(value) for value in example]
    return _BY_FORMAT["date-time"] if isinstance(example, str) and _MOMENT.fullmatch(example) else example
