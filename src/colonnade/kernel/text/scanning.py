"""Looks at HTML before it is parsed: what is no markup is escaped, and what is there is counted.

It stands in front of the parser for the sake of what people wrote, not of safety: where it takes for a tag what the
parser takes for something else, a text is shown less well, and nothing gets past the parser. All of it is linear.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from colonnade.kernel.text.elements import is_element, is_flag

__all__ = ["Found", "prepare"]

_SPACE = r"\t\n\f\r "
_NOT_MARKUP = re.compile(r"<(?![a-zA-Z/!?])")
_NAME = re.compile(rf"<(/?)([a-zA-Z][^{_SPACE}/>]{{0,30}}+)(?=[{_SPACE}/>])")
_END = re.compile(rf"""(?:[^>=]++|=[{_SPACE}]*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+>""")
_ATTRIBUTE = re.compile(
    rf"""([^{_SPACE}/>=][^{_SPACE}/>=]*+)(?:[{_SPACE}]*+=[{_SPACE}]*+(?:"[^"]*+"|'[^']*+'|[^{_SPACE}>]*+))?+"""
)
_BARE = re.compile(rf"[{_SPACE}/]*+([^{_SPACE}/>=]*+)(?=([{_SPACE}]*+=)?)")
"""The next attribute of a tag, or nothing, and whether a value follows."""
_SRC = re.compile(
    rf"""[{_SPACE}/"'](?i:src)[{_SPACE}]*+=[{_SPACE}]*+(?:"([^"]*+)"|'([^']*+)'|([^{_SPACE}>]*+))"""
)
_COMMENT_END = re.compile(r"--!?>")
_DECLARATION = re.compile(r"<(?:!doctype\b|!\[|/?\?xml\b)[^>]*+>", re.IGNORECASE)
_WITH_CONTENT = frozenset(
    {"iframe", "math", "noembed", "noframes", "script", "style", "svg", "template", "title"}
)
"""Elements that go with what is in them: it is no text of the author's."""
MAX_HOSTS = 20
MAX_ADDRESS_CHARACTERS = 2_000
MAX_UNENDED = 20
"""Tags with a quotation mark that nothing closes, for each of which the text may be searched to its end."""


class Found:
    """What a text has: its `tags`, the `attributes` of those that are kept, its comments, and hosts of its frames."""

    def __init__(self) -> None:
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.comments = 0
        self.hosts: dict[str, None] = {}

    def count(self, name: str, rest: str, kept: frozenset[str]) -> None:
        """Count a start tag, and its attributes, which are in `rest`, if it is `kept`."""
        self.tags[name] += 1
        if name in kept and rest:
            self.attributes.update(
                name
                for each in _ATTRIBUTE.finditer(rest)
                if is_flag(name := each[1].lower()) or each.end() > each.end(1)
            )
        if name == "iframe" and len(self.hosts) < MAX_HOSTS and (source := _SRC.search(rest)):
            self.hosts[_host_of(source[1] or source[2] or source[3] or "")] = None


def _host_of(address: str) -> str:
    """Return the host of an address, which may be without a scheme; nothing for one that has none."""
    try:
        return urlsplit(html.unescape(address[:MAX_ADDRESS_CHARACTERS]).strip()).hostname or ""
    except ValueError:
        return ""


def prepare(text: str, kept: frozenset[str], *, embeds: bool = False) -> tuple[str, Found]:
    """Return `text` with what is no markup escaped, without comments and elements of other languages; and its count.

    Of tags in `kept` the attributes are counted. With `embeds`, `<iframe …></iframe>` becomes `<embed …>`, which has no
    content that parsers could read differently.
    """
    found = Found()
    if "<" not in text:
        return text, found
    return "".join(_pieces(_NOT_MARKUP.sub("&lt;", text), kept, embeds, found)), found


def _pieces(text: str, kept: frozenset[str], embeds: bool, found: Found) -> Iterator[str]:
    position, last, unended = 0, text.rfind(">"), 0
    endless: set[str] = set()
    while (start := text.find("<", position)) >= 0:
        yield text[position:start]
        if start > last:
            yield text[start:].replace("<", "&lt;")
            return
        position = start + 1
        if text.startswith("<!--", start):
            end = None if "--" in endless else _COMMENT_END.search(text, start + 2)
            if end is None:
                endless.add("--")
                yield "&lt;"
            else:
                found.comments += 1
                position = end.end()
            continue
        tag = _NAME.match(text, start)
        if tag is None or not is_element(name := tag[2].lower()):
            declaration = _DECLARATION.match(text, start)
            if declaration is None:
                yield "&lt;"
            else:
                position = declaration.end()
            continue
        if not _is_tag(text, tag.end(), closing=bool(tag[1])):
            yield "&lt;"
            continue
        end_of_tag = _end_of_tag(text, tag.end(), unended)
        if end_of_tag is None:
            unended += 1
            yield "&lt;"
            continue
        position = end_of_tag
        if tag[1]:
            yield "" if name in _WITH_CONTENT else text[start:position]
            continue
        rest = text[tag.end() : position - 1]
        found.count(name, rest, kept)
        if name not in _WITH_CONTENT:
            yield text[start:position] if name != "embed" else ""
            continue
        if embeds and name == "iframe":
            yield f"<embed{rest}>"
        position = _behind(name, text, position, endless)
    yield text[position:]


def _is_tag(text: str, position: int, *, closing: bool) -> bool:
    """Return whether attributes, or the end of the tag, follow its name, which ends at `position`.

    Words do in `if a<b then write to <ann@example.org>`, where a parser would look for the end in the address. The look
    ends at the first that has a value: what it passes are names without one, and no `<`.
    """
    while True:
        each = _BARE.match(text, position)
        assert each is not None  # it matches nothing as well
        if not each[1]:
            return text.startswith(">", each.end())
        if "<" in each[1]:
            return False
        if each[2]:
            return True
        if closing or not is_flag(each[1].lower()):
            return False
        position = each.end()


def _end_of_tag(text: str, position: int, unended: int) -> int | None:
    """Return where the tag ends whose name ends at `position`; None if the end of a value is missing."""
    if unended >= MAX_UNENDED:
        return text.find(">", position) + 1
    whole = _END.match(text, position)
    return None if whole is None else whole.end()


_CLOSING = {name: re.compile(rf"</{name}(?=[{_SPACE}/>])[^<>]*+>", re.IGNORECASE) for name in _WITH_CONTENT}


def _behind(name: str, text: str, position: int, endless: set[str]) -> int:
    """Return where the text goes on behind the end of the element `name`, which begins at `position`."""
    end = None if name in endless else _CLOSING[name].search(text, position)
    if end is not None:
        return end.end()
    endless.add(name)
    # What is no text in any case ends with the text; the others have lost their end.
    return len(text) if name in ("script", "style") else position
