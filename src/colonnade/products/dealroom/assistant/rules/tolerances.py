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

    A denial is one of them if the answer goes on with looking into it: "it isn't in our list, I'll ask".

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
    checked = {clause for clause in has["checks"] if clause not in reading.denying}
    denied = {clause for clause in reading.denying if checked and clause < max(checked)}
    wishes = {clause for clause in wishes if words[clause] <= MAX_WISH}
    hard = {clause_of[one.start] for one in reading.promises if not one.excused}
    hard |= {clause_of[one.start] for one in reading.numbers if one.role in ("money", "percent", "span")}
    hard |= {clause_of[at] for at in reading.names}
    return frozenset(
        (set(reading.put_off_from) | reading.sorry | wishes | handed | denied | asking_clauses) - hard
    )
