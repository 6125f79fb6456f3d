"""Tells whether an answer refuses a number of the customer's: "sorry, I can't do £150", "por 120 fica difícil, não dá".

Out of scope: amounts that are asked for (`amounts`).
"""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.lexicon import Words
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.common import BOUNDING, REFUSING

__all__ = ["is_refused"]

NEAR = 3
"""Tokens between a bound and its amount."""
MAX_REFUSAL = 5
"""Tokens of a clause that refuses what the clause before it names."""

_BOUNDING, _REFUSING = Words(BOUNDING.split()), Words(REFUSING.split())
_BUT = ("mas",)
"""Bounds that in Portuguese are none: "mas" is a "more" in Spanish."""


def is_refused(reading: Reading, number: Number, asked: Asked) -> bool:
    """Return whether an answer says no to a number of the customer's."""
    clause = reading.clause_of[number.start]
    if reading.sentence_of[number.start] in reading.conditional:
        return False
    if clause not in reading.denying and not _is_refused_behind(reading, number):
        return False
    tongue, tokens = reading.tongue, reading.tokens
    before = tokens[max(0, number.start - NEAR) : number.start]
    if any(one in _BOUNDING and not (tongue.code == "pt" and one.key in _BUT) for one in before):
        return False
    said = [token for at, token in enumerate(tokens) if reading.clause_of[at] == clause]
    if any(token in _REFUSING for token in said):
        return False
    denials = sum(token in tongue.negators for token in said)
    denials -= denials == 2 and any(token in tongue.negators for token in _last_words(said))  # "não dá não"
    if denials > 1 and tongue.code != "fr":  # "ce n'est pas"
        return False
    return any(
        value in asked.values or (number.factor > 1 and value / number.factor in asked.values)
        for value in number.values
    )


def _last_words(said: list[Token]) -> list[Token]:
    return [token for token in said if token.kind == "word"][-1:]


def _is_refused_behind(reading: Reading, number: Number) -> bool:
    """Return whether the next clause of the sentence is no more than "we can't"."""
    clause = reading.clause_of[number.start] + 1
    if clause not in reading.denying:
        return False
    tongue = reading.tongue
    rest = [
        token
        for token, one in zip(reading.tokens, reading.clause_of, strict=True)
        if one == clause and token.kind == "word"
    ]
    if not 2 <= len(rest) <= MAX_REFUSAL:
        return False
    return rest[0] in tongue.negators and rest[1] in tongue.mays
