"""Reads times of day as people write them, by the sentence: às 9h, half past five, jam 9 pagi, الساعة 9 صباحا.

A time that its own mark tells (9:00, 10 pm) is read with the other numbers (`roles`). Here the sentence tells: it
speaks of opening, names days, or has two of them with "to" between.

A time up to twelve without a word for the half of the day may be of either: "we close at 5". Its number has the first
of both and is not `marked`.

Out of scope: whose opening hours they are (`openings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.lexicon import Words, phrases_of
from colonnade.products.dealroom.assistant.rules.roles import NIGHTS, TIME, Number
from colonnade.products.dealroom.assistant.rules.tokens import Line, Token
from colonnade.products.dealroom.assistant.rules.words.common import DAYS
from colonnade.products.dealroom.assistant.rules.words.hours import (
    BEFORE_HOUR,
    BEFORE_HOURS,
    BEFORE_OPENING_HOUR,
    DAY_PARTS,
    HALF_PAST,
    HALVES,
    IN_THE_MORNING,
    OPENING,
    UNITS_OF_HOURS,
)

__all__ = ["HALF_A_DAY", "either_half", "with_clocks"]

HALF_A_DAY = 12 * 60
"""Minutes."""
_HALVES = {word: hours for hours, words in HALVES.items() for word in words.split()}
_PARTS = [(phrase, hours) for hours, phrases in DAY_PARTS.items() for phrase in phrases_of(phrases)]
_HALF_PAST, _HOURS = phrases_of(HALF_PAST), phrases_of(UNITS_OF_HOURS)
_BEFORE = frozenset(BEFORE_HOUR.split())
_BEFORE_HOURS = _BEFORE | frozenset(BEFORE_HOURS.split())
_NEAR = _BEFORE_HOURS | frozenset(BEFORE_OPENING_HOUR.split())
_OPENING = Words(OPENING.split())
_OPENS = tuple(IN_THE_MORNING.split())
_LOOK_BACK = 4
"""Tokens before a time in which a verb of opening stands."""
_LOOSE = ("bare", "count", "size", "date", "times")


def either_half(number: Number, before: Sequence[Token] = ()) -> frozenset[Decimal]:
    """Return the minutes of the day that a time may mean; `before` are the tokens in front of it.

    Who "opens at 6" does so in the morning.
    """
    near = list(before[-_LOOK_BACK:])
    since = max((at for at, token in enumerate(near) if token.kind == "number"), default=-1)
    opens = any(token.key.startswith(_OPENS) for token in near[since + 1 :])
    if number.marked or opens:
        return number.values
    return frozenset(one + more for one in number.values for more in (0, HALF_A_DAY))


def with_clocks(
    line: Line, tongue: Tongue, numbers: Sequence[Number], sentence_of: Sequence[int]
) -> list[Number]:
    """Return the numbers of a line, with those that are times of day as such."""
    tokens = line.tokens
    opening = (tongue.opens, tongue.closed, _OPENING)
    counted = {at for one in numbers for at in range(one.start, one.end)}  # "3 hours"
    about = {
        sentence_of[at]
        for at, token in enumerate(tokens)
        if at not in counted and any(token in words for words in opening)
    }
    dated = _dated(tokens, tongue, numbers, sentence_of)
    found: list[Number] = []
    for at, number in enumerate(numbers):
        last = found[-1] if found else None
        if last is not None and last.role == "time" and number.start < last.end:
            continue
        other = numbers[at + 1] if at + 1 < len(numbers) else None
        follows = last is not None and last.role == "time" and number.start - last.end == 1
        sentence = sentence_of[number.start]
        is_near = sentence in about or (sentence in dated and number.linked)
        is_near = is_near or _is_range(tokens, number, other)
        is_near = is_near or (follows and tokens[number.start - 1].key in _NEAR)
        is_thing = _is_thing(tokens, tongue, number)
        found.append((None if is_thing else _time_of(line, number, is_near=is_near)) or number)
    return found


def _dated(
    tokens: Sequence[Token], tongue: Tongue, numbers: Sequence[Number], sentence_of: Sequence[int]
) -> set[int]:
    """Return the sentences with numbers that name days."""
    counted = {sentence_of[one.start] for one in numbers}
    return {
        sentence_of[at]
        for at, token in enumerate(tokens)
        if token.kind == "word" and sentence_of[at] in counted
        if (found := tongue.phrases.find(tokens, at)) is not None and found[1] in DAYS
    }


def _is_thing(tokens: Sequence[Token], tongue: Tongue, number: Number) -> bool:
    """Return whether a number counts what the word behind it names: 6 people; a word needs an hour's ("as duas")."""
    behind = tokens[number.end] if number.end < len(tokens) else None
    if tokens[number.start].kind == "word" and number.role != "time":
        halves = [one for one in _HALF_PAST if _keys(tokens, number.end, len(one)) == one]
        before = tokens[number.start - 1].key if number.start else ""
        is_hour = behind is not None and behind.key in ("o", *(one[0] for one in _HOURS))
        return not (
            halves or is_hour or before in ("past", "setengah") or _half(tokens, number.end)[0] is not None
        )
    if number.role != "count" or behind is None or behind.kind != "word":
        return False
    is_own = behind in tongue.pieces or behind not in tongue.free
    return (
        is_own
        and _half(tokens, number.end)[0] is None
        and (behind.key,) not in _HOURS
        and behind.key not in _NEAR
    )


