"""Reads JSON bodies strictly, and reports errors in terms of the client's own fields.

RFC 8259 leaves some cases to the receiver; here they are refused: duplicate keys, NaN and infinities, more
than 64 levels, numbers of more than 40 characters, lone surrogates and NUL characters (PostgreSQL cannot store
them). So many values that decoding them would hold up others are refused before it: a megabyte of `[],` took half a
second.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from colonnade.kernel.core import BadRequest, Invalid
from colonnade.kernel.core.texts import Reading, is_struct

__all__ = ["decode_body", "read_body", "read_json"]

MAX_DEPTH = 64
MAX_TOKENS = 20_000
"""Strings, brackets and commas; the longest list that a route takes has some hundred entries."""
MAX_SAFE_INTEGER = 2**53 - 1
MAX_NUMBER_CHARACTERS = 40
"""The longest that a double needs has 24; longer ones take up to twenty times as long to convert."""


_TOO_LONG = f"A number in the JSON body has more than {MAX_NUMBER_CHARACTERS} characters."


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
    if len(digits) > MAX_NUMBER_CHARACTERS:
        raise _Refused(_TOO_LONG)
    value = float(digits)
    if not math.isfinite(value):
        raise _Refused("A number in the JSON body is too large.")
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_CHARACTERS:
        raise _Refused(_TOO_LONG)
    return int(digits)


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_number, parse_int=_integer
)
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


def decode_body(raw: bytes, type_: Any, reading: Reading) -> Any:
    """Decode the JSON text `raw` as a `type_`. Raise BadRequest, or Invalid with a sentence for each wrong field."""
    return reading.convert(read_body(raw, type_), type_)


def read_body(raw: bytes, type_: Any) -> Any:
    """Parse the JSON text of a body, an object if it is to be a Struct.

    Raise BadRequest if there is none, Invalid for another value, and otherwise as `read_json` does.
    """
    if not raw.strip():
        raise BadRequest("A JSON body is required.")
    value = read_json(raw)
    if is_struct(type_) and not isinstance(value, dict):
        raise Invalid("The JSON body must be an object.")
    return value
