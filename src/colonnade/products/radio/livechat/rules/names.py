"""Which names guests may not have: those that look like the station's, an office's or a member of staff's.

Names are compared by their skeletons (UTS #39), and transliterated to Latin letters, so that neither letters of another
script nor another script altogether gets past; with digits for letters, and with what is put between letters left out.

Out of scope: names that only remind of somebody; languages other than the station's, beyond the words below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii

from colonnade.kernel.text import skeleton

__all__ = ["STATION_NAME", "imitates"]

STATION_NAME = "El Shaddai FM"
OFFICES = (
    "admin", "administrator", "moderator", "staff", "staf", "penyiar", "operator", "official", "sistem",
    "system", "webmaster", "pengelola", "redaksi",
)  # fmt: skip
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
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_WORD = re.compile(r"[^\W\d_]+")


def imitates(name: str, staff: Iterable[str]) -> bool:
    """Return whether a guest's name looks like the station's, an office or one of the names of `staff`.

    Of staff with one name only that very name is refused, of others also what contains the whole of it.
    """
    read = _readings(name)
    whole = {_squeezed(each) for each in read}
    words = {word for each in read for word in _WORD.findall(each)}
    # A letter at a time, as in `a d m i n`, and what follows an office, as in `admin2`.
    if any(_squeezed(each) in one for each in _readings(STATION_NAME) for one in whole):
        return True
    for office in (*OFFICES, *OFFICES_ELSEWHERE):
        seen = {_squeezed(each) for each in _readings(office)}
        if seen & whole or seen & words:
            return True
        if office in OFFICES_ELSEWHERE and any(each in one for each in seen for one in whole):
            return True
        if any(one.startswith(each) and not one[len(each) :].isalpha() for each in seen for one in whole):
            return True
    return any(_is_of(member, whole) for member in staff)


def _is_of(member: str, whole: set[str]) -> bool:
    seen = {_squeezed(each) for each in _readings(member)}
    if len(member.split()) < 2:
        return bool(seen & whole)
    return any(each in one for each in seen for one in whole)


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
