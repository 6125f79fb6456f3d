"""HTML that people send, cleaned before anybody's handler sees it, whatever it costs its sender to write.

A field is declared as HTML in its Struct, and the kernel cleans it when it reads the body, before a transaction begins:

>>> Content = Annotated[str, Meta(max_length=300_000, extra=as_html(RULES))]    # doctest: +SKIP

The time of a parser of HTML grows with the square of the depth (html5ever: 300 KB of `<div>` took 34 s), of the
attributes of one tag, and of what nobody has found yet, and it may hold the interpreter's lock meanwhile. So the number
of open tags is bounded before parsing, longer texts are cleaned in a process that is killed at a deadline
(`core.workers`), and the depth of what comes out is bounded for those who read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.workers import TooCostly, Workers

__all__ = ["HtmlCleaner", "HtmlRules", "as_html", "html_fields"]

MAX_OPEN_TAGS = 2_000
"""Tags that are open at a time, before parsing: those that nobody closes count to the end."""
MAX_DEPTH = 100
"""Levels of what comes out."""
MAX_GROWN_CHARACTERS = 10_000
"""How much longer than three times its length a text may become by tags that are closed and links that are marked."""
INLINE_CHARACTERS = 8_000
"""Texts up to this length are cleaned at once: the worst of them takes some milliseconds."""
CLEAN_SECONDS = 2.0

_MARKUP = re.compile(r"<[a-zA-Z/!?]")
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


class HtmlRules(msgspec.Struct, frozen=True):
    """What is kept: tags, attributes by tag, and the schemes that addresses may have."""

    tags: frozenset[str]
    attributes: dict[str, set[str]]
    schemes: frozenset[str] = frozenset({"http", "https", "mailto", "tel"})


def as_html(rules: HtmlRules) -> dict[str, Any]:
    """Return what declares a field as HTML, for `Meta(extra=…)`. Text without tags is plain text and stays as typed."""
    return {"html": rules}


def html_fields(type_: Any, within: frozenset[Any] = frozenset()) -> dict[str, tuple[str, HtmlRules]]:
    """Return the fields of a Struct that are HTML: by attribute, the name that clients know and the rules.

    Raise TypeError for HTML inside of a list, a mapping or another Struct, where it would not be cleaned. `within` are
    the Structs around it.
    """
    try:
        fields = msgspec.structs.fields(type_)
    except TypeError:
        return {}
    found: dict[str, tuple[str, HtmlRules]] = {}
    for field in fields:
        for kind in _alternatives(field.type):
            if (rules := _rules_of(kind)) is not None:
                found[field.name] = (field.encode_name, rules)
            elif _holds_html(kind, within | {type_}):
                raise TypeError(
                    f"{type_.__name__}.{field.name}: HTML is a field of a body itself, not within another"
                )
    return found


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _rules_of(hint: Any) -> HtmlRules | None:
    for part in getattr(hint, "__metadata__", ()):
        if isinstance(part, msgspec.Meta) and part.extra and "html" in part.extra:
            rules: HtmlRules = part.extra["html"]
            return rules
    return None


def _holds_html(hint: Any, within: frozenset[Any]) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint not in within and bool(html_fields(hint, within))
    return any(_rules_of(part) is not None or _holds_html(part, within) for part in get_args(hint))


@provided("html")
class HtmlCleaner:
    """Cleans HTML, long texts in `workers`."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def clean_fields(
        self, data: Any, fields: Mapping[str, tuple[str, HtmlRules]], owner: int | str | None = None
    ) -> Any:
        """Return the Struct `data` with its HTML `fields` (see `html_fields`) cleaned; what is no text stays.

        `owner` is who sends it: one long text of theirs is cleaned at a time.

        Raise Invalid with a sentence for each that cannot be cleaned, Unavailable.
        """
        made: dict[str, str] = {}
        errors: dict[str, str] = {}
        for attribute, (name, rules) in fields.items():
            given = getattr(data, attribute)
            if not isinstance(given, str):
                continue
            try:
                made[attribute] = await self.clean(given, rules, owner)
            except HtmlRefused as refused:
                errors[name] = str(refused)
        if errors:
            raise Invalid(fields=errors)
        return msgspec.structs.replace(data, **made) if made else data

    async def clean(self, text: str, rules: HtmlRules, owner: int | str | None = None) -> str:
        """Return `text` without any tag and attribute that `rules` do not keep. Raise HtmlRefused, Unavailable."""
        if not _MARKUP.search(text):
            return text
        if len(text) <= INLINE_CHARACTERS:
            return clean(text, rules)
        try:
            return await self._workers.run(clean, text, rules, seconds=CLEAN_SECONDS, owner=owner)
        except TooCostly:
            raise HtmlRefused("The HTML is too tangled to be read: send it with fewer tags") from None


class HtmlRefused(Exception):
    """The text is refused; the message is a sentence for its sender."""


def clean(text: str, rules: HtmlRules) -> str:
    """Return `text` without any tag and attribute that `rules` do not keep. Raise HtmlRefused."""
    import nh3

    check_open_tags(text)
    made = nh3.clean(
        text,
        tags=set(rules.tags),
        attributes=rules.attributes,
        url_schemes=set(rules.schemes),
        link_rel="noopener noreferrer",
    )
    made = made.replace("&nbsp;", "\u00a0")  # as it was typed: editors write it by the hundred
    if len(made) > 3 * len(text) + MAX_GROWN_CHARACTERS:
        raise HtmlRefused("The HTML has too many tags without text")
    _check_depth(made)
    return made


def check_open_tags(text: str) -> None:
    """Refuse a text in which too many tags seem to be open; linear, and never far below what a parser finds.

    It may be led astray by what looks like the end of a tag, in a value or by itself: for that there is the deadline.
    """
    open_: dict[str, int] = {}
    total = 0
    for begin, end in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style")):
        text = _without(text, begin, end)
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


def _without(text: str, begin: str, end: str) -> str:
    """Return `text` without what lies between `begin` and the next `end`; linear."""
    kept, position = [], 0
    while (start := text.find(begin, position)) >= 0 and (stop := text.find(end, start)) >= 0:
        kept.append(text[position:start])
        position = stop + len(end)
    return "".join([*kept, text[position:]]) if kept else text


def _check_depth(made: str) -> None:
    """Refuse a cleaned text that is nested too deeply for those who read it."""
    depth = 0
    for match in _WRITTEN.finditer(made):
        if match[2] in _VOID:
            continue
        depth += -1 if match[1] else 1
        if depth > MAX_DEPTH:
            raise HtmlRefused(f"The HTML is nested more than {MAX_DEPTH} levels deep")
