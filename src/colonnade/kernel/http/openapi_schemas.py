"""Builds the JSON schemas of bodies, answers and parameters for the API description.

msgspec generates them from the Structs that are read and written, so that they always agree with the wire.
"""

from __future__ import annotations

import functools
import inspect
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from inspect import cleandoc
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import msgspec

from colonnade.kernel.core.texts import schema_of
from colonnade.kernel.http.answers import Ok, Page
from colonnade.kernel.http.bodies import JSON_TYPE
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.forms import MULTIPART, UploadFile
from colonnade.kernel.http.handlers import Handler
from colonnade.kernel.http.parameters import Parameter, kinds_of

__all__ = [
    "NAMED_FIELD",
    "REF",
    "Shapes",
    "clean_schema",
    "describe_parameter",
    "describe_types",
    "name_as_sent",
    "texts_of",
]

REF = "#/components/schemas/{name}"
_MODULES = re.compile(r"(?:^|(?<=_))[a-z0-9]+(?:\.[a-z0-9_]+)*\.")
_END = r"$(?!\n)"
_CLEAN_TEXTS: Mapping[str, Callable[[str], str]] = {
    # Indented as in the source, every paragraph but the first would be shown as code.
    "description": cleandoc,
    # Only Python's `$` also matches before a last line break, and RE2 (Go) knows no look-ahead.
    "pattern": lambda pattern: pattern.replace(_END, "$"),
}
NAMED_FIELD = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`")
"""A field of several words as docstrings name it (`expires_in`); one of a single word is sent as it is named."""
_JSON_TYPES = {bool: "boolean", int: "integer", str: "string", type(None): "null"}


class Shapes:
    """The bodies and answers of every handler, by media type, and the components that they refer to."""

    def __init__(self, handlers: Iterable[Handler], envelope: Envelope) -> None:
        self._envelope = envelope
        self._types: dict[Any, dict[str, Any]] = {}
        handlers = list(handlers)
        for handler in handlers:
            for kind in (*self._body_types(handler).values(), *self._answer_types(handler)):
                self._types[kind] = {}
        failure = envelope.failure_type()
        self._types[failure] = {}
        schemas, self.components = describe_types(list(self._types))
        self._types = dict(zip(self._types, schemas, strict=True))
        self.failure: dict[str, Any] = self._types[failure]

    def body(self, handler: Handler) -> dict[str, dict[str, Any]]:
        """Return the schemas of the bodies that a route takes, by media type; empty if it takes none."""
        return {media: self._types[kind] for media, kind in self._body_types(handler).items()}

    def answer(self, handler: Handler) -> dict[str, Any] | None:
        """Return the schema of a route's successful answer; None if that is not `Ok`, `Page` or `bare`."""
        schemas = [self._types[kind] for kind in self._answer_types(handler)]
        return {"anyOf": schemas} if len(schemas) > 1 else schemas[0] if schemas else None

    def _body_types(self, handler: Handler) -> dict[str, Any]:
        form = handler.options.get("form")
        kinds: dict[str, Any] = {}
        if handler.data is not None and form is not handler.data:
            kinds[JSON_TYPE] = handler.data
        if form is not None:
            kinds[MULTIPART] = form
        return kinds

    def _answer_types(self, handler: Handler) -> list[Any]:
        """Return the types written; a union gives several, as Structs without tags cannot share a schema.

        A route that answers without the envelope declares it: `bare={"application/x-ndjson": str}`; all its media types
        have one schema.
        """
        if bare := handler.options.get("bare"):
            return list(dict.fromkeys(bare.values()))
        annotation = handler.returns
        origin = get_origin(annotation)
        if not (isinstance(origin, type) and issubclass(origin, Ok | Page)):
            return []
        item = get_args(annotation)[0]
        structs = [one for one in get_args(item) if isinstance(one, type) and issubclass(one, msgspec.Struct)]
        items = get_args(item) if isinstance(item, UnionType) and len(structs) > 1 else (item,)
        return [self._envelope.success_type(origin, one) for one in items]


def describe_types(kinds: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the schema of each type, in order, and the components that they refer to, by the names clients see."""
    references, components = msgspec.json.schema_components(kinds, schema_hook=_own_schema, ref_template=REF)
    names = short_names(components)
    return renamed(references, names), {
        # In order of their names: msgspec gives them in the order of a set, which differs from run to run.
        names[name]: clean_schema(renamed(schema, names))
        for name, schema in sorted(components.items(), key=lambda item: names[item[0]])
    }


def texts_of(function: Callable[..., Any]) -> tuple[str, str]:
    """Return the first clause of a function's docstring, up to a stop outside brackets, and the docstring."""
    text = inspect.getdoc(function) or ""
    sentence = text.partition("\n\n")[0].replace("\n", " ")
    depth = 0
    for index, character in enumerate(sentence):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in ".;:" and sentence[index + 1 : index + 2] in ("", " "):
            return sentence[:index], text
    return sentence, text


def _own_schema(kind: type) -> dict[str, Any]:
    if kind is UploadFile:
        return {"type": "string", "contentMediaType": "application/octet-stream"}
    return schema_of(kind)


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Map each component's name to the one that clients see: `Page_a.b.schemas.User_` to `Page_User`.

    Generators derive type names from them. Two that would be equal keep their slice (`Page_b_User`), and if that
    does not distinguish them, all their modules.
    """
    names = list(names)
    chosen: dict[str, str] = {}
    for shorten in (_without_modules, _with_slice, _joined):
        made = {name: shorten(name) for name in names if name not in chosen}
        counted = Counter([*made.values(), *chosen.values()])
        chosen |= {name: one for name, one in made.items() if counted[one] == 1}
    return {name: chosen.get(name, name) for name in names}


def _without_modules(name: str) -> str:
    return _joined(_MODULES.sub("", name))


def _with_slice(name: str) -> str:
    return _joined(
        _MODULES.sub(lambda path: path[0].removesuffix(".schemas.").rpartition(".")[2] + ".", name)
    )


def _joined(name: str) -> str:
    return "_".join(part for part in re.split(r"[._]+", name) if part)


def renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """Return a schema whose references follow `names`."""
    if isinstance(schema, Mapping):
        return {
            key: REF.format(name=names[value.rpartition("/")[2]]) if key == "$ref" else renamed(value, names)
            for key, value in schema.items()
        }
    return [renamed(item, names) for item in schema] if isinstance(schema, list | tuple) else schema


def clean_schema(schema: Any) -> Any:
    """Return a schema in the form that validators and generators expect.

    Without titles that repeat the component's name, with a type for every enum; a boolean with one value is a `const`.
    """
    if isinstance(schema, Mapping):
        cleaned = {
            key: _CLEAN_TEXTS[key](value)
            if key in _CLEAN_TEXTS and isinstance(value, str)
            else clean_schema(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str) and "type" in schema)
        }
        return _typed(cleaned) if isinstance(cleaned.get("enum"), list) and "type" not in cleaned else cleaned
    return [clean_schema(item) for item in schema] if isinstance(schema, list) else schema


def _typed(schema: dict[str, Any]) -> dict[str, Any]:
    values = schema["enum"]
    kinds = sorted({_JSON_TYPES[type(value)] for value in values})
    typed = {"type": kinds[0] if len(kinds) == 1 else kinds, **schema}
    if values in ([True], [False]):
        del typed["enum"]
        typed["const"] = values[0]
    return typed


def describe_parameter(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter as clients may send it: without null, which cannot be sent."""
    kinds = [kind for kind in kinds_of(parameter.hint) if kind is not type(None)]
    (made,), components = msgspec.json.schema_components(
        [functools.reduce(operator.or_, kinds)], schema_hook=schema_of
    )
    made = clean_schema(_inlined(made, components))
    if get_origin(kinds[0]) is Literal:
        made["enum"] = list(get_args(kinds[0]))  # in the order of the source, which msgspec does not keep
    if datetime in parameter.kinds:
        made["format"] = "date-time"  # msgspec leaves it out where an offset is optional
    ordered = [key for key in _ORDER if key in made]
    schema = {key: made[key] for key in [*ordered, *(key for key in made if key not in ordered)]}
    if parameter.default not in (None, inspect.Parameter.empty):
        schema["default"] = msgspec.to_builtins(parameter.default)
    described = {"name": parameter.name, "in": parameter.place, "schema": schema}
    if parameter.description is not None:
        described["description"] = parameter.description
    return {**described, "required": True} if parameter.required else described


def _inlined(schema: Any, components: Mapping[str, Any]) -> Any:
    """Return a schema with what it refers to (an Enum) in place of the reference."""
    if isinstance(schema, list):
        return [_inlined(each, components) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        found = components[schema["$ref"].rpartition("/")[2]]
        return {key: value for key, value in found.items() if key != "title"}
    return {key: _inlined(value, components) for key, value in schema.items()}


_ORDER = (
    "type", "enum", "format", "pattern", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "maxItems", "minItems", "items", "anyOf",
)  # fmt: skip
"""The order of a parameter's keywords."""


def name_as_sent(document: Any, sent: set[str] | None = None) -> Any:
    """Return the document with fields named in descriptions as they are on the wire.

    Docstrings name a Struct's fields as Python does; many are sent in another case (`expires_in`: `expiresIn`).
    """
    sent = set(_names_sent(document)) if sent is None else sent
    if isinstance(document, Mapping):
        own = {*document.get("properties", ())} or sent
        return {
            key: NAMED_FIELD.sub(lambda field: f"`{_as_sent(field[1], own, sent)}`", value)
            if key in ("description", "summary") and isinstance(value, str)
            else name_as_sent(value, sent)
            for key, value in document.items()
        }
    return [name_as_sent(item, sent) for item in document] if isinstance(document, list) else document


def _as_sent(field: str, own: set[str], sent: set[str]) -> str:
    camel = re.sub(r"_([a-z0-9])", lambda letter: letter[1].upper(), field)
    if field in own or (camel not in own and (field in sent or camel not in sent)):
        return field
    return camel


def _names_sent(document: Any) -> Iterator[str]:
    """Yield the names of all properties and parameters."""
    if isinstance(document, Mapping):
        if isinstance(document.get("properties"), Mapping):
            yield from document["properties"]
        if "in" in document and isinstance(document.get("name"), str):
            yield document["name"]
        for value in document.values():
            yield from _names_sent(value)
    elif isinstance(document, list):
        for item in document:
            yield from _names_sent(item)
