"""Judges the words of an answer: each is a plain one, a promise that the catalogue makes, or one of the catalogue's.

It fails closed: a word that is in none of these holds the answer, and so does a language without rules. A customer's
word may be repeated as a name, in a question, a denial or where something is put off, unless it promises something.

Out of scope: numbers, links.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.colleagues import is_colleague, is_reply
from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.lexicon import Phrases, Words
from colonnade.products.dealroom.assistant.rules.openings import WEEKDAYS, says_closed
from colonnade.products.dealroom.assistant.rules.readings import PROPERTY, Promise, Reading, stems
from colonnade.products.dealroom.assistant.rules.tolerances import soft_clauses
from colonnade.products.dealroom.assistant.rules.words.common import (
    COLOURS,
    CONTACTING,
    CONTAINING,
    DAYS,
    MATERIALS,
    PROMISING_SIGNS,
)
from colonnade.products.dealroom.assistant.rules.words.links import IN

__all__ = ["unknown_words"]

_LETTERED = frozenset(["XS", "S", "M", "L", "XL", "XXL", "P", "G", "GG"])
NEAR = 2
"""Tokens between a size and a colour."""
LEAST_WORDS = 3
MAX_HARMLESS = 2
"""Unknown words of a clause that do no harm where nothing is promised."""
MAX_GREETING = 6
LEAST_LETTERS = 4
_CONTACTING = Phrases([("", CONTACTING)])
_CONTAINING = Words(CONTAINING.split())
_NAMED = frozenset({"service", "exchange", "handmade"})
"""Kinds of promises that are products as well."""
_ARTICLES = frozenset(["o", "a", "os", "as", "el", "la", "los", "las", "the", "le"])
_READY = (
    "esta list",
    "estan list",
    "esta pront",
    "estao pront",
    "fica pront",
    "ficam pront",
    "queda list",
    "quedan list",
)
_OFFERING = ("oferec", "ofrec")
_SHIPPED = frozenset({"free", "delivery"})
NEAR_NUMBER = 4
"""Tokens behind a phrase in which stands what it leads to."""
NEAR_WRITING = 5
"""Tokens from "I'll ask" to the day on which somebody does."""
_AND = frozenset(["and", "et", "y", "e", "dan", "و", "so", "then"])
MIN_VARIANT = 2
_LEADING = frozenset({PROPERTY, "durable", "fit", "imported", "delivery", "lowering"})
"""Kinds of promises that promise nothing before a number of the catalogue: "weighs 1.2 kg"."""
_REGRETTED = frozenset({PROPERTY, "delivery", "flaw", "fast", "stock"})
_IN = frozenset(IN.split())


def unknown_words(
    reading: Reading,
    evidence: Evidence,
    about: Callable[[int], Evidence],
    is_cheapest: Callable[[int], bool],
    asked: Asked,
    names: frozenset[str],
    everything: Callable[[Sequence[str]], bool],
) -> list[str]:
    """Return the reasons why words of an answer may not be said.

    `about` returns what is known of what a place speaks of: a promise of one product is none of another. `names` are
    words of people's names, and `everything` tells the words of the catalogue, which may be asked about.
    """
    reasons = [
        f"CLAIM_UNKNOWN: {promise.words}"
        for promise in reading.promises
        if not _is_backed(reading, promise, about(promise.start), asked)
        and not (promise.kind == "cheapest" and is_cheapest(promise.start))
        and not (promise.kind in COLOURS and _is_choice(reading, promise, everything))
        and not (promise.kind == "gift" and _is_named(reading, promise, names))
    ]
    reasons += _unbacked_signs(reading, evidence)
    reasons += [f"CLAIM_UNKNOWN: {one}" for one in _variants(reading, asked)]
    return reasons + _strange_words(reading, about, asked, names, everything)


def _unbacked_signs(reading: Reading, evidence: Evidence) -> list[str]:
    return [
        f"CLAIM_UNKNOWN: {token.text}"
        for token in reading.tokens
        if (kind := PROMISING_SIGNS.get(token.key)) is not None and not evidence.says(kind)
    ]


def _strange_words(
    reading: Reading,
    about: Callable[[int], Evidence],
    asked: Asked,
    names: frozenset[str],
    everything: Callable[[Sequence[str]], bool],
) -> list[str]:
    """Return the reasons why words that no list has may not be said."""
    words = [
        at for at, token in enumerate(reading.tokens) if token.kind == "word" and at not in reading.names
    ]
    words = [at for at in words if at not in reading.counted]
    unknown = [at for at in words if not _is_known(reading, at, about(at), asked, names)]
    unknown = [
        at
        for at in unknown
        if reading.sentence_of[at] not in reading.asks or not everything(reading.tokens[at].forms)
    ]
    if len(words) > LEAST_WORDS and not any(_is_recognised(reading, at) for at in words):
        return ["LANGUAGE_UNKNOWN"]
    if len(unknown) >= LEAST_WORDS and len(unknown) * 2 > len(words):
        return ["LANGUAGE_UNKNOWN"]
    soft = soft_clauses(reading) if unknown else frozenset()
    per_clause = Counter(reading.clause_of[at] for at in unknown)
    return [
        f"WORD_UNKNOWN: {reading.tokens[at].text}"
        for at in unknown
        if reading.clause_of[at] not in soft
        or per_clause[reading.clause_of[at]] > MAX_HARMLESS
        or (
            _is_name(reading, at)
            and not asked.has_word(reading.tokens[at].forms)
            and not everything(reading.tokens[at].forms)
        )
        if not is_colleague(reading, at)
    ]


def _is_named(reading: Reading, promise: Promise, names: frozenset[str]) -> bool:
    """Return whether a gift is the name of a product: "samples" of who sells samples."""
    tokens = reading.tokens[promise.start : promise.end]
    return all(len(one.key) > LEAST_LETTERS and _any_in(one.forms, names) for one in tokens)


def _is_name(reading: Reading, at: int) -> bool:
    """Return whether a word looks like the name of a place or of somebody."""
    return reading.tokens[at].text[:1].isupper() and at > 0 and reading.tokens[at - 1].kind != "stop"


def _variants(reading: Reading, asked: Asked) -> Iterator[str]:
    """Yield the sizes in a colour asked for that the answer says are there: a catalogue knows no stock."""
    tongue = reading.tongue
    noted = reading.sentences_with(tongue.orders) | reading.sentences_with(tongue.meets)
    there = reading.sentences_with(tongue.haves)
    for at, kind in reading.colours.items():
        sentence = reading.sentence_of[at]
        if kind in MATERIALS or kind not in asked.kinds or reading.is_open(at):
            continue
        near = range(max(0, at - NEAR), min(len(reading.tokens), at + NEAR + 1))
        same = [one for one in near if reading.clause_of[one] == reading.clause_of[at]]
        sizes = [one for one in same if _is_size(reading, one)]
        if sizes and sentence in there - noted:
            yield f"{reading.tokens[min(sizes)].text} {reading.tokens[at].text}"


def _is_size(reading: Reading, at: int) -> bool:
    token = reading.tokens[at]
    return token.text in _LETTERED or (token.kind == "number" and token.key.isdecimal())


def _is_backed(reading: Reading, promise: Promise, evidence: Evidence, asked: Asked) -> bool:
    if (promise.kind in DAYS or promise.kind == "fast") and is_reply(reading, promise):
        return True
    if promise.kind in _NAMED and reading.is_of_name(promise) and _has_article(reading, promise):
        return True
    if promise.kind in DAYS and not promise.excused:
        if evidence.times is not None and not evidence.times.backs_day(promise):
            evidence = evidence.own  # the prompt's lines say nothing else of a day
        return _is_day_backed(reading, promise, evidence, asked)
    if promise.kind == "hours" and _is_open_then(reading, promise, evidence):
        return True
    if promise.kind == "same":  # that a price has not moved since is a denial, too
        return promise.put_off or reading.sentence_of[promise.start] in reading.asks or evidence.says("same")
    if _is_echo(reading, promise, asked):
        return False
    if promise.kind in ("included", "imported") and _is_contained(reading, promise, evidence):
        return True
    shipped = reading.context(promise.start) >= _SHIPPED and evidence.says("shipping")
    if shipped and promise.meaning in _SHIPPED:
        return True
    if promise.kind == PROPERTY and _is_described(reading, promise, evidence):
        return True
    if _is_measured(reading, promise, evidence) or _is_regretted(reading, promise, asked):
        return True
    about = reading.content(promise.start) or asked.content
    if promise.excused or evidence.promises(
        promise.meaning, reading.context(promise.start), asked.context, about
    ):
        return True
    if promise.kind in ("stock", "cheapest"):
        return reading.is_open(promise.start)
    return promise.kind in COLOURS and promise.kind in asked.kinds and reading.is_open(promise.start)


def _has_article(reading: Reading, promise: Promise) -> bool:
    """Return whether a promise stands there as a thing: "o bordado", the product of that name."""
    before = reading.tokens[max(0, promise.start - 1) : promise.start]
    return any(one.key in _ARTICLES for one in before)


def _is_echo(reading: Reading, promise: Promise, asked: Asked) -> bool:
    """Return whether a denial without a verb says what a thing is like: "not a single bone", "no hand washing"."""
    clause, tokens = reading.clause_of[promise.start], reading.tokens
    return (
        promise.denied
        and not promise.put_off
        and promise.kind in (PROPERTY, "waterproof")
        and tokens[reading.begin_of(promise.start)] in reading.tongue.negators
        and reading.sentence_of[promise.start] not in reading.asks
        and clause not in reading.dealings
        and clause not in reading.sorry
        and any(asked.has_word(token.forms) for token in tokens[promise.start : promise.end])
    )


def _is_measured(reading: Reading, promise: Promise, evidence: Evidence) -> bool:
    """Return whether a phrase only leads to what the catalogue has: "weighs 1.2 kg", "available in blue"."""
    until = min(len(reading.tokens), promise.end + NEAR_NUMBER)
    clause = reading.clause_of[promise.start]
    near = [at for at in range(promise.end, until) if reading.clause_of[at] == clause]
    if promise.kind in _LEADING or promise.words.startswith((*_OFFERING, *_READY)):
        numbers = [one for one in reading.numbers if one.start in near]
        return any(one.role in ("span", "measure", "count") and evidence.measures(one) for one in numbers[:1])
    if (
        promise.kind == "compared" and reading.begin_of(promise.start) == promise.start
    ):  # "El precio de … es …"
        return any(one.role == "money" and reading.clause_of[one.start] == clause for one in reading.numbers)
    if promise.kind != "stock" or promise.words.split()[-1] not in _IN:
        return False
    return any(
        evidence.has_word(reading.tokens[at].forms)
        for at in near
        if reading.tokens[at].kind == "word" and len(reading.tokens[at].key) > MIN_VARIANT
    )


def _is_regretted(reading: Reading, promise: Promise, asked: Asked) -> bool:
    """Return whether an answer is sorry for what the customer says: "sorry to hear that it arrived broken"."""
    return (
        reading.clause_of[promise.start] in reading.sorry
        and promise.kind in _REGRETTED
        and promise.kind in asked.kinds
    )


def _is_open_then(reading: Reading, promise: Promise, evidence: Evidence) -> bool:
    """Return whether all days of a clause are days of work."""
    clause = reading.clause_of[promise.start]
    days = {
        one.kind for one in reading.promises if one.kind in DAYS and reading.clause_of[one.start] == clause
    }
    words = reading.tokens[promise.start : promise.end]
    return bool(days) and days <= evidence.open_days and any(one in reading.tongue.opens for one in words)


def _is_choice(reading: Reading, promise: Promise, everything: Callable[[Sequence[str]], bool]) -> bool:
    """Return whether a colour is one of the catalogue's that a question offers."""
    tokens = reading.tokens[promise.start : promise.end]
    return reading.sentence_of[promise.start] in reading.asks and all(everything(one.forms) for one in tokens)


