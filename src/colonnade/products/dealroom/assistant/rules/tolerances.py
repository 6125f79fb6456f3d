"""Finds the clauses in which a word that no list has does no harm.

Out of scope: which words are known (`promises`).
"""

from __future__ import annotations

from colonnade.products.dealroom.assistant.rules.readings import Reading

__all__ = ["soft_clauses"]

MAX_WISH = 7
"""Words of a wish: "enjoy the rest of your day"."""


def soft_clauses(reading: Reading) -> frozenset[int]:
    """Return the clauses that say nothing of a product: put off, regretting, wishing, handing over, or asking.

    A denial is one of them if its sentence goes on with looking into it ("it isn't listed, I'll ask"), or if it denies
    what somebody has or knows and the answer does. What a thing is like is not looked into by asking something else.

    A word that no list has does no harm there, unless there are many, or a promise, a product or a price besides.
    """
    tongue, tokens, clause_of = reading.tongue, reading.tokens, reading.clause_of
    words = {clause_of[at]: 0 for at in range(len(tokens))}
    has: dict[str, set[int]] = {name: set() for name in ("people", "checks", "talk", "asks")}
    wishes = set[int]()
    for at, token in enumerate(tokens):
        if token.kind != "word":
            continue
        clause, is_first = clause_of[at], not words[clause_of[at]]
        words[clause] += 1
        if is_first and tongue.wishes.find(tokens, at):
            wishes.add(clause)
        for name, found in (
            ("people", token in tongue.people),
            ("checks", token in tongue.checks),
            ("talk", reading.is_talk(at)),
            ("asks", reading.sentence_of[at] in reading.asks),
        ):
            if found:
                has[name].add(clause)
    told = {reading.sentence_of[at] for at, token in enumerate(tokens) if token in tongue.tells}
    asking = {reading.sentence_of[at] for at, clause in enumerate(clause_of) if clause in has["asks"]} - told
    asking_clauses = {clause_of[at] for at, sentence in enumerate(reading.sentence_of) if sentence in asking}
    handed = (has["people"] & (has["talk"] | has["checks"])) | (has["talk"] & has["checks"])
    if reading.sorry:
        handed |= has["people"]
    denied = _looked_into(reading, has["checks"] - reading.denying)
    wishes = {clause for clause in wishes if words[clause] <= MAX_WISH}
    hard = {clause_of[one.start] for one in reading.promises if not one.excused}
    hard |= {clause_of[one.start] for one in reading.numbers if one.role in ("money", "percent", "span")}
    hard |= {clause_of[at] for at in reading.names}
    return frozenset(
        (set(reading.put_off_from) | reading.sorry | wishes | handed | denied | asking_clauses) - hard
    )


def _looked_into(reading: Reading, checked: frozenset[int] | set[int]) -> set[int]:
    """Return the clauses that deny something which a later clause, one of `checked`, looks into."""
    sentence = dict(zip(reading.clause_of, reading.sentence_of, strict=True))
    return {
        clause
        for clause in reading.denying
        if any(
            clause < one and (clause in reading.dealings or sentence[clause] == sentence[one])
            for one in checked
        )
    }
