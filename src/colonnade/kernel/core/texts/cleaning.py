"""Cleans what people typed: composed, without what nobody can see, with what a script or an emoji needs.

Removed are control characters, bidirectional embeddings, overrides and isolates (UAX 9), fillers, zero-width characters
where they join, separate or vary nothing, and of a pile of combining marks those above 30 (see `normalising`).

Out of scope: looking alike (`A` of another script).
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from colonnade.kernel.core.texts.normalising import normalized

__all__ = ["clean_figures", "clean_line", "clean_words", "is_blank", "without_unseen"]

_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Runs of characters that show nothing by themselves; `_kept` says which of them stay."""
_JOINERS = "\u200c\u200d"
_ZERO_WIDTH_SPACE = "\u200b"
_MARKS = "\u200e\u200f\u061c"
_BLANK_BRAILLE = "\u2800"
_BLACK_FLAG = "\U0001f3f4"
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0e80-\u0fff\u1000-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff"
    "\ufe70-\ufefe\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
"""Letters of scripts in which joiners shape words: Arabic to Indic, Tibetan, Burmese, Khmer, Mongolian, Adlam."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf]")
"""Letters of scripts without spaces in which a zero-width one ends a word: Thai, Lao, Burmese, Khmer, Tai."""
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_MONGOLIAN = re.compile("[\u1820-\u18af]")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and symbols that show nothing."""
_SHOWING_NOTHING = frozenset({"Cc", "Cf", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"})
"""General categories of what is not visible by itself; a combining mark needs a base."""


def is_blank(text: str) -> bool:
    """Return whether `text` has no visible character."""
    return all(
        character in _FILLERS or unicodedata.category(character) in _SHOWING_NOTHING for character in text
    )


def clean_line(text: str) -> str:
    """Return `text` as one line: composed (NFC), single spaces, nothing that cannot be seen."""
    cleaned = " ".join(without_unseen(text).split())
    return "" if is_blank(cleaned) else cleaned


_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def clean_figures(text: str) -> str:
    """Return `text`, a line of figures, in ASCII: full-width forms, digits of any script, hyphens and minus signs."""
    if text.isascii():
        return clean_line(text)
    text = normalized("NFKC", clean_line(text)).translate(_HYPHENS)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)


def clean_words(text: str) -> str:
    """Return `text` composed (NFC), its lines divided by `\\n`, without outer space and what cannot be seen."""
    cleaned = without_unseen(text).strip()
    return "" if is_blank(cleaned) else cleaned


def without_unseen(text: str) -> str:
    """Return `text` composed (NFC), its lines divided by `\\n`, without what cannot be seen."""
    return _shown(_BREAK.sub("\n", text))


def _shown(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = normalized("NFC", text)
    marked = any(mark in text for mark in _MARKS) and _RIGHT_TO_LEFT.search(text) is not None
    seen = _HIDDEN.sub(partial(_kept, marked=marked), text)
    # What was removed may have stood between a letter and its accent, or have parted a pile of them.
    return seen if len(seen) == len(text) else normalized("NFC", seen)


def _kept(run: re.Match[str], *, marked: bool) -> str:
    """Return those characters of a run that something beside them needs; with `marked`, directional marks stay."""
    text, (start, end) = run.string, run.span()
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    kept = ""
    for character in run[0]:
        if (marked and not kept and character in _MARKS) or _is_needed(character, before, after, kept):
            kept += character
        elif character == _BLANK_BRAILLE:
            kept += " "
    return kept


def _is_needed(character: str, before: str, after: str, kept: str) -> bool:
    """Return whether `character` shapes the visible character `before` it, of which `kept` is left, or `after` it."""
    if character in _JOINERS:
        if kept and kept[-1] in _JOINERS:
            return False
        if _JOINING.match(before):
            return True
        return character == "\u200d" and _is_emoji(before) and _is_emoji(after)
    if character == _ZERO_WIDTH_SPACE:
        return not kept and bool(_UNSPACED.match(before) and _UNSPACED.match(after))
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return not kept and before > " " and not before.isspace()
    if "\U000e0020" <= character <= "\U000e007f":
        return before == _BLACK_FLAG and len(kept) < 8
    return (
        "\u180b" <= character <= "\u180f"
        and character != "\u180e"
        and not kept
        and _MONGOLIAN.match(before) is not None
    )


def _is_emoji(character: str) -> bool:
    return bool(character) and (
        unicodedata.category(character) == "So" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