def _is_contained(reading: Reading, promise: Promise, evidence: Evidence) -> bool:
    """Return whether all behind "includes" or "made of" is in the texts, and promises nothing itself: 60 blocks."""
    clause = reading.clause_of[promise.start]
    tail = [at for at in range(promise.end, len(reading.tokens)) if reading.clause_of[at] == clause]
    others = [one for one in reading.promises if promise.end <= one.start <= max(tail, default=0)]
    if reading.tokens[promise.start] not in _CONTAINING or any(one.kind not in COLOURS for one in others):
        return False
    weighty = [
        reading.tokens[at]
        for at in tail
        if reading.tokens[at].kind == "word" and len(reading.tokens[at].key) >= LEAST_LETTERS
    ]
    return bool(weighty) and all(
        evidence.has_word(token.forms) and token.text[:1].islower() for token in weighty
    )


def _is_described(reading: Reading, promise: Promise, evidence: Evidence) -> bool:
    """Return whether the words of a property are only asked about, or the catalogue's."""
    return reading.sentence_of[promise.start] in reading.asks or all(
        evidence.has_word(token.forms) or token in reading.tongue.fillers
        for token in reading.tokens[promise.start : promise.end]
    )


def _is_day_backed(reading: Reading, promise: Promise, evidence: Evidence, asked: Asked) -> bool:
    """Return whether a day may be named: on which nothing moves, unless the catalogue says that it does."""
    sentence = reading.sentence_of[promise.start]
    if promise.kind == "day today" and any(
        one.start == promise.end and one.kind in WEEKDAYS for one in reading.promises
    ):
        return True  # "today, Monday, we open at 9": the day is judged
    if evidence.open_days and (promise.kind in WEEKDAYS or promise.kind == "weekend"):
        days = {promise.kind} if promise.kind in WEEKDAYS else {"day 6", "day 7"}
        if says_closed(reading, promise.start):
            return evidence.open_days.isdisjoint(days)
        if sentence in reading.sentences_with(reading.tongue.opens):
            return days <= evidence.open_days or reading.is_open(promise.start)
    if _is_of_writing(reading, promise):
        return True
    moves = sentence in reading.sentences_with(reading.tongue.moves) or "delivery" in reading.context(
        promise.start
    )
    if evidence.says(promise.kind) and (not moves or evidence.moves_on(promise.kind)):
        return True
    if moves or not (promise.kind in asked.kinds or sentence in reading.asks):
        return False
    return reading.is_open(promise.start) or sentence in reading.sentences_with(reading.tongue.meets)


