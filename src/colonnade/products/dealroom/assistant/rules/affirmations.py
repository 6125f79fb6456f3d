"""Finds answers that only agree to what a customer has asked: "can you do 50?" "yes, sure".

Such an answer says what the question says. When that is a number, a promise, a day or a place that the catalogue does
not have, the answer is held, unless it denies something, puts it off, or says what the catalogue has instead.

Out of scope: what the answer says in its own words (`promises`, `explanations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from colonnade.products.dealroom.assistant.rules.catalogue import PriceRange
from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.languages import Tongue, find_tongue
from colonnade.products.dealroom.assistant.rules.lexicon import Words
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.spans import is_age
from colonnade.products.dealroom.assistant.rules.tokens import cut
from colonnade.products.dealroom.assistant.rules.words.common import (
    ALSO,
    COLOURS,
    DAYS,
    GREETING_PARTS,
    GREETINGS,
)
from colonnade.products.dealroom.assistant.rules.words.links import FOR, FOR_GLUED

__all__ = ["find_agreed"]

MAX_QUESTION = 600
"""Tokens of a question that are looked at."""
FEW_WORDS = 2
"""A message of no more words ("please?") does not stand for itself."""
FEW_TOKENS = 4
"""An answer of no more ("confirmed!") leaves nothing to anybody."""
LEAST_LETTERS = 4
LEAST_AMOUNT = 10
"""A smaller number without a unit is a quantity, unless it is a good part of a price."""
LEAST_PART = 4
LEAST_ASKED = 3
"""A smaller number in a question is a quantity."""
NEAR = 3
MAX_DEAL = 4
_FOR, _FOR_GLUED = frozenset(FOR.split()), frozenset(FOR_GLUED.split())
_COUNTED = frozenset({"count", "bare", "times"})
_ALSO = Words(ALSO.split())
_GREETINGS, _AROUND = Words(GREETINGS.split()), Words(GREETING_PARTS.split())
_WEAK = frozenset({"hours", "delivery", "fast", "harm", "flaw"})


def find_agreed(
    reading: Reading,
    asked: Sequence[str],
    evidence: Evidence,
    names: frozenset[str],
    prices: Sequence[PriceRange],
    *,
    is_priced: bool,
) -> list[str]:
    """Return what an answer agrees to without saying it.

    `prices` are those of all products; `is_priced` if the answer names a listed one.
    """
    if not asked or _greets(reading):
        return []
    own, is_yes = _says_own(reading, evidence), _agrees(reading)
    if not is_yes and (own or _evades(reading)):
        return []
    question = _question(asked, reading.tongue)
    reasons: list[str] = []
    said = {value for one in reading.numbers for value in one.values}  # these are judged for themselves
    is_mere = is_yes and not is_priced and bool(question.asks) and not _evades(reading)
    if own and is_mere and not _says_own(reading, evidence, _said_in(question)):
        own, said = False, set()  # "yes, by Wednesday" is a mere yes, too
    if not is_priced:
        least = LEAST_AMOUNT if own else LEAST_ASKED
        spans = [one for one in reading.numbers if one.role == "span"]  # "he's 5", "from 4 years on"
        offers = [
            one
            for one in _offers(question, evidence, prices, least)
            if said.isdisjoint(one.values) and not any(_is_other(one, each) for each in spans)
        ]
        reasons += [f"PRICE_UNKNOWN: {one.text}" for one in offers]
    if own:
        return reasons + [f"CLAIM_UNKNOWN: {one}" for one in _places(question, reading, evidence, names)]
    is_short = is_yes and bool(question.asks)
    # "Great" says yes to a question, and thanks to anything else.
    is_yes = is_yes or (bool(question.asks) and len(reading.tokens) <= FEW_TOKENS)
    reasons += [f"NUMBER_UNKNOWN: {one.text}" for one in _sizes(question, evidence, said)]
    reasons += [f"CLAIM_UNKNOWN: {one}" for one in _added(question, names)]
    meets = any(token in reading.tongue.meets for token in reading.tokens)
    repeated = {promise.kind for promise in reading.promises if said or promise.kind not in DAYS}
    repeated.update(form for token in reading.tokens for form in token.forms)
    reasons += [f"CLAIM_UNKNOWN: {one}" for one in _promises(question, evidence, repeated, meets, is_yes)]
    if is_yes:
        reasons += [f"CLAIM_UNKNOWN: {one}" for one in _words(question, evidence, names, repeated, is_short)]
    return reasons


def _greets(reading: Reading) -> bool:
    """Return whether an answer is a greeting and nothing else: it agrees to nothing."""
    said = [token for token in reading.tokens if token.kind not in ("stop", "comma") and token.text != "¡"]
    return any(token in _GREETINGS for token in said) and all(
        token in _GREETINGS or token in _AROUND or token in reading.tongue.titles for token in said
    )


def _is_other(asked: Number, said: Number) -> bool:
    """Return whether an answer says another length of time than the customer, in the same unit."""
    return asked.role == "span" and asked.unit == said.unit and asked.values.isdisjoint(said.values)


def _question(asked: Sequence[str], tongue: Tongue) -> Reading:
    """Read the last message, and the one before it if the last is hardly one."""
    last = cut(asked[-1][: 8 * MAX_QUESTION])
    words = [token for token in last.tokens if token.kind in ("word", "number")]
    if len(words) <= FEW_WORDS and len(asked) > 1 and not any(token.kind == "number" for token in words):
        last = cut(f"{asked[-2][: 8 * MAX_QUESTION]}\n{asked[-1]}")
    return Reading(last, find_tongue(last.tokens, tongue.code))


def _agrees(reading: Reading) -> bool:
    """Return whether an answer says yes, and neither no nor that it will ask; a picture is a yes."""
    if reading.denying or reading.put_off_from:
        return False
    words = [at for at, token in enumerate(reading.tokens) if token.kind in ("word", "number")]
    yes = [at for at in words if _is_yes(reading, at)]
    if reading.sorry:
        return any(reading.clause_of[at] == reading.clause_of[words[0]] for at in yes)
    return bool(yes) or not words


def _is_yes(reading: Reading, at: int) -> bool:
    return (
        reading.tokens[at].kind == "word"
        and reading.sentence_of[at] not in reading.asks
        and (reading.asks_why(at) or reading.tongue.affirms.find(reading.tokens, at) is not None)
    )


def _evades(reading: Reading) -> bool:
    """Return whether an answer neither agrees nor needs to: it denies, asks, regrets, or leaves it to somebody."""
    return bool(
        reading.denying
        or reading.put_off_from
        or reading.asks
        or reading.sorry
        or (
            len(reading.tokens) > FEW_TOKENS
            and any(
                token in reading.tongue.people or token in reading.tongue.checks for token in reading.tokens
            )
        )
    )


def _said_in(question: Reading) -> frozenset[str]:
    """Return the words and numbers of a question."""
    return frozenset(form for token in question.tokens for form in (*token.forms, token.key))


def _says_own(reading: Reading, evidence: Evidence, repeated: frozenset[str] = frozenset()) -> bool:
    """Return whether an answer says something of the catalogue outside of its questions, which is not `repeated`."""
    return any(
        _is_own(reading, at, evidence)
        for at, token in enumerate(reading.tokens)
        if reading.sentence_of[at] not in reading.asks
        and token.key not in repeated
        and repeated.isdisjoint(token.forms)
    )


def _is_own(reading: Reading, at: int, evidence: Evidence) -> bool:
    token, tongue = reading.tokens[at], reading.tongue
    if token.kind not in ("word", "number", "link", "phone"):
        return False
    is_known = evidence.has_word(token.forms) and len(token.key) >= LEAST_LETTERS
    return (
        (is_known and not _is_small(tongue, token))
        or at in reading.counted
        or token.kind in ("link", "phone")
    )


def _is_small(tongue: Tongue, token: object) -> bool:
    return any(token in words for words in (tongue.fillers, tongue.titles, tongue.withs))


def _offers(
    question: Reading, evidence: Evidence, prices: Sequence[PriceRange], least_asked: int
) -> Iterator[Number]:
    """Yield the prices, percentages and lengths of time of a question that the catalogue does not have.

    A number from `least_asked` on behind which nothing stands may be a price where the customer asks: "can you do 5?".
    """
    least = min([Decimal(LEAST_AMOUNT), *(price.least / LEAST_PART for price in prices)])
    asked = min(least, Decimal(least_asked))
    yield from _deals(question)
    for one in question.numbers:
        is_asked = question.sentence_of[one.start] in question.asks
        if is_age(question, one):
            continue
        if one.role in ("money", "percent", "span") or _is_bare(question, one, asked if is_asked else least):
            known = evidence.vouches(one, frozenset(), question.around(one))
            if not known and not (one.role != "percent" and evidence.lists(one)):
                yield one


def _sizes(question: Reading, evidence: Evidence, said: set[Decimal]) -> Iterator[Number]:
    """Yield the sizes and measures of a question that the catalogue does not have: "do you have size 47?"."""
    for one in question.numbers:
        is_sized = one.role in ("size", "measure") and said.isdisjoint(one.values)
        if is_sized and not evidence.vouches(one, frozenset(), question.around(one)):
            yield one


def _added(question: Reading, names: frozenset[str]) -> Iterator[str]:
    """Yield the products that a question wants besides: "with the bag?", "the bag too?"."""
    for at, token in enumerate(question.tokens):
        if token in _ALSO or token in question.tongue.withs:
            near = question.tokens[max(0, at - NEAR) : at + NEAR + 1]
            if any(one.kind == "word" and not names.isdisjoint(one.forms) for one in near):
                yield " ".join(one.text for one in near if one.kind == "word")


def _places(question: Reading, reading: Reading, evidence: Evidence, names: frozenset[str]) -> Iterator[str]:
    """Yield the names of a question that an answer leaves out which grants a promise: "free in Papua?" "yes, free"."""
    if not reading.promises:
        return
    for before, token in pairwise(question.tokens):
        is_name = token.kind == "word" and token.text[:1].isupper() and before.kind != "stop"
        if is_name and token not in question.tongue.free and names.isdisjoint(token.forms):
            repeated = any(not set(token.forms).isdisjoint(one.forms) for one in reading.tokens)
            if not repeated and not evidence.has_word(token.forms):
                yield token.text


def _deals(question: Reading) -> Iterator[Number]:
    """Yield the quantities of which fewer are to be paid: "two for one"."""
    tokens = question.tokens
    for one in question.numbers:
        rest = tokens[one.end : one.end + 3]
        is_for_one = len(rest) > 2 and rest[0].key in _FOR and rest[1] in question.tongue.ones
        if is_for_one and rest[2].kind == "stop" and one.role in _COUNTED and min(one.values, default=0) > 1:
            yield one
    for one, other in pairwise(question.numbers):
        if {one.role, other.role} <= _COUNTED and one.values and other.values:
            between = question.tokens[one.end : other.start]
            is_for = len(between) <= MAX_DEAL and any(token.key in _FOR for token in between)
            if is_for and max(one.values) > min(other.values):
                yield one


def _is_bare(question: Reading, number: Number, least: Decimal) -> bool:
    """Return whether a number without a unit may be a price: "can you do 50?"."""
    if number.role not in ("bare", "count") or max(number.values, default=0) < least:
        return False
    if number.start and question.tokens[number.start - 1].key in _FOR_GLUED:
        return True
    at = number.end
    if number.role == "bare" or at >= len(question.tokens):
        return True
    token = question.tokens[at]
    return token in question.tongue.titles or (
        token in question.tongue.free and token not in question.tongue.pieces
    )


def _promises(
    question: Reading, evidence: Evidence, repeated: set[str], is_meeting: bool, is_yes: bool
) -> Iterator[str]:
    """Yield the promises of a question that neither the catalogue nor the answer itself makes.

    Days, hours and colours are promised by a yes only, not by an answer that says nothing of them.
    """
    for promise in question.promises:
        if promise.kind in DAYS:
            is_open = promise.kind in evidence.open_days and any(
                token in question.tongue.opens for token in question.tokens
            )
            known = is_meeting or is_open or evidence.moves_on(promise.kind)
        else:
            known = evidence.says(promise.meaning)
        is_weak = promise.kind in DAYS or promise.kind in COLOURS or promise.kind in _WEAK
        if not known and not promise.put_off and promise.kind not in repeated and (is_yes or not is_weak):
            yield promise.words


def _words(
    question: Reading, evidence: Evidence, names: frozenset[str], repeated: set[str], is_asked: bool
) -> Iterator[str]:
    """Yield the words of a question that neither the catalogue nor the answer itself has."""
    is_short = is_asked and sum(token.kind == "word" for token in question.tokens) <= FEW_WORDS
    for at, token in enumerate(question.tokens):
        if token.kind != "word" or len(token.key) < LEAST_LETTERS:
            continue
        is_free = at in question.phrased or token in question.tongue.free
        if at in question.counted or (is_free and not (is_short and _has_weight(question, at))):
            continue
        if not names.isdisjoint(token.forms):
            continue
        if not evidence.has_word(token.forms) and repeated.isdisjoint(token.forms):
            yield token.text


def _has_weight(question: Reading, at: int) -> bool:
    """Return whether a plain word is all that a short question asks for: "ready?"."""
    return not (question.is_talk(at) or question.tokens[at] in question.tongue.titles)
