"""How deeply HTML is nested: before it is parsed, which takes the square of that, and after it has been cleaned."""

from __future__ import annotations

import re

__all__ = ["HtmlRefused", "check_depth", "check_open_tags"]

MAX_OPEN_TAGS = 2_000
"""Tags that are open at a time, before parsing: those that nobody closes count to the end."""
MAX_DEPTH = 100
"""Levels of what comes out."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)")
# A tag as the cleaner writes it: no `"` is left in a value.
_WRITTEN = re.compile(r'<(/?)([a-z][a-z0-9-]*)(?: [a-z-]+(?:="[^"]*")?)*>')
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
}  # fmt: skip
# Elements that end where another of their kind, or of the same list or table, begins (HTML, 13.1.2.4).
_ENDED_BY_OTHERS = frozenset(
    {"dd", "dt", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"}
)


class HtmlRefused(Exception):
    """The text is refused; the message is a sentence for its sender."""


def check_open_tags(text: str) -> None:
    """Refuse a text, as `scanning.prepare` has made it, in which too many tags seem to be open; linear.

    It is never far below what a parser finds, and may be led astray by what looks like the end of a tag, in a value or
    by itself: for that there is the deadline.
    """
    open_: dict[str, int] = {}
    total = 0
    for match in _TAG.finditer(text):
        name = match[2].lower()
        if name in _VOID or name in _ENDED_BY_OTHERS or match[3].endswith("/"):
            continue
        number = open_.get(name, 0)
        if not match[1]:
            open_[name] = number + 1
            total += 1
            if total > MAX_OPEN_TAGS:
                raise HtmlRefused(f"The HTML has more than {MAX_OPEN_TAGS} tags that are open at a time")
        elif number:
            open_[name] = number - 1
            total -= 1


def check_depth(made: str) -> None:
    """Refuse a cleaned text that is nested too deeply for those who read it."""
    depth = 0
    for match in _WRITTEN.finditer(made):
        if match[2] in _VOID:
            continue
        depth += -1 if match[1] else 1
        if depth > MAX_DEPTH:
            raise HtmlRefused(f"The HTML is nested more than {MAX_DEPTH} levels deep")