def _is_of_writing(reading: Reading, promise: Promise) -> bool:
    """Return whether a day is only one on which somebody writes back: "I'll ask and text you tomorrow"."""
    sentence, tongue = reading.sentence_of[promise.start], reading.tongue
    others = [one for one in reading.promises if reading.sentence_of[one.start] == sentence]
    moves = [
        at for at, token in enumerate(reading.tokens) if token in tongue.moves and at not in reading.phrased
    ]
    least = max(reading.begin_of(promise.start), promise.start - NEAR_WRITING)
    written = [at for at in reading.phrased_by(_CONTACTING) if least <= at < promise.start]
    between = reading.tokens[max(written, default=0) : promise.start]
    return (
        bool(written)
        and len(others) == 1
        and all(
            reading.sentence_of[at] != sentence or at < max(written)
            for at in (*moves, *reading.counted, *reading.names)
        )
        and sentence not in reading.sentences_with(tongue.opens)
        and not any(token.key in _AND for token in between)
    )


def _is_recognised(reading: Reading, at: int) -> bool:
    return at in reading.phrased or at in reading.totalled or reading.tokens[at] in reading.tongue.free


def _is_known(reading: Reading, at: int, evidence: Evidence, asked: Asked, names: frozenset[str]) -> bool:
    token = reading.tokens[at]
    if (
        _is_recognised(reading, at)
        or evidence.has_word(token.forms)
        or _any_in(token.forms, names)
        or any(not names.isdisjoint(stems(form)) for form in token.forms)
    ):
        return True
    before = reading.tokens[at - 1] if at else None
    # Without the gap, as in "Oi.Nunca": a name stands right behind a greeting or a title.
    if asked.has_word(token.forms):
        has_case = token.text[:1].lower() != token.text[:1].upper()
        inside = (
            before is not None and before.kind not in ("stop",) and (token.text[:1].isupper() or not has_case)
        )
        sent = "delivery" in reading.context(at) or "shipping" in reading.context(at)
        if has_case and sent and token.text[:1].isupper() and evidence.says("everywhere"):
            return True  # a place of the customer's, of a shop that sends everywhere
        return reading.may_name(at) or (inside and _is_address(reading, at))
    called = before is not None and (before in reading.tongue.titles or before.text in (",", "،"))
    return called and token.text[:1].isupper() and _is_greeting(reading, at)


def _is_address(reading: Reading, at: int) -> bool:
    """Return whether the sentence is about an address, an order or a name."""
    tongue, sentence = reading.tongue, reading.sentence_of[at]
    return any(
        sentence in reading.sentences_with(words) for words in (tongue.orders, tongue.titles, tongue.meets)
    )


def _is_greeting(reading: Reading, at: int) -> bool:
    """Return whether all that stands before a word in its sentence are titles and commas."""
    start = bisect_left(reading.sentence_of, reading.sentence_of[at])
    before = reading.tokens[start:at]
    return len(before) <= MAX_GREETING and all(
        token.kind != "word" or token in reading.tongue.titles for token in before
    )


def _any_in(forms: Iterable[str], words: Iterable[str]) -> bool:
    return any(form in words for form in forms)
