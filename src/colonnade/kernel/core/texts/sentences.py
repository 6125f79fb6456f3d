"""Says in a sentence which rule a value broke, by msgspec's errors and those of the field types."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Literal, get_args, get_origin

__all__ = ["label_of", "sentence"]

MAX_CHOICES = 20
"""Values that a sentence names."""


def label_of(name: str) -> str:
    """Return the name of a field as people write it: `Published at` for `published_at` and `publishedAt`."""
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
    (re.compile(r"Expected `str` matching regex '(.+?)'(?: - at|$)"), "{label} must have the form {0}"),
    (re.compile(r"Invalid enum value (.+?)(?: - at|$)"), "{label} does not allow the value {0}"),
    (re.compile(r"missing required field `(.+?)`"), "{0} is required"),
    (
        re.compile(r"Expected `datetime` with a timezone component"),
        "{label} must have an offset from UTC, such as 2026-12-25T06:00:00+07:00",
    ),
    (
        re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime`"),
        "{label} must be a date and time (ISO 8601)",
    ),
    (re.compile(r"Invalid UUID"), "{label} must be a UUID"),
]


def sentence(name: str, technical: str, type_: Any = None) -> str:
    """Translate the error about the field `name`, msgspec's or a field type's ("must …"), for people.

    `type_` is that of the field, whose choices are named.
    """
    label = label_of(name)
    if technical.startswith("Invalid enum value") and (choices := _choices(type_)):
        return f"{label} must be {_listed(choices)}"
    for pattern, template in _RULES:
        if match := pattern.search(technical):
            return template.format(*match.groups(), label=label, lower=label.lower())
    if match := re.match(r"Expected `([^`]+)`", technical):
        kinds = [
            _TYPES.get(kind.strip(), kind.strip()) for kind in match[1].split("|") if kind.strip() != "null"
        ]
        return f"{label} must be {' or '.join(kinds)}"
    plain = technical.split(" - at `")[0]
    if plain.startswith("must "):
        return f"{label} {plain}"
    return plain if plain else f"{label} is not valid"


def _choices(type_: Any) -> list[str]:
    """Return the values that a Literal, or one within a union or a list, allows."""
    if get_origin(type_) is Literal:
        return [str(value) for value in get_args(type_)]
    return [choice for part in get_args(type_) for choice in _choices(part)]


def _listed(choices: list[str]) -> str:
    """Return `a, b or c`; of many, the first ones."""
    shown = list(islice(choices, MAX_CHOICES))
    if len(choices) > MAX_CHOICES:
        return f"one of {', '.join(shown)} …"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
