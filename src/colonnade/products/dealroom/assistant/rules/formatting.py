"""Turns the Markdown and HTML of models into what WhatsApp shows: *bold*, _italic_, ~struck~, lists with dashes.

Nothing that is said is lost: a table's rows become lines, a link's address stands behind its words, where it is judged
as any other link.
"""

from __future__ import annotations

import re
from html import unescape

__all__ = ["to_whatsapp"]

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_UNDERLINE = re.compile(r"^(\S.*)\n[ \t]*(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$\n?", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[*+•][ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_BOX = re.compile(r"^([ \t]*-[ \t]+)\[[ xX]\][ \t]+", re.MULTILINE)
_SEPARATOR = re.compile(r"^[ \t]*(?:\|[ \t]*)?:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*(?:\|[ \t]*)?$")
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\(\s*<?([^\s()<>]{1,2000})>?(?:\s+\"[^\"\n]{0,200}\")?\s*\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(\s*<?([^\s()<>]{1,2000})>?(?:\s+\"[^\"\n]{0,200}\")?\s*\)")
_ANGLE = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>")
_BOLD_ITALIC = re.compile(r"\*{3}(?=\S)([^*\n]{1,1000}?)(?<=\S)\*{3}")
_BOLD = re.compile(r"\*\*(?=\S)([^\n]{1,1000}?)(?<=\S)\*\*|(?<!\w)__(?=\S)([^\n]{1,1000}?)(?<=\S)__(?!\w)")
_STRUCK = re.compile(r"~~(?=\S)([^\n]{1,1000}?)(?<=\S)~~")
_CITATION = re.compile(r"【[^【】\n]{0,80}】|\[\^\w{1,20}\]:?")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!~|>-])")
_TAGS = (
    (re.compile(r"<br\s*/?>|</(?:p|div|tr|h[1-6])>", re.IGNORECASE), "\n"),
    (re.compile(r"</?(?:b|strong|h[1-6])>", re.IGNORECASE), "*"),
    (re.compile(r"</?(?:i|em)>", re.IGNORECASE), "_"),
    (re.compile(r"</?(?:s|del|strike)>", re.IGNORECASE), "~"),
    (re.compile(r"<li>", re.IGNORECASE), "- "),
    (re.compile(r"</li>", re.IGNORECASE), "\n"),
    (re.compile(r"</?(?:p|div|span|u|ul|ol|table|tbody|thead|tr|code|pre)>", re.IGNORECASE), ""),
    (re.compile(r"</?t[dh]>", re.IGNORECASE), " "),
)
_MANY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


def to_whatsapp(text: str) -> str:
    """Return `text` as WhatsApp shows it; text without any formatting is returned as it is."""
    text = _from_html(text.replace("\r\n", "\n"))
    text = _CITATION.sub("", _FENCE.sub("", text))
    text = "\n".join(_table_lines(text.split("\n")))
    text = _UNDERLINE.sub(lambda match: f"# {match.group(1)}", text)
    text = _RULE.sub("", text)
    text = _BULLET.sub(r"\1- ", text)
    text = _BOX.sub(r"\1", text)
    text = _IMAGE.sub(_linked, text)
    text = _ANGLE.sub(r"\1", _LINK.sub(_linked, text))
    text = _BOLD_ITALIC.sub(r"*_\1_*", text)
    text = _BOLD.sub(lambda match: f"*{_bare(match.group(1) or match.group(2))}*", text)
    text = _STRUCK.sub(r"~\1~", text)
    text = _HEADING.sub(lambda match: f"*{_bare(match.group(1))}*", text)
    text = _ESCAPED.sub(r"\1", text)
    return _MANY_LINES.sub("\n\n", text).strip()


def _from_html(text: str) -> str:
    if "<" in text:
        for pattern, mark in _TAGS:
            text = pattern.sub(mark, text)
    return unescape(text) if "&" in text else text


def _table_lines(lines: list[str]) -> list[str]:
    """Return the lines with rows of a table as plain ones; a table has a line of dashes below its first row."""
    found: list[str] = []
    inside = False
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if "|" in line and "|" in below and _SEPARATOR.match(below):
            inside = True
            found.append(_row(line))
        elif inside and "|" in line:
            if not _SEPARATOR.match(line):
                found.append(_row(line))
        else:
            inside = False
            found.append(line)
    return found


def _row(line: str) -> str:
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    first, *others = [cell for cell in cells if cell] or [""]
    return f"{first}: {', '.join(others)}" if others else first  # dashes would make ranges of prices


def _linked(match: re.Match[str]) -> str:
    words, address = match.group(1).strip(), match.group(2)
    return address if not words or words == address else f"{words} ({address})"


def _bare(text: str) -> str:
    """Return the words of a bold text without further marks of bold."""
    return text.replace("**", "").strip().strip("*").strip()
