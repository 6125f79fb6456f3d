"""Finds what an answer adds to a listed price: "R$ 450 com o capacete", or one price for two products.

A price of a product is the price of that product alone. What stands behind "with" in a sentence that names a price, or
behind "comes with", and another product behind "with" in any, holds the answer unless the product's own texts say it.

Out of scope: whether the amount itself is listed (`explanations`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from colonnade.products.dealroom.assistant.rules.catalogue import Item
from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.mentions import Mention
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.tokens import is_long

__all__ = ["find_bundles"]

MAX_TAIL = 8
"""Tokens behind "with" that are looked at."""


def find_bundles(
    reading: Reading,
    mentioned: Sequence[Mention],
    about: Callable[[int], tuple[Sequence[Item], Evidence]],
) -> list[str]:
    """Return the reasons why things may not be said to come with others; `about` says what a place speaks of."""
    starts = [one.start for one in reading.numbers if one.role == "money"]
    priced = {reading.sentence_of[start]: start for start in reversed(starts)}
    places = [one.at for one in mentioned]
    reasons = []
    for at, token in enumerate(reading.tokens):
        if token not in reading.tongue.withs or at in reading.names or reading.is_open(at):
            continue
        tail = list(_tail(reading, at))
        if any(bisect_left(starts, one) != bisect_left(starts, one + 1) for one in tail):
            continue  # "with the helmet £59": that amount is judged for itself
        amount = priced.get(reading.sentence_of[at])
        spoken, evidence = about(at if amount is None else amount)
        added = [
            mentioned[n] for one in tail for n in [bisect_left(places, one)] if places[n : n + 1] == [one]
        ]
        is_other = bool(spoken) and any(
            id(one.item) not in {id(item) for item in spoken}
            and not evidence.has_word(reading.tokens[one.at].forms)
            for one in added
        )
        is_given = amount is not None or (at > 0 and reading.tokens[at - 1] in reading.tongue.moves)
        if is_other or (is_given and any(_is_new(reading, one, evidence) for one in tail)):
            words = " ".join(reading.tokens[one].text for one in (at, *tail))
            reasons.append(f"CLAIM_UNKNOWN: {words}")
    return reasons


def _tail(reading: Reading, at: int) -> Iterator[int]:
    """Yield the tokens behind a place, up to the end of its clause."""
    for one in range(at + 1, min(at + 1 + MAX_TAIL, len(reading.tokens))):
        if reading.tokens[one].kind in ("stop", "comma"):
            return
        yield one


def _is_new(reading: Reading, at: int, evidence: Evidence) -> bool:
    """Return whether a token is a word for something that the texts do not have."""
    token, tongue = reading.tokens[at], reading.tongue
    if token.kind != "word" or at in reading.counted or at in reading.phrased:
        return False
    if not is_long(token.key):
        return False
    if any(
        token in words
        for words in (tongue.titles, tongue.fillers, tongue.prices, tongue.withs, tongue.pieces)
    ):
        return False
    return not evidence.has_word(token.forms)
