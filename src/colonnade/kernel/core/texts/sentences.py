"""Says in a sentence which rule a value broke, by msgspec's errors and those of the field types."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Literal, get_args, get_origin

from colonnade.kernel.core.texts.moments import A_DAY, A_MOMENT, AN_OFFSET

__all__ = ["label_of", "place_of", "sentence"]

MAX_CHOICES = 20
"""Values that a sentence names."""


def label_of(name: str) -> str:
    """Return the name of a field as people write it: `Published at` for `published_at` and `publishedAt`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace(".", " ").strip().lower()
    return spaced[:1].upper() + spaced[1:] if spaced else "Value"


_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": A_MOMENT.removeprefix("must be "),
    "date": A_DAY.removeprefix("must be "),
    "time": "a time (HH:MM)",
    "uuid": "a UUID",
}
_RULES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"^Expected `[^`]+`, got `null`"), "{label} must not be null"),
    (re.compile(r"^Expected `str` of length >= 1\b"), "{label} must not be blank"),
    (re.compile(r"^Expected `str` of length >= (\d+)"), "{label} must be at least {0} characters"),
    (re.compile(r"^Expected `str` of length <= 1\b"), "{label} must be at most 1 character"),
    (re.compile(r"^Expected `str` of length <= (\d+)"), "{label} must be at most {0} characters"),
    (re.compile(r"^Expected `(?:array|object)` of length >= 1\b"), "{label} must not be empty"),
    (
        re.compile(r"^Expected `(?:array|object)` of length >= (\d+)"),
        "{label} must have at least {0} entries",
    ),
    (re.compile(r"^Expected `(?:array|object)` of length <= 1\b"), "{label} must have at most 1 entry"),
    (re.compile(r"^Expected `(?:array|object)` of length <= (\d+)"), "{label} must have at most {0} entries"),
    (re.compile(r"^Expected `\w+` >= (\S+)"), "{label} must be at least {0}"),
    (re.compile(r"^Expected `\w+` <= (\S+)"), "{label} must be at most {0}"),
    (re.compile(r"^Expected `\w+` > (\S+)"), "{label} must be greater than {0}"),
    (re.compile(r"^Expected `\w+` < (\S+)"), "{label} must be less than {0}"),
    (re.compile(r"^Expected `\w+` that's a multiple of (\S+)"), "{label} must be a multiple of {0}"),
    (re.compile(r"^Expected `str` matching regex '(.+?)'(?: - at|$)"), "{label} must have the form {0}"),
    (re.compile(r"^Invalid enum value (.+?)(?: - at|$)"), "{label} does not allow the value {0}"),
    (re.compile(r"^Object contains unknown field"), "There is no such field"),
    (re.compile(r"missing required field"), "{label} is required"),
    (re.compile(r"^Integer value out of range"), "{label} is too large"),
    (re.compile(r"^Expected `datetime` with a timezone component"), f"{{label}} {AN_OFFSET}"),
    (re.compile(r"^Invalid RFC3339 encoded datetime|^Expected `datetime`"), f"{{label}} {A_MOMENT}"),
    (re.compile(r"^Invalid RFC3339 encoded date"), f"{{label}} {A_DAY}"),
    (re.compile(r"^Invalid RFC3339 encoded time"), "{label} must be a time (HH:MM)"),
    (re.compile(r"^Invalid decimal string"), "{label} must be a number"),
    (re.compile(r"^Invalid UUID"), "{label} must be a UUID"),
]
_PATH = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_FIELD = re.compile(r"^Object (?:missing required|contains unknown) field `([^`]*)`")


def place_of(name: str, technical: str) -> str:
    """Return the path of the field that an error within the field `name` is about: `enclosure.bytes`."""
    path = _PATH.search(technical)
    within = re.sub(r"\[[^\]]*\]", "", path[1]) if path else ""
    field = _FIELD.match(technical)
    return name + within + (f".{field[1]}" if field else "")


def sentence(name: str, technical: str, type_: Any = None) -> str:
    """Translate the error about the field `name`, msgspec's or a field type's ("must …"), for people.

    `type_` is that of the field, whose choices are named.
    """
    label = label_of(name)
    if technical.startswith(("Invalid enum value", "Expected `str`, got `int`")) and (
        choices := _choices(type_)
    ):
        return f"{label} must be {_listed(choices)}"
    for pattern, template in _RULES:
        if match := pattern.search(technical):
            return template.format(*match.groups(), label=label)
    if match := re.match(r"Expected `([^`]+)`", technical):
        kinds = [
            _TYPES.get(kind.strip(), kind.strip()) for kind in match[1].split("|") if kind.strip() != "null"
        ]
        return f"{label} must be {' or '.join(dict.fromkeys(kinds))}"
    plain = _PATH.sub("", technical)
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
