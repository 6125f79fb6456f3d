"""The skeleton of a text (UTS #39, 4): what looks alike, in whatever script, has one skeleton.

The table of confusable characters is Unicode's, as the package `confusable-homoglyphs` (MIT) carries it: its file is
read as data, no code of it runs. It is read when the first skeleton is wanted.

Out of scope: whether a text is misspelt, transliterated or translated; judging it.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from colonnade.kernel.core import normalized

__all__ = ["load", "skeleton"]

_INVISIBLE = ("Cf", "Cc", "Mn", "Me")


class _Other(msgspec.Struct):
    """A character, or several, that look like another one; the file gives its name as well."""

    c: str


def skeleton(text: str) -> str:
    """Return what `text` looks like: two texts of one skeleton can be taken for each other.

    Beyond the standard, marks above and below letters are left out: `ádmin` is meant to be read as `admin`.
    """
    table = load()
    seen = "".join(table.get(character, character) for character in _bare(text))
    return _bare(seen)


def _bare(text: str) -> str:
    """Return a text decomposed, without marks and without what nobody sees."""
    decomposed = normalized("NFKD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) not in _INVISIBLE)


@cache
def load() -> dict[str, str]:
    """Read the table: for each confusable character the prototype of those that look like it."""
    package = find_spec("confusable_homoglyphs")
    if package is None or package.origin is None:
        raise RuntimeError("the package confusable-homoglyphs is not installed")
    raw = (Path(package.origin).parent / "confusables.json").read_bytes()
    others = msgspec.json.decode(raw, type=dict[str, list[_Other]])
    # The file says of a prototype all that look like it, and of each of these the prototype.
    table = {}
    for character, alike in others.items():
        if len(character) == 1:
            prototype = max([character, *(each.c for each in alike)], key=lambda one: _weight(one, others))
            if prototype != character:
                table[character] = prototype
    return table


def _weight(text: str, others: dict[str, list[_Other]]) -> tuple[int, bool, str]:
    """Return what orders candidates for a prototype: how many look like it, then letters of ASCII first."""
    return len(others.get(text, ())), text.isascii(), text
