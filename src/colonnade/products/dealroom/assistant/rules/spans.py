"""Tells which lengths of time promise nothing: how old somebody is, how far it is to walk, and "11h" for a time of day.

Out of scope: those that have to be said of the same thing as in the catalogue (`evidence`).
"""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.lexicon import Words
from colonnade.products.dealroom.assistant.rules.readings import LEAST_STEM, Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.words.common import PEOPLE_OF_AN_AGE, WALKING

__all__ = ["is_age", "is_hour_of_day", "is_lasting"]

NEAR = 5
"""Tokens between somebody and the age."""
_LASTING = frozenset(
    {"guarantee", "durable", "refund", "exchange", "trial", "lifetime", "delivery", "free", "gift"}
)
"""Kinds of promises that a length of time may be of."""
_PEOPLE, _WALKING = Words(PEOPLE_OF_AN_AGE.split()), Words(WALKING.split())
_HAVING = frozenset(["tenho", "tem", "tengo", "tiene", "teem", "tienen", "ai", "cumple", "faz"])


def is_lasting(reading: Reading, number: Number, asked: Asked, evidence: Evidence) -> bool:
    """Return whether a length of time is an age or a walk of the catalogue, or an age that the customer has said."""
    behind = reading.tokens[number.end : number.end + 2]
    if any(token in _WALKING for token in behind):
        matter = reading.matter(number.start) or frozenset(
            one for one in asked.content if len(one) > LEAST_STEM
        )
        return evidence.vouches(number, frozenset(), frozenset()) or evidence.lasts(number, matter)
    if not is_age(reading, number) or not _LASTING.isdisjoint(reading.kinds_of_clause(number.start)):
        return False
    said = {
        value
        for one in asked.readings
        for other in one.numbers
        if other.role == "span" and other.unit == number.unit
        for value in other.values
    }
    return evidence.measures(number) or (reading.is_open(number.start) and not said.isdisjoint(number.values))


def is_age(reading: Reading, number: Number) -> bool:
    """Return whether a length of time is how old somebody is: "niños de 3 años", "tengo 58 años"."""
    if number.role != "span" or number.unit not in ("year", "month"):
        return False
    before = reading.tokens[max(0, number.start - NEAR) : number.start]
    behind = reading.tokens[number.end : number.end + 2]
    here = [token for token in (*before, *behind) if token.kind == "word"]
    has_age = bool(before) and before[-1].key in _HAVING and number.unit == "year"
    return any(token in _PEOPLE for token in here) or has_age


def is_hour_of_day(reading: Reading, number: Number) -> bool:
    """Return whether "11h" stands right behind a verb of leaving or opening."""
    before, tongue = reading.tokens[max(0, number.start - 1) : number.start], reading.tongue
    is_hour = number.unit == "hour" and number.text.endswith("h") and number.text[:-1].strip().isdecimal()
    return is_hour and any(one in tongue.moves or one in tongue.opens for one in before)
