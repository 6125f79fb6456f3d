"""The long lists of a language, in text files: free words (`plain/<code>.txt`), promises (`promises/<code>.txt`).

A line that begins with `#` is a comment. Free words are separated by spaces; of promises each kind begins with its name
in brackets, and its phrases are separated by `|`.

Out of scope: the short lists, which are in the languages' modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

__all__ = ["plain_words", "promises"]


def plain_words(code: str) -> str:
    """Return the free words of a language, separated by spaces; read them once, where the language is defined."""
    return " ".join(_lines("plain", code))


def promises(code: str) -> dict[str, str]:
    """Return the phrases that promise something in a language, by kind, separated by `|`."""
    found: dict[str, list[str]] = {}
    kind = ""
    for line in _lines("promises", code):
        if line.startswith("["):
            kind = line.strip("[]")
        else:
            found.setdefault(kind, []).append(line)
    return {name: "|".join(lines) for name, lines in found.items()}


def _lines(folder: str, code: str) -> Iterator[str]:
    """Yield the lines of a file that are neither blank nor comments."""
    text = files(__package__).joinpath(folder, f"{code}.txt").read_text("utf-8")
    yield from (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