def _is_range(tokens: Sequence[Token], one: Number, other: Number | None) -> bool:
    """Return whether two numbers are from when to when: 8h-13h, 10 till 5, 10 to 5:30."""
    if other is None or other.start - one.end != 1:
        return False
    link, first, second = tokens[one.end].key, _hour(tokens[one.start]), _hour(tokens[other.start])
    if link not in _NEAR or first is None or second is None or not 5 <= first <= 12 or link == "e":
        return False
    if one.text.lower().endswith("h") and other.text.lower().endswith("h"):
        return second >= 12
    return link in ("till", "until") and {one.role, other.role} <= {"bare", "count", "time"}


def _hour(token: Token) -> int | None:
    return int(token.key) if token.key.isdecimal() and int(token.key) <= 24 else None


def _time_of(line: Line, number: Number, *, is_near: bool) -> Number | None:
    """Return a number as a time of day, if it is one."""
    tokens, at = line.tokens, number.start
    if number.role in ("percent", "order") or not _is_unmarked(number):
        return None
    if number.role == "span" and tokens[number.end - 1].key in NIGHTS:
        return None
    key, before = _shown(number, tokens[at]), tokens[at - 1].key if at else ""
    clock, is_time = TIME.fullmatch(key), number.role == "time"
    if clock:
        hour, minute, is_time = int(clock[1]), int(clock[2]), is_time or ":" in key
    elif key.isdecimal() and int(key) <= 24:
        hour, minute = int(key), 0
    else:
        return None
    is_time = is_time or _is_told(tokens, at, number, is_near=is_near)
    end = at + 1
    glued = tokens[end + 1] if _keys(tokens, end, 1) == ("h",) and end + 1 < len(tokens) else None
    if glued is not None and glued.glued and glued.key.isdecimal() and int(glued.key) < 60:
        minute, end, is_time = int(glued.key), end + 2, True
    else:
        end += next((len(one) for one in _HOURS if _keys(tokens, end, len(one)) == one), 0)
    halved = next((one for one in _HALF_PAST if _keys(tokens, end, len(one)) == one), None)
    if halved and (is_time or is_near):
        minute, end, is_time = 30, end + len(halved), True
    half, after = _half(tokens, end)
    if half is not None and 1 <= hour <= 12:
        is_noon = hour == 11 and tokens[after - 1].key == "siang"
        hour, end, is_time = 11 if is_noon else hour % 12 + half, after, True
    if not is_time:
        return None
    start = at
    if before == "past" and at > 1 and tokens[at - 2].key == "half":
        minute, start = 30, at - 2
    elif before == "setengah":
        hour, minute, start = hour - 1, 30, at - 1
    marked = half is not None or not 1 <= hour <= 12 or key.startswith("0")
    end = max(end, number.end) if number.role == "time" else end
    text = line.text[tokens[start].start : tokens[end - 1].end]
    return Number(
        start,
        end,
        text,
        "time",
        frozenset({Decimal(hour * 60 + minute)}),
        marked=marked,
        linked=number.linked,
    )


def _shown(number: Number, token: Token) -> str:
    """Return a number in digits."""
    if token.kind == "number":
        return token.key
    return str(min(number.values)) if len(number.values) == 1 else ""


def _is_unmarked(number: Number) -> bool:
    """Return whether no currency stands by a number."""
    return number.role != "money" or number.unit == "priced" or not number.marked


def _is_told(tokens: Sequence[Token], at: int, number: Number, *, is_near: bool) -> bool:
    """Return whether the words before and behind a number say that it is a time."""
    before, behind = tokens[at - 1].key if at else "", _keys(tokens, at + 1, 1)
    if behind and tokens[at + 1].kind == "sign":
        return False
    is_hour = behind in _HOURS
    is_loose = number.role in (*_LOOSE, "money") or (is_hour and number.role == "span")
    if not is_loose:
        return False
    if before in _BEFORE or before in ("past", "setengah") or _keys(tokens, at + 1, 2) == ("o", "clock"):
        return number.role != "date"
    if is_hour and before in _BEFORE_HOURS:
        return True
    return is_near and (before in _NEAR or not before or is_hour or number.linked)


def _keys(tokens: Sequence[Token], at: int, count: int) -> tuple[str, ...]:
    return tuple(one.key for one in tokens[at : at + count])


def _half(tokens: Sequence[Token], at: int) -> tuple[int | None, int]:
    """Return the hours that a word behind a time adds to it, and where it ends."""
    if at < len(tokens):
        token = tokens[at]
        is_verb = token.key == "am" and not token.glued and _keys(tokens, at + 1, 1) == ("i",)
        half = next((_HALVES[form] for form in (token.key, *token.forms) if form in _HALVES), None)
        if half is not None and not is_verb and (token.key != "m" or token.glued):
            return half, at + 1
    for words, half in _PARTS:
        if _keys(tokens, at, len(words)) == words:
            return half, at + len(words)
    return None, at
