"""Reads JSON bodies strictly, and reports errors in terms of the client's own fields.

RFC 8259 leaves some cases to the receiver; here they are refused: duplicate keys, NaN and infinities, more
than 64 levels, lone surrogates and NUL characters (PostgreSQL cannot store them). An optional field sent as `""`
counts as absent. So many values that decoding them would hold up others are refused before it: a megabyte of `[],` took
half a second.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from colonnade.kernel.core import BadRequest, Invalid

__all__ = ["convert_body", "decode_body", "read_json", "sentence"]

MAX_DEPTH = 64
MAX_TOKENS = 20_000
"""Strings, brackets and commas; the longest list that a route takes has some hundred entries."""
MAX_UNKNOWN_NAMED = 20
"""Fields that an answer names as unknown."""
MAX_SAFE_INTEGER = 2**53 - 1


class _Refused(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("The JSON body repeats a key.")
    return made


def _no_constant(name: str) -> Any:
    raise _Refused(f"{name} is not allowed in JSON.")


def _number(digits: str) -> float:
    """Convert a number with a point or an exponent; `3.0` and `3e0` become the integer that they are in JSON."""
    value = float(digits)
    if not math.isfinite(value):
        raise _Refused("A number in the JSON body is too large.")
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_number)
# Linear for any text: an unclosed string matches up to the end, instead of being retried at every quote.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_json(raw: bytes) -> Any:
    """Parse a JSON text.

    Raise BadRequest (malformed, too deep, ambiguous) or Invalid (characters that cannot be stored).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("The JSON body is not valid UTF-8.") from None
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH or (
        len(text) > MAX_TOKENS and brackets + text.count(",") + text.count('"') > MAX_TOKENS
    ):
        _check_structure(text)
    try:
        value = _decoder.decode(text)
    except _Refused as error:
        raise BadRequest(str(error)) from None
    except (ValueError, RecursionError):
        raise BadRequest("The JSON body is malformed.") from None
    if "\\u" in text or "\\U" in text:
        _check_characters(value)
    return value


def _check_structure(text: str) -> None:
    """Raise BadRequest for a text that is nested too deeply or has too many values; look no further than that."""
    depth = 0
    for number, token in enumerate(_TOKEN.finditer(text)):
        if number >= MAX_TOKENS:
            raise BadRequest("The JSON body has too many values.")
        character = token[0]
        if character in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadRequest(f"The JSON body is nested more than {MAX_DEPTH} levels deep.")
        elif character in ("]", "}"):
            depth -= 1


def _check_characters(value: Any) -> None:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise Invalid(
                "The text contains characters that are not allowed (NUL or half of a surrogate pair)."
            )
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_characters(key)
            _check_characters(item)
    elif isinstance(value, list):
        for item in value:
            _check_characters(item)


@lru_cache(maxsize=1024)
def _fields(type_: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(type_)


@lru_cache(maxsize=1024)
def _is_struct(type_: Any) -> bool:
    try:
        _fields(type_)
    except TypeError:
        return False
    return True


def _absent_when_empty(value: dict[str, Any], type_: Any) -> dict[str, Any]:
    optional = {field.encode_name for field in _fields(type_) if not field.required}
    return {key: item for key, item in value.items() if item != "" or key not in optional}


def decode_body(raw: bytes, type_: Any) -> Any:
    """Decode the JSON text `raw` as a `type_`. Raise BadRequest, or Invalid with a sentence for each wrong field."""
    if not raw.strip():
        raise BadRequest("A JSON body is required.")
    return convert_body(read_json(raw), type_)


def convert_body(value: Any, type_: Any, *, strict: bool = True) -> Any:
    """Convert builtins to a `type_`. Raise Invalid with a sentence for each wrong field.

    Forms, whose values are all text, are converted with strict=False.
    """
    if _is_struct(type_):
        if not isinstance(value, dict):
            raise Invalid("The JSON body must be an object.")
        if "" in value.values():
            value = _absent_when_empty(value, type_)
    try:
        return msgspec.convert(value, type_, strict=strict)
    except msgspec.ValidationError as error:
        raise Invalid(
            fields=_errors_by_field(value, type_, strict) or {"body": sentence("body", str(error))}
        ) from None
    except (OverflowError, RecursionError):
        raise Invalid from None


def _errors_by_field(value: Any, type_: Any, strict: bool) -> dict[str, str]:
    """Return a sentence for every wrong field, not only for the first that msgspec finds."""
    if not _is_struct(type_) or not isinstance(value, dict):
        return {}
    errors: dict[str, str] = {}
    for field in _fields(type_):
        name = field.encode_name
        if name not in value:
            if field.required:
                errors[name] = f"{_label(name)} is required"
            continue
        try:
            msgspec.convert(value[name], field.type, strict=strict)
        except msgspec.ValidationError as error:
            errors[name] = sentence(name, str(error))
    if type_.__struct_config__.forbid_unknown_fields:
        known = {field.encode_name for field in _fields(type_)}
        unknown = islice((name for name in value if name not in known), MAX_UNKNOWN_NAMED)
        errors |= dict.fromkeys(unknown, "There is no such field")
    return errors


def _label(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace(".", " ").strip().lower()
    return spaced[:1].upper() + spaced[1:] if spaced else "Value"


_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a date and time (ISO 8601)",
    "date": "a date (YYYY-MM-DD)",
    "time": "a time (HH:MM)",
    "uuid": "a UUID",
}
_RULES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Expected `str` of length >= (\d+)"), "{label} must be at least {0} characters"),
    (re.compile(r"Expected `str` of length <= (\d+)"), "{label} must be at most {0} characters"),
    (re.compile(r"Expected `array` of length >= (\d+)"), "{label} must have at least {0} entries"),
    (re.compile(r"Expected `array` of length <= (\d+)"), "{label} must have at most {0} entries"),
    (re.compile(r"Expected `\w+` >= (\S+)"), "{label} must be at least {0}"),
    (re.compile(r"Expected `\w+` <= (\S+)"), "{label} must be at most {0}"),
    (re.compile(r"Expected `\w+` > (\S+)"), "{label} must be greater than {0}"),
    (re.compile(r"Expected `\w+` < (\S+)"), "{label} must be less than {0}"),
    (re.compile(r"Expected `str` matching regex"), "Invalid {lower} format"),
    (re.compile(r"Invalid enum value (.+?)(?: - at|$)"), "{label} does not allow the value {0}"),
    (re.compile(r"missing required field `(.+?)`"), "{0} is required"),
    (
        re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime`"),
        "{label} must be a date and time (ISO 8601)",
    ),
    (re.compile(r"Invalid UUID"), "{label} must be a UUID"),
]


def sentence(name: str, technical: str) -> str:
    """Translate msgspec's error about the field `name` for people."""
    label = _label(name)
    for pattern, template in _RULES:
        if match := pattern.search(technical):
            return template.format(*match.groups(), label=label, lower=label.lower())
    if match := re.match(r"Expected `([^`]+)`", technical):
        kinds = [
            _TYPES.get(kind.strip(), kind.strip()) for kind in match[1].split("|") if kind.strip() != "null"
        ]
        return f"{label} must be {' or '.join(kinds)}"
    plain = technical.split(" - at `")[0]
    return plain if plain else f"{label} is not valid"
