"""Finds JSON objects in a model's text: with words around them, in code fences, several, and written carelessly.

Careless are single and typographic quotes, trailing commas, names without quotes, Python's True, False and None, and
line breaks inside of a text. Nothing is guessed beyond that: what has no end is no object.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

__all__ = ["find_objects"]

MAX_STARTS = 20
"""Places at which an object is looked for: each costs a pass over the rest of the text."""
MAX_DEPTH = 12

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "`": "`"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "", "b": "", "f": ""}
_START = re.compile(r"""\{(?=\s*(?:["'“‘„`}]|[A-Za-z_]\w*\s*:))""")


class _NotJson(Exception):
    """The text at this place is no value."""


def find_objects(text: str) -> list[dict[str, Any]]:
    """Return the objects of `text`, in order, without those inside of others."""
    found: list[dict[str, Any]] = []
    position = 0
    for _ in range(MAX_STARTS):
        start = _START.search(text, position)
        if start is None:
            break
        try:
            value, position = _Reader(text).value(start.start(), 0)
        except _NotJson:
            position = start.end()
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


class _Reader:
    """Reads one value at a time; each method returns what it read and where that ends."""

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        at = self._skip(at)
        first = self._text[at : at + 1]
        if depth > MAX_DEPTH or not first:
            raise _NotJson
        if first == "{":
            return self._object(at + 1, depth + 1)
        if first == "[":
            return self._list(at + 1, depth + 1)
        if first in _QUOTES:
            return self._string(at)
        number = _NUMBER.match(self._text, at)
        if number is not None:
            return msgspec.json.decode(_plain(number.group())), number.end()
        word = _NAME.match(self._text, at)
        if word is None or word.group() not in _WORDS:
            raise _NotJson
        return _WORDS[word.group()], word.end()

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            at = self._skip(at)
            if self._text[at : at + 1] == "}":
                return found, at + 1
            name, at = self._name(at)
            at = self._expect(at, ":")
            found[name], at = self.value(at, depth)
            at = self._comma(at, "}")

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            at = self._skip(at)
            if self._text[at : at + 1] == "]":
                return found, at + 1
            value, at = self.value(at, depth)
            found.append(value)
            at = self._comma(at, "]")

    def _name(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] in _QUOTES:
            return self._string(at)
        word = _NAME.match(self._text, at)
        if word is None:
            raise _NotJson
        return word.group(), word.end()

    def _string(self, at: int) -> tuple[str, int]:
        closing = _QUOTES[self._text[at]]
        parts: list[str] = []
        at += 1
        while at < len(self._text):
            char = self._text[at]
            if char == "\\":
                part, at = self._escape(at)
                parts.append(part)
            elif char == closing and self._ends(at + 1):
                return "".join(parts), at + 1
            else:
                parts.append(char)
                at += 1
        raise _NotJson

    def _ends(self, at: int) -> bool:
        """Return whether what follows a quotation mark can follow a text: an apostrophe has letters behind it."""
        return self._text[self._skip(at) : self._skip(at) + 1] in (",", ":", "}", "]")

    def _escape(self, at: int) -> tuple[str, int]:
        kind = self._text[at + 1 : at + 2]
        if kind != "u":
            return _ESCAPES.get(kind, kind), at + 2
        # Two in a row may be one character: a surrogate pair.
        match = re.compile(r"(?:\\u[0-9A-Fa-f]{4}){1,2}").match(self._text, at)
        if match is None:
            raise _NotJson
        try:
            text: str = msgspec.json.decode(f'"{match.group()}"')
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "", at + 6  # half of a character
        return text, match.end()

    def _comma(self, at: int, closing: str) -> int:
        at = self._skip(at)
        if self._text[at : at + 1] == ",":
            return at + 1
        if self._text[at : at + 1] != closing:
            raise _NotJson
        return at

    def _expect(self, at: int, mark: str) -> int:
        at = self._skip(at)
        if self._text[at : at + 1] != mark:
            raise _NotJson
        return at + 1

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        assert match is not None
        return match.end()


def _plain(number: str) -> str:
    """Return a number as JSON writes it: without zeros in front."""
    return re.sub(r"^(-?)0+(?=\d)", r"\1", number)
