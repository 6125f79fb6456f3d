"""Writes a channel's opening hours, today's date and the time, in the language of the answer.

The same lines stand in the prompt and vouch for the answer, so each is complete by itself: a day with its hours.

Out of scope: holidays, of which a channel's rules know nothing; what an answer makes of the lines (`closures`,
`calendars`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from colonnade.products.dealroom.channels.rules.opening import is_open
from colonnade.products.dealroom.channels.schemas import ChannelRules, OpenPeriod, WeekDay

__all__ = ["WEEK", "Hours", "code_of", "day_names", "describe_times"]

WEEK: Sequence[WeekDay] = get_args(WeekDay)
"""The days from Monday, as a channel's rules name them."""


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
"""Languages that are written in another: Malay, Javanese and Sundanese."""


class Hours(Struct, frozen=True):
    """A channel's rules, and the moment at which an answer is written."""

    rules: ChannelRules
    moment: datetime


def code_of(language: str | None) -> str:
    """Return the language in which times are written: none is Indonesian, one that is not known here English."""
    code = (language or "id").split("-", 1)[0].lower()
    return _RELATED.get(code, code if code in _LANGUAGES else "en")


def day_names(code: str) -> Sequence[str]:
    """Return the names of the days from Monday, in one of the languages of `code_of`."""
    return _LANGUAGES[code].days


def describe_times(language: str | None, hours: Hours) -> list[str]:
    """Return the hours of each day, the date and the time; nothing for a channel whose zone is not known.

    `language` is a BCP 47 tag; one that is not known here is written in English, and none is Indonesian.
    """
    rules, code = hours.rules, code_of(language)
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
    days = [_day(code, at, rules.opening_hours) for at in range(len(WEEK))]
    return [*days, today, words.now_open if is_open(rules, hours.moment) else words.now_closed]


def _day(code: str, at: int, periods: Sequence[OpenPeriod]) -> str:
    words, name = _LANGUAGES[code], _LANGUAGES[code].days[at]
    spans = sorted((one.opens, one.closes) for one in periods if one.day == WEEK[at])
    if not spans:
        return words.closed.format(day=name)
    hours = _AND[code].join(_BETWEEN[code].format(opens=opens, closes=closes) for opens, closes in spans)
    return words.open.format(day=name, hours=hours)
