"""The sentences and clauses of a text: which of them ask, deny, put off, regret something, or hold on a condition.

Out of scope: numbers and promises (`readings`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from colonnade.products.dealroom.assistant.rules.languages import Tongue
from colonnade.products.dealroom.assistant.rules.lexicon import Phrases, Words, phrases_of
from colonnade.products.dealroom.assistant.rules.tokens import Line, Token
from colonnade.products.dealroom.assistant.rules.topics import find_asides, find_dealings
from colonnade.products.dealroom.assistant.rules.words.links import WHY

__all__ = ["Clauses"]

NO_TROUBLE = 4
"""Tokens behind a negation up to what makes it an assent: "I don't see a problem"."""
SINGLE = ("en",)
"""Languages in which two negations deny nothing."""
_SHORTENED = frozenset(["sr", "sra", "srta", "dr", "dra", "prof", "profa", "mr", "mrs", "ms"])
MAX_CHECK = 6
"""Tokens between "ask" and "whether"."""
_WHY = phrases_of(WHY)


class Clauses:
    """A text in a language, cut into sentences and clauses."""

    def __init__(self, line: Line, tongue: Tongue) -> None:
        self.line, self.tokens, self.tongue = line, line.tokens, tongue
        self._with: dict[int, frozenset[int]] = {}

    @cached_property
    def sentence_of(self) -> list[int]:
        """For each token the number of its sentence."""
        found, count = [], 0
        for token in self.tokens:
            found.append(count)
            count += token.kind == "stop" and token.text != ":" and not self._is_short(len(found) - 1)
        return found

    def _is_short(self, at: int) -> bool:
        """Return whether a full stop belongs to a shortened title: "Sr. Momade"."""
        return at > 0 and self.tokens[at].text == "." and self.tokens[at - 1].key in _SHORTENED

    @cached_property
    def clause_of(self) -> list[int]:
        """For each token the number of its clause; a word such as "but" begins one."""
        found, count = [], 0
        for at, token in enumerate(self.tokens):
            joined = at + 1 < len(self.tokens) and self.tokens[at + 1].glued  # e-Mola
            breaks = token in self.tongue.breakers and not joined and token.text.lower() != "é"
            if (token.kind in ("stop", "comma") and not self._is_short(at)) or breaks:
                count += 1
            found.append(count)
        return found

    @cached_property
    def asks(self) -> frozenset[int]:
        """The sentences that end with a question mark."""
        marks = [
            at for at, token in enumerate(self.tokens) if token.kind == "stop" and set("?؟") & set(token.text)
        ]
        return frozenset(self.sentence_of[at] for at in marks)

    @cached_property
    def put_off_from(self) -> dict[int, int]:
        """For each clause that puts something off, the token from which it does."""
        found: dict[int, int] = {}
        tongue, last_check = self.tongue, -MAX_CHECK - 1
        for at, token in enumerate(self.tokens):
            clause = self.clause_of[at]
            if at and clause != self.clause_of[at - 1]:
                last_check = -MAX_CHECK - 1
            if clause in found:
                continue
            if token in tongue.about and at - last_check <= MAX_CHECK:
                found[clause] = at
            if token in tongue.checks and self._begins_about(at):
                found[clause] = self.begin_of(at)  # "about instalments I have to ask"
            if token in tongue.checks:
                if (
                    at and self.tokens[at - 1] in tongue.negators and self._knows(at)
                ):  # "não sei": all of the clause
                    found[clause] = self.begin_of(at)
                last_check = at
        for clause, begin in self._topics.items():
            if clause + 1 in found or clause + 1 in self.denying or clause + 1 in self._handed:
                found.setdefault(clause, begin)
        return found

    @cached_property
    def _handed(self) -> frozenset[int]:
        """The clauses that leave something to somebody: "I'll check with my colleague"."""
        said = [
            {clause for clause, token in zip(self.clause_of, self.tokens, strict=True) if token in words}
            for words in (self.tongue.people, self.tongue.checks)
        ]
        return frozenset(said[0] & said[1])

    @cached_property
    def _topics(self) -> dict[int, int]:
        """The clauses that only say what the next clause of their sentence speaks of, and where they begin."""
        begins: dict[int, int] = {}
        for at, clause in enumerate(self.clause_of):
            if self.tokens[at].kind == "word":
                begins.setdefault(clause, at)
        return {
            clause: at
            for clause, at in begins.items()
            if clause + 1 in begins
            and self.sentence_of[begins[clause + 1]] == self.sentence_of[at]
            and self.tongue.topics.find(self.tokens, at) is not None
        }

    def _knows(self, at: int) -> bool:
        """Return whether a denial is one of knowing: "no sé", but not "no se despinta"."""
        if any(self.asks_why(n) for n in range(at, min(len(self.tokens), at + MAX_CHECK))):
            return False  # "não vejo por que não"
        token, rest = self.tokens[at], self.tokens[at + 1 : at + 2]
        if not token.is_reflexive:
            return True
        return not rest or rest[0].kind != "word" or rest[0] in self.tongue.about

    def _begins_about(self, at: int) -> bool:
        begin = self.tokens[self.begin_of(at)]
        return begin in self.tongue.about and begin not in self.tongue.ifs

    def begin_of(self, at: int) -> int:
        """Return the first token of the clause of a token."""
        return bisect_left(self.clause_of, self.clause_of[at])

    @cached_property
    def denying(self) -> frozenset[int]:
        """The clauses that deny something: with a negation, but of a condition or a thing, or "no problem"."""
        tongue, since_if, never = self.tongue, set[int](), set[int]()
        found, first = set[int](), set[int]()
        for at, token in enumerate(self.tokens):
            clause = self.clause_of[at]
            if token in tongue.ifs:
                since_if.add(clause)  # "if you don't like it we …": what follows is no denial
            elif token in tongue.evers:
                never.add(clause)  # "it never fades" promises something
            elif self.asks_why(at):
                never.add(clause)  # "why not"
            elif self._is_negator(token) and clause not in since_if and not self._is_assent(at):
                if clause in found and tongue.code in SINGLE:
                    never.add(clause)  # "I can't say no to that"
                if at - self.begin_of(at) > 0:  # "no I can't" denies once
                    found.add(clause)
                first.add(clause)
        return frozenset((found | first) - never)

    def asks_why(self, at: int) -> bool:
        """Return whether a token is the negation of "why not", which is a yes."""
        before = tuple(one.key for one in self.tokens[max(0, at - 2) : at])
        return self.tokens[at] in self.tongue.negators and (before in _WHY or before[-1:] in _WHY)

    def _is_negator(self, token: Token) -> bool:
        """Return whether a token denies more than a thing; an Arabic "when" looks like a "not"."""
        tongue = self.tongue
        return token in tongue.negators and token not in tongue.withouts and token not in tongue.later

    def _is_assent(self, at: int) -> bool:
        """Return whether a negation is an assent, as in "no problem", or a "plus" without a "ne"."""
        tokens, trouble = self.tokens, self.tongue.trouble
        is_unsure = [one.key for one in tokens[at + 1 : at + 2]] == ["se"] and not self._knows(at + 1)
        if self.is_talk(at) and not is_unsure:  # "no sé", not "no se puede"
            return True
        near = [*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + NO_TROUBLE]]
        if tokens[at].key == "plus":
            return not any(one.key in ("ne", "n", "non", "pas") for one in tokens[self.begin_of(at) : at])
        return any(one in trouble for one in near)

    def is_talk(self, at: int) -> bool:
        """Return whether a phrase of talk begins at a token."""
        return self.tongue.talk.find(self.tokens, at) is not None

    @cached_property
    def conditional(self) -> frozenset[int]:
        """The sentences in which something holds if something else does."""
        return frozenset(self.sentence_of[at] for at in self._ifs)

    @cached_property
    def conditions(self) -> frozenset[int]:
        """The clauses that begin with a condition."""
        return frozenset(self.clause_of[at] for at in self._ifs)

    @cached_property
    def _ifs(self) -> list[int]:
        """The words that begin a condition at the begin of a clause."""
        return [
            at
            for at, token in enumerate(self.tokens)
            if token in self.tongue.ifs and at - self.begin_of(at) <= 1
        ]

    @cached_property
    def totalled(self) -> frozenset[int]:
        """The tokens of phrases that say that something holds of all things: "both", "in total"."""
        return frozenset(self.phrased_by(self.tongue.totals))

    @cached_property
    def sorry(self) -> frozenset[int]:
        """The clauses that regret something, or understand somebody."""
        return frozenset(self.clause_of[at] for at in self.phrased_by(self.tongue.sorry))

    def phrased_by(self, phrases: Phrases) -> Iterator[int]:
        """Yield the tokens of these phrases."""
        for at, token in enumerate(self.tokens):
            found = phrases.find(self.tokens, at) if token.kind == "word" else None
            if found is not None:
                yield from range(at, at + found[0])

    @cached_property
    def asides(self) -> frozenset[int]:
        """The tokens of what is only looked up, not dealt in, or not promised."""
        return find_asides(self.tokens, self.clause_of, self.tongue)

    @cached_property
    def dealings(self) -> frozenset[int]:
        """The clauses that deny what somebody has, does or can."""
        return find_dealings(self.tokens, self.clause_of, self.tongue)

    def may_name(self, at: int) -> bool:
        """Return whether a word of the customer's may stand at a place: that "it won't chip" is a promise."""
        if not self.is_open(at):
            return False
        clause = self.clause_of[at]
        is_asked = self.sentence_of[at] in self.asks or clause in self.put_off_from or at in self.asides
        return is_asked or clause in self.dealings or clause in self.sorry

    def is_put_off(self, at: int) -> bool:
        """Return whether the clause of a token has put off what follows before it, or takes it up only."""
        if at in self.asides:
            return True
        start = self.put_off_from.get(self.clause_of[at])
        return start is not None and at >= start

    def is_open(self, at: int) -> bool:
        """Return whether the place of a token asserts nothing: a question, a denial, or something put off."""
        clause = self.clause_of[at]
        if self.sentence_of[at] in self.asks or clause in self.denying or clause in self.put_off_from:
            return True
        return at in self.asides

    def sentences_with(self, words: Words) -> frozenset[int]:
        """Return the sentences that have one of these words."""
        if id(words) not in self._with:
            found = {self.sentence_of[at] for at, token in enumerate(self.tokens) if token in words}
            self._with[id(words)] = frozenset(found)
        return self._with[id(words)]
