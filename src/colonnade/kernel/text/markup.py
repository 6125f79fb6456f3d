"""Rich text that people send, cleaned before anybody's handler sees it, whatever it costs its sender to write.

A field is declared as HTML in its Struct, and the kernel cleans it when it reads the body, before a transaction begins:

>>> Content = Annotated[str, Meta(max_length=300_000, extra=as_html(RULES))]    # doctest: +SKIP
>>> class PostCreate(RichText, frozen=True):                                     # doctest: +SKIP
...     content: Content

Its client says in `format` whether it is HTML or plain text, and what a handler gets is HTML (docs/adr/0044).

The time of a parser of HTML grows with the square of the depth (html5ever: 300 KB of `<div>` took 34 s), of the
attributes of one tag, and of what nobody has found yet, and it may hold the interpreter's lock meanwhile. So the number
of open tags is bounded before parsing, longer texts are cleaned in a process that is killed at a deadline
(`core.workers`), and the depth of what comes out is bounded for those who read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.texts import label_of
from colonnade.kernel.core.workers import TooCostly, Workers
from colonnade.kernel.text.cleaning import Cleaned, Format, HtmlRules, clean
from colonnade.kernel.text.nesting import HtmlRefused

__all__ = ["HtmlCleaner", "HtmlField", "RichText", "as_html", "html_fields"]

INLINE_CHARACTERS = 2_000
INLINE_TAGS = 60
"""Texts up to this length, with so many tags, are cleaned at once: the worst of them takes some milliseconds."""
CLEAN_SECONDS = 2.0


class RichText(msgspec.Struct, frozen=True, kw_only=True):
    """A body with fields that are HTML."""

    format: Annotated[
        Format,
        Meta(
            description="What the fields that hold HTML are sent as. Of `text`, each paragraph becomes one of HTML."
        ),
    ] = "html"


class HtmlField(NamedTuple):
    """A field that is HTML: the name that clients know, its rules and bounds, and whether it may be null."""

    name: str
    rules: HtmlRules
    nullable: bool
    least: int
    most: int | None


def as_html(rules: HtmlRules) -> dict[str, Any]:
    """Return what declares a field as HTML, for `Meta(extra=…)`. With rules that keep no tags, it is an encoded text.

    The lengths of the field hold for what is sent, and for what is left of it.
    """
    return {"html": rules}


def html_fields(type_: Any, within: frozenset[Any] = frozenset()) -> dict[str, HtmlField]:
    """Return the fields of a Struct that are HTML, by attribute.

    Raise TypeError for HTML inside of a list, a mapping or another Struct, where it would not be cleaned, and for a
    Struct whose client could not say what it sends, because it is no RichText. `within` are the Structs around it.
    """
    try:
        fields = msgspec.structs.fields(type_)
    except TypeError:
        return {}
    found: dict[str, HtmlField] = {}
    for field in fields:
        kinds = _alternatives(field.type)
        for kind in kinds:
            if (meta := _html_of(kind)) is not None:
                rules = meta.extra["html"]  # type: ignore[index]
                least, most = meta.min_length or 0, meta.max_length
                found[field.name] = HtmlField(field.encode_name, rules, NoneType in kinds, least, most)
            elif _holds_html(kind, within | {type_}):
                raise TypeError(
                    f"{type_.__name__}.{field.name}: HTML is a field of a body itself, not within another"
                )
    if found and not within and not issubclass(get_origin(type_) or type_, RichText):
        raise TypeError(f"{type_.__name__} has HTML and is no RichText: its client could not say so")
    return found


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _html_of(hint: Any) -> Meta | None:
    for part in getattr(hint, "__metadata__", ()):
        if isinstance(part, Meta) and part.extra and "html" in part.extra:
            return part
    return None


def _holds_html(hint: Any, within: frozenset[Any]) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint not in within and bool(html_fields(hint, within))
    return any(_html_of(part) is not None or _holds_html(part, within) for part in get_args(hint))


@provided("html")
class HtmlCleaner:
    """Cleans HTML, long texts in `workers`; `embed_hosts` are those whose frames may be kept."""

    def __init__(self, workers: Workers, embed_hosts: Iterable[str] = ()) -> None:
        self._workers = workers
        self._embed_hosts = frozenset(embed_hosts)

    async def clean_fields(
        self, data: Any, fields: Mapping[str, HtmlField], owner: int | str | None = None
    ) -> tuple[Any, list[str]]:
        """Return the Struct `data` with its HTML `fields` (see `html_fields`) cleaned, and what was removed.

        What is no text stays, and what shows nothing is null where that is allowed. `owner` is who sends it: one long
        text of theirs is cleaned at a time. What was removed is a sentence for each field that has lost something.

        Raise Invalid with a sentence for each that cannot be cleaned, or is blank, too short or too long afterwards,
        Unavailable.
        """
        made: dict[str, str | None] = {}
        errors: dict[str, str] = {}
        warnings: list[str] = []
        for attribute, field in fields.items():
            given = getattr(data, attribute)
            if not isinstance(given, str):
                continue
            try:
                cleaned = await self.clean(given, field.rules, owner, data.format)
                made[attribute] = _judged(cleaned, field)
            except HtmlRefused as refused:
                errors[field.name] = str(refused)
            else:
                if cleaned.removed:
                    warnings.append(_told(cleaned, field))
        if errors:
            raise Invalid(fields=errors)
        return (msgspec.structs.replace(data, **made) if made else data), warnings

    async def clean(
        self, text: str, rules: HtmlRules, owner: int | str | None = None, format_: Format = "html"
    ) -> Cleaned:
        """Return `text` without any tag and attribute that `rules` do not keep. Raise HtmlRefused, Unavailable."""
        tags = text.count("<" if format_ == "html" else "\n")
        if len(text) <= INLINE_CHARACTERS and tags <= INLINE_TAGS:
            return clean(text, rules, self._embed_hosts, format_)
        try:
            return await self._workers.run(
                *(clean, text, rules, self._embed_hosts, format_), seconds=CLEAN_SECONDS, owner=owner
            )
        except TooCostly:
            raise HtmlRefused("The HTML is too tangled to be read: send it with fewer tags") from None


def _judged(cleaned: Cleaned, field: HtmlField) -> str | None:
    """Return a cleaned HTML if it may stand in the field, None if it is blank. Raise HtmlRefused.

    Who is refused is told what was removed as well: what is missing was there when they sent it.
    """
    label, html = label_of(field.name), cleaned.html
    if cleaned.blank:
        if field.nullable:
            return None
        fault = f"{label} must not be blank"
    elif len(html) < field.least:
        fault = f"{label} must be at least {field.least} characters"
    elif field.most is not None and len(html) > field.most:
        fault = f"{label} must be at most {field.most} characters, as HTML"
    else:
        return html
    raise HtmlRefused(f"{fault}. {_told(cleaned, field)}" if cleaned.removed else fault)


def _told(cleaned: Cleaned, field: HtmlField) -> str:
    return f"Removed from {field.name}: {cleaned.told}"
