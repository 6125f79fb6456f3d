"""Finds what an answer only takes up: it looks it up, does not deal in it, or will not promise it.

People put the topic in front ("Delivery to Bath, I'd have to ask", "Boneca não temos"), or name a thing instead of a
question ("I'll check the postage"). Nothing is asserted of such a thing, while "I checked, delivery is free" asserts.

Out of scope: what is put off by "whether" or "about" (`clauses`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.links import OR

__all__ = ["find_asides", "find_dealings"]

MAX_TOPIC = 8
"""Tokens of a topic in front."""
MAX_DENIAL = 8
"""Tokens of a clause that denies a topic before it."""
NEAR = 3
"""Tokens between a negation and the verb that it denies."""
_OR = frozenset(OR.split())


def find_asides(tokens: Sequence[Token], clause_of: Sequence[int], tongue: Tongue) -> frozenset[int]:
    """Return the tokens of which nothing is asserted; `clause_of` says to which clause each belongs."""
    clauses = list(_clauses(clause_of))
    found = set[int]()
    for index, (start, end) in enumerate(clauses):
        until = _looked_up(tokens, start, end, tongue)
        if until is None:
            until = _unpledged(tokens, start, end, tongue) or _unknown(tokens, start, end, tongue)
        if until is not None:
            found.update(range(*until))
        denied = _not_dealt_in(tokens, start, end, tongue)
        if denied is not None:
            found.update(range(start, denied))
        takes_up = (until is not None and until[0] == start) or (
            denied is not None and end - start <= MAX_DENIAL and _has_no_object(tokens, denied, end, tongue)
        )
        if takes_up and index and tokens[start].kind == "comma":
            begin, _ = clauses[index - 1]
            if start - begin <= MAX_TOPIC and not _asserts(tokens, begin, start, tongue):
                found.update(range(begin, start))
    return frozenset(found)


def find_dealings(tokens: Sequence[Token], clause_of: Sequence[int], tongue: Tongue) -> frozenset[int]:
    """Return the clauses that deny what somebody has, does or can, not what a thing is like."""
    found = set[int]()
    for at, token in enumerate(tokens):
        if token in tongue.negators:
            near = range(max(0, at - NEAR), min(len(tokens), at + NEAR + 1))
            same = [tokens[one] for one in near if clause_of[one] == clause_of[at]]
            behind = tokens[at + 1] if at + 1 < len(tokens) and clause_of[at + 1] == clause_of[at] else None
            is_last = token.key in ("no", "non") and (behind is None or behind.kind != "word")
            if is_last or any(
                one in tongue.deals or one in tongue.mays or one in tongue.checks for one in same
            ):
                found.add(clause_of[at])
    return frozenset(found)


def _clauses(clause_of: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first token of each clause and the one behind its last."""
    start = 0
    for at in range(1, len(clause_of) + 1):
        if at == len(clause_of) or clause_of[at] != clause_of[start]:
            yield start, at
            start = at


def _looked_up(tokens: Sequence[Token], start: int, end: int, tongue: Tongue) -> tuple[int, int] | None:
    """Return what a clause looks up: what stands around its verb, up to a word that asserts something."""
    verb = next((at for at in range(start, end) if _looks_up(tokens, start, at, tongue)), None)
    if verb is None or any(token in tongue.negators for token in tokens[max(start, verb - 2) : verb]):
        return None
    begin = verb if _asserts(tokens, start, verb, tongue) else start
    last = next((at for at in range(verb + 1, end) if tokens[at] in tongue.asserts), end)
    return begin, last


def _looks_up(tokens: Sequence[Token], start: int, at: int, tongue: Tongue) -> bool:
    """Return whether a verb says that the speaker is going to ask; a French "demande" may be an order."""
    if tokens[at] not in tongue.lookups:
        return False
    before = {token.key for token in tokens[max(start, at - NEAR) : at]}
    return (
        tongue.code != "fr"
        or tokens[at].key.endswith(("r", "ai"))
        or not before.isdisjoint(("je", "j", "on"))
    )


def _unpledged(tokens: Sequence[Token], start: int, end: int, tongue: Tongue) -> tuple[int, int] | None:
    """Return what a clause does not promise: "I can't promise a refund"."""
    verb = next((at for at in range(start, end) if tokens[at] in tongue.pledges), None)
    if verb is None:
        return None
    denials = sum(tongue.denies(token) for token in tokens[start:verb])
    return (verb, end) if denials == 1 else None


def _unknown(tokens: Sequence[Token], start: int, end: int, tongue: Tongue) -> tuple[int, int] | None:
    """Return what a clause says that nobody knows: "aucune idée si ça se raye"."""
    for at in range(start, end):
        if tokens[at] not in tongue.knows or not _is_knowing(tokens, at, end, tongue):
            continue
        before = tokens[max(start, at - NEAR) : at]
        if sum(tongue.denies(one) or one in tongue.unsure for one in before) == 1:
            return (at if _asserts(tokens, start, at - NEAR, tongue) else start), end
        behind = tokens[at + 1 : at + 2]
        if behind and tongue.code == "fr" and any(one.key in ("pas", "rien") for one in behind):
            return start, end
    return None


def _is_knowing(tokens: Sequence[Token], at: int, end: int, tongue: Tongue) -> bool:
    """Return whether a word is not only one of these by its letters: "no se despinta" has no "sé"."""
    if not tokens[at].is_reflexive:
        return True
    return at + 1 < end and tokens[at + 1] in tongue.about


def _not_dealt_in(tokens: Sequence[Token], start: int, end: int, tongue: Tongue) -> int | None:
    """Return the negation of a clause that only says no, or that a shop does not have or do something."""
    no = next((at for at in range(start, end) if _denies(tokens[at], tongue)), None)
    if no is None or _asserts(tokens, start, no, tongue):
        return None
    behind = [token for token in tokens[no + 1 : end] if token.kind == "word"]
    if tokens[no].key in tongue.withouts.exact:  # "Bolsa a gente tá sem"
        return None if behind else no
    deals = any(token in tongue.deals for token in behind[:NEAR])
    # "on n'en a pas", and a bare no
    around = (
        any(token in tongue.deals for token in tokens[max(start, no - NEAR) : no]) and tongue.code == "fr"
    )
    if any(token in tongue.trouble for token in behind):
        return None
    is_bare = not behind and (no <= start + 1 or tongue.sorry.find(tokens, no - 1) is not None)
    return no if deals or around or is_bare else None


def _has_no_object(tokens: Sequence[Token], no: int, end: int, tongue: Tongue) -> bool:
    """Return whether what is denied can only be what stands before: "we don't have any", but not "… have a fee"."""
    behind = [token for token in tokens[no + 1 : end] if token.kind == "word"]
    return all(
        token in tongue.deals or token in tongue.fillers or token in tongue.titles or token in tongue.negators
        for token in behind[: NEAR + 1]
    )


def _denies(token: Token, tongue: Tongue) -> bool:
    is_without = token in tongue.withouts and token.key not in tongue.withouts.exact
    return token in tongue.negators and not is_without and token not in tongue.later


def _asserts(tokens: Sequence[Token], start: int, end: int, tongue: Tongue) -> bool:
    return any(
        token in tongue.asserts
        or (token in tongue.negators and tokens[at - 1].key not in _OR)  # "or not"
        or token in tongue.ifs
        or token.kind == "number"
        for at, token in enumerate(tokens[start:end], start)
    )
