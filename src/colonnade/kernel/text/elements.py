"""Names of elements and attributes, by which a tag is told from a text in angle brackets."""

from __future__ import annotations

import re

__all__ = ["is_element", "is_flag"]

_HTML = frozenset(
    re.findall(
        "[a-z0-9]+",
        """
        a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite
        code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure
        footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link
        main map mark math menu meta meter nav noscript object ol optgroup option output p picture pre progress
        q rp rt ruby s samp script search section select slot small source span strong style sub summary sup svg
        table tbody td template textarea tfoot th thead time title tr track u ul var video wbr
        """,
    )
)
"""The elements of HTML (WHATWG, index of elements), and the two that hold other languages."""
_OBSOLETE = frozenset(
    re.findall(
        "[a-z0-9]+",
        """
        acronym applet basefont bgsound big blink center dir font frame frameset isindex keygen listing marquee
        menuitem multicol nextid nobr noembed noframes param plaintext rb rtc spacer strike tt xmp
        """,
    )
)
"""Elements of earlier HTML (16.2), which pasted texts still have."""
_OFFICE = re.compile(r"(?:m|o|p|st1|u1|v|w|x):[a-z][a-z0-9]*")
"""Elements of Word, Excel and PowerPoint, which come with what is copied from there."""

_FLAGS = frozenset(
    re.findall(
        "[a-z]+",
        """
        allowfullscreen allowusermedia async autofocus autoplay checked compact contenteditable controls crossorigin
        declare default defer disabled download draggable formnovalidate hidden inert ismap itemscope loop multiple
        muted nohref nomodule noresize noshade novalidate nowrap open playsinline popover readonly required reversed
        sandbox scoped seamless selected sortable spellcheck translate

        alt class height href id lang name src style title value width
        """,
    )
)
"""Attributes without a value (HTML, 2.3.2, and earlier HTML), and those whose empty value editors leave out."""
_LIBRARIES = re.compile(r"(?:aria|data|ng|v|x)-[a-z0-9-]+")


def is_flag(name: str) -> bool:
    """Return whether an attribute of this name (lower case) can stand in a tag without a value."""
    return name in _FLAGS or _LIBRARIES.fullmatch(name) is not None


def is_element(name: str) -> bool:
    """Return whether a tag of this name (lower case) is markup; what has another one is a text."""
    return name in _HTML or name in _OBSOLETE or _OFFICE.fullmatch(name) is not None
