"""The words that a language says freely, in a file each: `plain/<code>.txt`.

Words are separated by spaces and line breaks; a line that begins with `#` is a comment.

Out of scope: words that promise something, which are phrases by kind in the languages' modules.
"""

from __future__ import annotations

from importlib.resources import files

__all__ = ["plain_words"]


def plain_words(code: str) -> str:
    """Return the free words of a language, separated by spaces; read it once, where the language is defined."""
    lines = files(__package__).joinpath("plain", f"{code}.txt").read_text("utf-8").splitlines()
    return " ".join(line.strip() for line in lines if not line.startswith("#"))
