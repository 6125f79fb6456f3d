"""Finds what an answer says of opening hours that is not so: open on a day on which nobody is there, or now, or daily.

It knows the language and a channel's rules only, and looks for words; times of day are compared in `calendars`.

Out of scope: the lines of a prompt that say when somebody is there (`times`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.rules.times import WEEK, Hours, code_of, day_names, describe_times
from colonnade.products.dealroom.channels.rules.opening import is_open

__all__ = ["find_wrong_times", "vouching_times"]

# How an answer says that somebody is there, that nobody is, and that something is not so; folded.
_OPEN = {
    "en": r"open\w*",
    "id": r"buka|membuka|dibuka",
    "pt": r"abr\w+|abert\w+|funciona\w*|atende\w*",
    "es": r"abr\w+|abiert\w+|atende\w*|atiende\w*",
    "fr": r"ouvr\w+|ouvert\w*",
    "ar": r"مفتوح\w*|[نيت]فتح\w*|فاتح\w*",
}
_CLOSED = {
    "en": r"clos\w+|shut",
    "id": r"tutup|libur",
    "pt": r"fecha\w*|fecho",
    "es": r"cerr\w+|cierr\w+",
    "fr": r"ferm\w+",
    "ar": r"مغلق\w*|[نيت]غلق\w*|عطله|اجازه",
}
_NOT = {
    "en": r"not|\w+n't|no|never|except",
    "id": r"tidak|nggak|enggak|gak|ga|tak|kecuali",
    "pt": r"nao|nunca|exceto|menos",
    "es": r"no|nunca|excepto|salvo|menos",
    "fr": r"pas|jamais|sauf",
    "ar": r"لا|ليس\w*|لسنا|عدا|الا",
}
_NOW = {
    "en": r"now|right now|currently",
    "id": r"sekarang|saat ini",
    "pt": r"agora",
    "es": r"ahora",
    "fr": r"maintenant|actuellement",
    "ar": r"الان|حاليا",
}
_EVERY = {
    "en": r"every ?day|daily|all week|seven days|7 days",
    "id": r"setiap hari|tiap hari|7 hari",
    "pt": r"todos os dias|todo dia|diariamente",
    "es": r"todos los dias|cada dia|diariamente",
    "fr": r"tous les jours|chaque jour|7j",
    "ar": r"كل يوم|يوميا|كل الايام",
}
_NEAR = {
    "en": ("today", "tomorrow"),
    "id": ("hari ini", "besok"),
    "pt": ("hoje", "amanha"),
    "es": ("hoy", "manana"),
    "fr": ("aujourd'hui", "demain"),
    "ar": ("اليوم", "غدا"),
}
_SENTENCES = re.compile(r"(?:[!?;\n]|\.(?!\d))+")
_PARTS = re.compile(r"[,،]|:(?!\d)|\b(?:but|tapi|mas|pero|mais)\b|\bلكن\b")


class _Said(Struct, frozen=True):
    """A part of a sentence: whether it says open, closed, or denies, and whether its sentence says closed or denies."""

    text: str
    opens: bool
    closes: bool
    denies: bool
    sentence_closes: bool

    @property
    def is_closed(self) -> bool:
        """Return whether the part says that nobody is there."""
        return (self.closes or self.denies) if self.opens else self.sentence_closes


def find_wrong_times(text: str, language: str | None, hours: Hours) -> list[str]:
    """Return reasons for what a text says of opening hours that is not so: of a day, of now, of every day."""
    rules = hours.rules
    if rules.time_zone is None or rules.opening_hours is None:
        return []
    code, local = code_of(language), hours.moment.astimezone(ZoneInfo(rules.time_zone))
    open_days = {WEEK.index(one.day) for one in rules.opening_hours}
    found = []
    for said in _parts(text, code):
        named = [(at, word) for at in range(7) for word in [_names(code, at)] if _has(said.text, word)]
        near = _NEAR[code]
        named += [
            ((local.weekday() + later) % 7, word) for later, word in enumerate(near) if _has(said.text, word)
        ]
        if said.opens and not said.is_closed:
            found += [word for at, word in named if at not in open_days]
            if len(open_days) < 7 and _has(said.text, _EVERY[code]):
                found.append(_EVERY[code])
        if _has(said.text, _NOW[code]) and (said.opens or said.closes):
            says_open = said.opens is not said.denies if said.opens else said.denies
            if says_open is not is_open(rules, hours.moment):
                found.append(_NOW[code])
    return [f"HOURS_UNKNOWN: {_found(text, word)}" for word in dict.fromkeys(found)]


def vouching_times(text: str, language: str | None, hours: Hours) -> list[str]:
    """Return the lines of `describe_times` that may vouch for a text: of a closed day, if it is said to be closed."""
    rules, code = hours.rules, code_of(language)
    lines = describe_times(language, hours)
    if rules.opening_hours is None:
        return lines
    open_days = {WEEK.index(one.day) for one in rules.opening_hours}
    parts = list(_parts(text, code))
    wrong = {
        at
        for at in range(7)
        if at not in open_days
        and not all(said.is_closed for said in parts if _has(said.text, _names(code, at)))
    }
    return [line for at, line in enumerate(lines) if at not in wrong]


def _parts(text: str, code: str) -> Iterator[_Said]:
    for sentence in _SENTENCES.split(text[:4096]):
        folded = fold(sentence)
        closes = _has(folded, f"{_CLOSED[code]}|{_NOT[code]}")
        for part in _PARTS.split(folded):
            opens, closed, denied = (_has(part, one[code]) for one in (_OPEN, _CLOSED, _NOT))
            yield _Said(part, opens, closed, denied, closes)


def _names(code: str, at: int) -> str:
    """Return the pattern of a day's name, which may be in the plural, or shortened before its dash."""
    name = fold(day_names(code)[at]).split()[0]
    return rf"{name}s?"


def _has(folded: str, words: str) -> bool:
    return re.search(rf"(?<!\w)(?:{words})(?!\w)", folded) is not None


def _found(text: str, words: str) -> str:
    found = re.search(rf"(?<!\w)(?:{words})(?!\w)", fold(text))
    return found[0] if found else "?"
