"""Finds what an answer asserts in words that have nothing to do with the catalogue: "we'll fit it for you".

Each word of such a sentence may be harmless, but what it says cannot be compared with anything. It passes when it is
talk (a greeting, thanks, an apology, a promise to ask somebody, a request for a name), a mere yes, a question, a
denial, or put off.

Out of scope: a mere yes to what the catalogue does not have (`affirmations`).
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.products.dealroom.assistant.rules.evidence import Evidence
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.tokens import is_long
from colonnade.products.dealroom.assistant.rules.tolerances import soft_clauses

__all__ = ["find_bare"]

FRAGMENT = 3
"""A clause of so few words ("it does") may belong to another that is about the catalogue."""
MAX_SHOWN = 6
"""Words of a clause that a reason shows."""


def find_bare(reading: Reading, evidence: Evidence, names: frozenset[str]) -> list[str]:
    """Return the clauses that say something which is neither talk nor in the catalogue; `names` are people's too."""
    passed, told, words = set[int](), set[int](), dict[int, list[int]]()
    talk, soft = _talking(reading), soft_clauses(reading)
    for at, token in enumerate(reading.tokens):
        clause = reading.clause_of[at]
        if token.kind == "word":
            words.setdefault(clause, []).append(at)
        if _is_backed(reading, at, evidence, names):
            told.add(clause)
        elif at in talk or clause in soft or reading.is_open(at):
            passed.add(clause)
    least = FRAGMENT if told else bool(passed)
    passed |= told
    bare = [
        found
        for clause, found in words.items()
        if clause not in passed and not _is_condition(reading, found[0])
        if len(found) > (0 if reading.sentence_of[found[0]] in reading.conditional else least)
        if not _is_yes(reading, found)
    ]
    return [f"CLAIM_UNKNOWN: {' '.join(reading.tokens[at].text for at in one[:MAX_SHOWN])}" for one in bare]


def _is_condition(reading: Reading, at: int) -> bool:
    """Return whether a clause is a condition, and another of its sentence says what follows."""
    clause = reading.clause_of[at]
    return clause in reading.conditions and any(
        one != clause and sentence == reading.sentence_of[at] and reading.tokens[n].kind == "word"
        for n, (one, sentence) in enumerate(zip(reading.clause_of, reading.sentence_of, strict=True))
    )


def _talking(reading: Reading) -> set[int]:
    """Return the first tokens of phrases that are talk."""
    return {
        at
        for at, token in enumerate(reading.tokens)
        if token.kind == "word" and reading.tongue.talk.find(reading.tokens, at) is not None
    }


def _is_backed(reading: Reading, at: int, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a token is something of the catalogue, or is judged for itself: a number, a link, a promise."""
    token, tongue = reading.tokens[at], reading.tongue
    if token.kind != "word":
        return token.kind in ("number", "link", "phone")
    if at in reading.names or at in reading.counted or at in reading.promised:
        return True
    if token not in tongue.free:
        return True  # judged by itself: a word of the catalogue, a name, or what the customer said
    if any(token in small for small in (tongue.fillers, tongue.titles)) or not is_long(token.key):
        return len(token.text) == 1 and token.text.isupper() and bool(at) and evidence.has_word(token.forms)
    return evidence.has_word(token.forms) or not names.isdisjoint(token.forms)


def _is_yes(reading: Reading, words: Sequence[int]) -> bool:
    """Return whether words are a mere yes, or no words of weight at all."""
    tongue = reading.tongue
    covered: set[int] = set()
    for at in words:
        found = tongue.affirms.find(reading.tokens, at)
        if found is not None:
            covered.update(range(at, at + found[0]))
    return all(
        at in covered or reading.tokens[at] in tongue.titles or len(reading.tokens[at].key) == 1
        for at in words
    )
