"""Finds answers that only agree to what a customer has asked: "can you do 50?" "yes, sure".

Such an answer says what the question says. When that is a number, a promise, a day or a place that the catalogue does
not have, the answer is held, unless it denies something, puts it off, or says what the catalogue has instead.

Out of scope: what the answer says in its own words (`promises`, `explanations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.languages import Tongue, find_tongue
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.tokens import cut
from colonnade.products.dealroom.assistant.rules.words.common import DAYS

__all__ = ["find_agreed"]

MAX_QUESTION = 600
"""Tokens of a question that are looked at."""
FEW_WORDS = 2
"""A message of no more words ("please?") does not stand for itself."""
LEAST_LETTERS = 4
LEAST_AMOUNT = 10
"""A smaller number without a unit is a quantity."""


def find_agreed(
    reading: Reading, asked: Sequence[str], evidence: Evidence, names: frozenset[str], *, is_priced: bool
) -> list[str]:
    """Return what an answer agrees to without saying it; `is_priced` if it names a listed price."""
    if not asked or not _agrees(reading):
        return []
    question = _question(asked, reading.tongue)
    own = _says_own(reading, evidence)
    reasons: list[str] = []
    if not is_priced:
        said = {value for one in reading.numbers for value in one.values}  # these are judged for themselves
        offers = [one for one in _offers(question, evidence) if said.isdisjoint(one.values)]
        reasons += [f"PRICE_UNKNOWN: {one.text}" for one in offers]
    if not own:
        meets = any(token in reading.tongue.meets for token in reading.tokens)
        repeated = {promise.kind for promise in reading.promises}
        repeated.update(form for token in reading.tokens for form in token.forms)
        reasons += [
            f"CLAIM_UNKNOWN: {one}" for one in _wishes(question, evidence, names, repeated, is_meeting=meets)
        ]
    return reasons


def _question(asked: Sequence[str], tongue: Tongue) -> Reading:
    """Read the last message, and the one before it if the last is hardly one."""
    last = cut(asked[-1][: 8 * MAX_QUESTION])
    words = [token for token in last.tokens if token.kind in ("word", "number")]
    if len(words) <= FEW_WORDS and len(asked) > 1 and not any(token.kind == "number" for token in words):
        last = cut(f"{asked[-2][: 8 * MAX_QUESTION]}\n{asked[-1]}")
    return Reading(last, find_tongue(last.tokens, tongue.code))


def _agrees(reading: Reading) -> bool:
    """Return whether an answer says yes, and neither no nor that it will ask."""
    if reading.denying or reading.put_off_from:
        return False
    return any(
        reading.sentence_of[at] not in reading.asks
        and reading.tongue.affirms.find(reading.tokens, at) is not None
        for at, token in enumerate(reading.tokens)
        if token.kind == "word"
    )


def _says_own(reading: Reading, evidence: Evidence) -> bool:
    """Return whether an answer says something of the catalogue outside of its questions."""
    tongue = reading.tongue
    return any(
        (evidence.has_word(token.forms) and len(token.key) >= LEAST_LETTERS and not _is_small(tongue, token))
        or at in reading.counted
        or token.kind in ("link", "phone")
        for at, token in enumerate(reading.tokens)
        if reading.sentence_of[at] not in reading.asks and token.kind in ("word", "number", "link", "phone")
    )


def _is_small(tongue: Tongue, token: object) -> bool:
    return any(token in words for words in (tongue.fillers, tongue.titles, tongue.withs))


def _offers(question: Reading, evidence: Evidence) -> Iterator[Number]:
    """Yield the prices, percentages and lengths of time of a question that the catalogue does not have."""
    for one in question.numbers:
        if one.role in ("money", "percent", "span") or _is_bare(question, one):
            known = evidence.vouches(one, frozenset(), question.around(one))
            if not known and not (one.role != "percent" and evidence.lists(one)):
                yield one


def _is_bare(question: Reading, number: Number) -> bool:
    """Return whether a number without a unit may be a price: "can you do 50?"."""
    if number.role not in ("bare", "count") or max(number.values, default=0) < LEAST_AMOUNT:
        return False
    at = number.end
    if number.role == "bare" or at >= len(question.tokens):
        return True
    token = question.tokens[at]
    return token in question.tongue.titles or (
        token in question.tongue.free and token not in question.tongue.pieces
    )


def _wishes(
    question: Reading, evidence: Evidence, names: frozenset[str], repeated: set[str], *, is_meeting: bool
) -> Iterator[str]:
    """Yield the promises and words of a question that neither the catalogue nor the answer itself has."""
    for promise in question.promises:
        if promise.kind in DAYS:
            known = is_meeting or evidence.moves_on(promise.kind)
        else:
            known = evidence.says(promise.meaning)
        if not known and not promise.put_off and promise.kind not in repeated:
            yield promise.words
    for at, token in enumerate(question.tokens):
        if (
            token.kind != "word"
            or len(token.key) < LEAST_LETTERS
            or at in question.phrased
            or at in question.counted
        ):
            continue
        if token in question.tongue.free or not names.isdisjoint(token.forms):
            continue
        if not evidence.has_word(token.forms) and repeated.isdisjoint(token.forms):
            yield token.text
