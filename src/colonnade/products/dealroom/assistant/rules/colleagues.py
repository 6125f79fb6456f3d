"""Tells what an answer says of who is asked in the shop, and of when the customer hears again.

Out of scope: what is put off until then (`clauses`).
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.products.dealroom.assistant.rules.lexicon import Words
from colonnade.products.dealroom.assistant.rules.readings import Promise, Reading
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.common import ASKING, DAYS, REPLYING

__all__ = ["is_colleague", "is_reply"]

NEAR = 2
"""Words between who is asked and what says that somebody is."""
MAX_REPLY = 5
"""Tokens between "I'll write" and when."""
_REPLYING = Words(REPLYING.split())
_FOR = frozenset(["para", "pra", "pro", "pour", "for", "untuk", "que"])
_TOLD = frozenset(["te", "le", "les", "os", "lhe", "lhes", "vos", "vous", "lo"])
_ASKING = Words(ASKING.split())
_ASKED = frozenset(
    ["com", "con", "ao", "a", "al", "dona", "don", "seu", "mestre", "sr", "sra", "avec", "with"]
)


def is_colleague(reading: Reading, at: int) -> bool:
    """Return whether a name is that of somebody whom the speaker asks: "vou conversar com o Seu Arnaldo"."""
    clause = reading.clause_of[at]
    same = [n for n in range(reading.begin_of(at), at) if reading.tokens[n].kind == "word"]
    before = {reading.tokens[n].key for n in same[-NEAR - 1 :]}
    return (
        reading.tokens[at].text[:1].isupper()
        and not before.isdisjoint(_ASKED)
        and any(reading.tokens[n] in _ASKING for n in same)
        and not any(reading.clause_of[one.start] == clause and not one.excused for one in reading.promises)
        and not any(reading.clause_of[one.start] == clause for one in reading.numbers)
    )


def is_reply(reading: Reading, promise: Promise) -> bool:
    """Return whether a time is only when the speaker will write again: "I'll let you know today"."""
    begin = max(reading.begin_of(promise.start), promise.start - MAX_REPLY)
    before = reading.tokens[begin : promise.start]
    clause = reading.clause_of[promise.start]
    others = {one.kind for one in reading.promises if reading.clause_of[one.start] == clause} - {
        "fast",
        *DAYS,
    }
    told = [at for at, token in enumerate(before) if token in _REPLYING or _is_told(before, at)]
    return (
        bool(told)
        and not others
        and not any(token.key in _FOR for token in before[told[-1] :])
        and not any(one.role == "money" and reading.clause_of[one.start] == clause for one in reading.numbers)
    )


def _is_told(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a word is "confirmo" behind the one who is told."""
    return at > 0 and tokens[at].key.startswith("confirm") and tokens[at - 1].key in _TOLD
