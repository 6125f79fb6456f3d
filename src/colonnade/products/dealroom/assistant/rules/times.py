"""Writes a channel's opening hours, today's date and the time, in the language of the answer.

The same lines stand in the prompt and vouch for the answer, so each is complete by itself: a day with its hours. The
name of a day on which nobody is there vouches for nothing, unless the answer says just that.

Out of scope: holidays, of which a channel's rules know nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.channels.rules.opening import is_open
from colonnade.products.dealroom.channels.schemas import ChannelRules, OpenPeriod, WeekDay

__all__ = ["Hours", "describe_times", "find_wrong_times", "vouching_times"]

_DAYS: Sequence[WeekDay] = get_args(WeekDay)


class _Words(Struct, frozen=True):
    """The words of a language: days from Monday, months from January, and the sentences."""

    days: Sequence[str]
    months: Sequence[str]
    open: str
    closed: str
    today: str
    now_open: str
    now_closed: str


def _words(days: str, months: str, *sentences: str) -> _Words:
    return _Words(days.split(), months.split(), *sentences)


_LANGUAGES: Mapping[str, _Words] = {
    "en": _words(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "January February March April May June July August September October November December",
        "{day} open from {hours}",
        "{day} closed",
        "Today is {day}, {date} {month} {year}, and it is {time} now. Tomorrow is {tomorrow}.",
        "We are open now.",
        "We are closed now.",
    ),
    "id": _words(
        "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
        "{day} buka pukul {hours}",
        "{day} tutup",
        "Hari ini {day}, {date} {month} {year}, sekarang pukul {time}. Besok {tomorrow}.",
        "Sekarang kami buka.",
        "Sekarang kami tutup.",
    ),
    "pt": _words(
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "{day} aberto das {hours}",
        "{day} fechado",
        "Hoje é {day}, {date} de {month} de {year}, e agora são {time}. Amanhã é {tomorrow}.",
        "Estamos abertos agora.",
        "Estamos fechados agora.",
    ),
    "es": _words(
        "lunes martes miércoles jueves viernes sábado domingo",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "{day} abierto de {hours}",
        "{day} cerrado",
        "Hoy es {day}, {date} de {month} de {year}, y ahora son las {time}. Mañana es {tomorrow}.",
        "Estamos abiertos ahora.",
        "Estamos cerrados ahora.",
    ),
    "fr": _words(
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "{day} ouvert de {hours}",
        "{day} fermé",
        "Aujourd'hui, nous sommes le {day} {date} {month} {year}, et il est {time}. Demain, c'est {tomorrow}.",
        "Nous sommes ouverts maintenant.",
        "Nous sommes fermés maintenant.",
    ),
    "ar": _words(
        "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "{day} مفتوح من {hours}",
        "{day} مغلق",
        "اليوم {day} {date} {month} {year}، والساعة الآن {time}. غدا {tomorrow}.",
        "نحن مفتوحون الآن.",
        "نحن مغلقون الآن.",
    ),
}
_BETWEEN = {
    "en": "{opens} to {closes}",
    "id": "{opens} sampai {closes}",
    "pt": "{opens} às {closes}",
    "es": "{opens} a {closes}",
    "fr": "{opens} à {closes}",
    "ar": "{opens} إلى {closes}",
}
_AND = {"en": " and ", "id": " dan ", "pt": " e das ", "es": " y de ", "fr": " et de ", "ar": " و "}
_RELATED = {"ms": "id", "jv": "id", "su": "id"}


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


class Hours(Struct, frozen=True):
    """A channel's rules, and the moment at which an answer is written."""

    rules: ChannelRules
    moment: datetime


class _Said(Struct, frozen=True):
    """A part of a sentence: whether it says open, closed, or denies, and whether its sentence says the latter two."""

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
    code, local = _code(language), hours.moment.astimezone(ZoneInfo(rules.time_zone))
    open_days = {_DAYS.index(one.day) for one in rules.opening_hours}
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
    rules, code = hours.rules, _code(language)
    lines = describe_times(language, hours)
    if rules.opening_hours is None:
        return lines
    open_days = {_DAYS.index(one.day) for one in rules.opening_hours}
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
    name = fold(_LANGUAGES[code].days[at]).split()[0]
    return rf"{name}s?"


def _has(folded: str, words: str) -> bool:
    return re.search(rf"(?<!\w)(?:{words})(?!\w)", folded) is not None


def _found(text: str, words: str) -> str:
    found = re.search(rf"(?<!\w)(?:{words})(?!\w)", fold(text))
    return found[0] if found else "?"


def _code(language: str | None) -> str:
    """Return the language in which times are written: none is Indonesian, one that is not known here English."""
    code = (language or "id").split("-", 1)[0].lower()
    return _RELATED.get(code, code if code in _LANGUAGES else "en")


def describe_times(language: str | None, hours: Hours) -> list[str]:
    """Return the hours of each day, the date and the time; nothing for a channel whose zone is not known.

    `language` is a BCP 47 tag; one that is not known here is written in English, and none is Indonesian.
    """
    rules, code = hours.rules, _code(language)
    if rules.time_zone is None:
        return []
    words = _LANGUAGES[code]
    local = hours.moment.astimezone(ZoneInfo(rules.time_zone))
    today = words.today.format(
        day=words.days[local.weekday()],
        date=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        time=f"{local:%H:%M}",
        tomorrow=words.days[(local.weekday() + 1) % 7],
    )
    if rules.opening_hours is None:
        return [today]
    days = [_day(code, at, rules.opening_hours) for at in range(len(_DAYS))]
    return [*days, today, words.now_open if is_open(rules, hours.moment) else words.now_closed]


def _day(code: str, at: int, periods: Sequence[OpenPeriod]) -> str:
    words, name = _LANGUAGES[code], _LANGUAGES[code].days[at]
    spans = sorted((one.opens, one.closes) for one in periods if one.day == _DAYS[at])
    if not spans:
        return words.closed.format(day=name)
    hours = _AND[code].join(_BETWEEN[code].format(opens=opens, closes=closes) for opens, closes in spans)
    return words.open.format(day=name, hours=hours)
