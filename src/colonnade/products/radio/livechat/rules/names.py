"""Which names guests may not have: those that look like the station's, an office's or a member of staff's.

Names are compared by their skeletons (UTS #39), and transliterated to Latin letters, so that neither letters of another
script nor another script altogether gets past; with digits for letters and without digits, with what is put between
letters left out and as the end of a word, and with capitals that begin a word (`AdminRadio`).

Out of scope: names that only remind of somebody, as those of people who are called Elshaddai; languages other than the
station's, beyond the words below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from anyascii import anyascii

from colonnade.kernel.core import normalized
from colonnade.kernel.text import skeleton

__all__ = ["STATION_NAME", "imitates"]

STATION_NAME = "El Shaddai FM"
SHORT_STATION_NAME = "El Shaddai"
OFFICES = (
    "admin", "staff", "staf", "official", "sistem", "system",
)  # fmt: skip
"""Words that names of people may contain (Adminah, Mustafa): refused as a word, and among `COMPANIONS`."""
CLEAR_OFFICES = (
    "administrator", "moderator", "penyiar", "editor", "operator", "webmaster", "pengelola", "redaksi",
)  # fmt: skip
"""Words that no name contains. The roles of the product are here or above."""
OFFICES_ELSEWHERE = (
    "管理员",
    "管理員",
    "管理者",
    "管理人",
    "版主",
    "アドミン",
    "モデレーター",
    "관리자",
    "운영자",
    "مشرف",
    "مدير",
)
COMPANIONS = (
    "radio", "fm", "super", "main", "web", "chat", "live", "studio", "on", "air", "siaran", "tim", "team", "the",
    "real", "asli", "resmi", "head", "chief", "bot", "id", "pak", "bu", "kak", "mas", "mbak", "bang", "si", "sang", "x",
)  # fmt: skip
"""What is put beside an office without a space, or beside the station's name."""
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_WORD = re.compile(r"[^\W\d_]+")
_NO_LETTER = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
_DIGITS_BEHIND = re.compile(r"(?<=[^\W\d_])\d+(?![^\W_])")
_DIGITS_BEFORE = re.compile(r"(?<![^\W_])\d+(?=[^\W\d_])")


def imitates(name: str, staff: Iterable[str]) -> bool:
    """Return whether a guest's name looks like the station's, an office or one of the names of `staff`.

    Of staff with one name only that very name is refused, of others also what contains the whole of it.
    """
    read = {each for variant in _variants(name) for each in _readings(variant)}
    whole = {_squeezed(each) for each in read}
    words = {word for each in read for word in _WORD.findall(each)}
    if _contained(STATION_NAME, whole) or any(_contained(office, whole) for office in OFFICES_ELSEWHERE):
        return True
    if any(_contained(office, words) for office in CLEAR_OFFICES):
        return True
    if any(_pattern(*OFFICES).fullmatch(word) for word in words):
        return True
    # A letter at a time, as in `a d m i n`, is seen in the whole.
    if any(_pattern(*OFFICES, *CLEAR_OFFICES, SHORT_STATION_NAME).fullmatch(each) for each in whole):
        return True
    return any(_is_of(member, whole) for member in staff)


def _contained(text: str, names: set[str]) -> bool:
    seen = _squeezed_readings(text)
    return any(each in one for each in seen for one in names)


def _is_of(member: str, whole: set[str]) -> bool:
    if len(member.split()) < 2:
        return bool(_squeezed_readings(member) & whole)
    return _contained(member, whole)


@cache
def _pattern(*wanted: str) -> re.Pattern[str]:
    """Return the pattern of one of these texts, alone or among companions."""
    beside = _any_of((*COMPANIONS, *OFFICES, SHORT_STATION_NAME))
    return re.compile(f"(?:{beside})*(?:{_any_of(wanted)})(?:{beside})*")


def _any_of(texts: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(each) for text in texts for each in _squeezed_readings(text)}))


def _variants(name: str) -> Iterator[str]:
    """Yield a name as it is, and without what may have been put into it: digits, marks, capitals in place of spaces."""
    text = normalized("NFKC", name)
    apart = _NO_LETTER.sub(" ", text)
    # A digit stands for a letter in the middle of a word (`adm1n`), and for nothing at its end (`Admin1`).
    behind = _DIGITS_BEHIND.sub("", apart)
    yield from {text, apart, behind, _DIGITS_BEFORE.sub("", apart), _DIGITS_BEFORE.sub("", behind)}
    without = _DIGITS.sub(" ", apart)
    yield from {without, _with_spaces(without), _with_spaces(behind)}


def _with_spaces(text: str) -> str:
    """Return `text` with a space before each capital that follows a small letter."""
    pairs = zip(text, f" {text}", strict=False)
    return "".join(f" {each}" if each.isupper() and before.islower() else each for each, before in pairs)


@lru_cache(maxsize=1024)
def _squeezed_readings(text: str) -> frozenset[str]:
    return frozenset(map(_squeezed, _readings(text)))


@lru_cache(maxsize=1024)
def _readings(text: str) -> frozenset[str]:
    """Return what a text can be read as, in small letters."""
    spellings = {
        text,
        text.casefold(),
        text.casefold().translate(_LEET),
        anyascii(text),
        anyascii(text).casefold(),
    }
    spellings |= {each.upper() for each in spellings}
    return frozenset(skeleton(each).casefold() for each in spellings)


def _squeezed(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
