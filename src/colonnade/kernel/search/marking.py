"""Snippets: the parts of a text in which the words were found, as HTML with `<mark>` and everything else encoded."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from heapq import merge

from colonnade.kernel.search.folding import fold

__all__ = ["mark_snippet"]

EXAMINED_CHARACTERS = 8_000
"""Of each text, so that a page of long ones stays cheap; words that come later are found, but not shown."""
FRAGMENTS = 2
FRAGMENT_CHARACTERS = 160
LEAD_CHARACTERS = 40
WORD_CHARACTERS = 100
"""The longest word that can be typed."""

_JOINTS = "'’‘ʼ`´./@_&+:,#‐‑‒−-"
_SPACE = (
    r"\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab\xac\xae-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u200a\u2010-\u2029"
    r"\u202f-\u205f\u2190-\u25ff\u27c0-\u2bff\u3000-\u3004\u3008-\u3020\u3030\uff01-\uff0f"
)
_PICTURE = "\u2600-\u27bf\ufe00-\ufe0f\u200d\U0001f000-\U0001faff"
_RUN = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\ud7ff"
    f"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff{_PICTURE}"
)
_UNSPACED = re.compile(f"[{_RUN}]")
_TOKEN = re.compile(rf"[^{_SPACE}]+(?:[{re.escape(_JOINTS)}]{{1,3}}[^{_SPACE}]+)*")
_PART = re.compile(rf"[{_RUN}]+|[^{_SPACE}{_RUN}]+")
_NUMBER = re.compile(r"\d(?:[ \xa0()./\u2010-\u2015-]{0,3}\d){5,24}")
_JOINT = str.maketrans("", "", "'./@_&+:,#-")
_MARKS_ELSEWHERE = (
    ("’", "'"),
    ("‘", "'"),
    ("“", " "),
    ("”", " "),
    ("…", " "),
    ("–", " "),
    ("—", " "),
    ("\xa0", " "),
)
"""Marks in texts whose letters are all of ASCII, and what is as long and means the same here."""
_PARTED = {code: " " for code in range(128) if not chr(code).isalnum()}
_CLOSED = {code: None if chr(code) in "'`./@_&+:,#-" else " " for code in _PARTED}
FEW_WORDS = 16
"""Up to so many, each is looked for by itself; more, and each word of the text is looked up among them."""


def mark_snippet(text: str, marks: Collection[str]) -> str:
    """Return up to two parts of `text` around its words in `marks` (folded), or its beginning."""
    examined = text[:EXAMINED_CHARACTERS]
    words = {word for word in marks if not word.startswith("#")}
    ends = tuple(word[1:] for word in marks if word.startswith("#"))
    fragments: list[tuple[int, int, list[tuple[int, int]]]] = []
    for start, end in _spans(examined, words, ends):
        if fragments and end <= fragments[-1][1]:
            fragments[-1][2].append((start, end))
        elif len(fragments) == FRAGMENTS:
            break
        else:
            earliest = fragments[-1][1] if fragments else 0
            begin = _word_before(examined, max(start - LEAD_CHARACTERS, earliest), start)
            fragments.append((begin, max(end, begin + FRAGMENT_CHARACTERS), [(start, end)]))
    if not fragments:
        fragments.append((0, FRAGMENT_CHARACTERS, []))
    shown = [_marked(text, begin, min(end, len(text)), found) for begin, end, found in fragments]
    return " … ".join(part for part in shown if part)


def _spans(text: str, words: set[str], ends: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where words of `words` are, in order, and numbers that end like one of `ends`."""
    found = _few_spans(text, words) if len(words) <= FEW_WORDS else None
    if found is None:
        found = _token_spans(text, words)
    if not ends:
        return found
    numbers = (
        match.span() for match in _NUMBER.finditer(text) if fold(re.sub(r"\D", "", match[0])).endswith(ends)
    )
    return _apart(merge(numbers, found))


def _apart(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield those that begin behind the end of the one before."""
    position = 0
    for start, end in spans:
        if start >= position:
            yield start, end
            position = end


def _few_spans(text: str, words: set[str]) -> Iterator[tuple[int, int]] | None:
    """Return where a few words are, looked for one by one; None if each token of `text` must be looked at.

    That is so if it has letters that are not of ASCII, or one of the words with marks inside and nowhere without.
    """
    simple = text.lower()
    if not simple.isascii():
        for mark, meant in _MARKS_ELSEWHERE:
            simple = simple.replace(mark, meant)
        if not simple.isascii():
            return None
    parted, closed = f" {simple.translate(_PARTED)} ", f" {simple.translate(_CLOSED)} "
    if any(f" {word} " in closed and f" {word} " not in parted for word in words):
        return None
    return merge(*(_places(parted, word) for word in words))


def _places(parted: str, word: str) -> Iterator[tuple[int, int]]:
    place = parted.find(f" {word} ")
    while place >= 0:
        yield place, place + len(word)
        place = parted.find(f" {word} ", place + 1)


def _token_spans(text: str, words: set[str]) -> Iterator[tuple[int, int]]:
    """Yield where the words are in any text."""
    runs = [word for word in words if _UNSPACED.match(word)]
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isascii() and token.isalnum():  # nearly all
            if token.lower() in words:
                yield match.span()
            continue
        if len(token) <= WORD_CHARACTERS and fold(token).translate(_JOINT) in words:
            yield match.span()
            continue
        for part in _PART.finditer(token):
            start = match.start() + part.start()
            if len(part[0]) > WORD_CHARACTERS and not (runs and _UNSPACED.search(part[0])):
                continue
            folded = fold(part[0])
            if folded.replace("'", "") in words:
                yield start, start + len(part[0])
            elif runs:
                yield from _run_spans(part[0], folded, runs, start)


def _run_spans(part: str, folded: str, runs: list[str], start: int) -> Iterator[tuple[int, int]]:
    """Yield where the runs are in a part that is written without spaces; all of it, if folding changed its length."""
    position = 0
    while position < len(folded):
        found = next((run for run in runs if folded.startswith(run, position)), None)
        if found is None:
            position += 1
        elif len(folded) != len(part):
            yield start, start + len(part)
            return
        else:
            yield start + position, start + position + len(found)
            position += len(found)


def _word_before(text: str, earliest: int, start: int) -> int:
    """Return the beginning of the first word at or behind `earliest`, at most `start`."""
    if earliest == 0:
        return 0
    space = text.find(" ", earliest, start)
    return earliest if space < 0 else space + 1


def _marked(text: str, begin: int, end: int, found: list[tuple[int, int]]) -> str:
    if end < len(text):
        space = text.rfind(" ", max((last for _, last in found), default=begin), end)
        end = end if space < 0 else space
    pieces, position = [], begin
    for start, last in found:
        pieces += [_encoded(text[position:start]), "<mark>", _encoded(text[start:last]), "</mark>"]
        position = last
    pieces.append(_encoded(text[position:end]))
    return " ".join("".join(pieces).split())


def _encoded(text: str) -> str:
    return html.escape(text, quote=False) if "&" in text or "<" in text or ">" in text else text
