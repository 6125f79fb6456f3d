"""Reads a text as the guard compares it: its clauses, its numbers, the promises in it, and what it denies or puts off.

A promise that is denied ("tidak ada diskon", "discounts aren't available") or put off ("I will ask whether …") is none.

Out of scope: comparing (`evidence`, `promises`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.clauses import Clauses
from colonnade.products.dealroom.assistant.rules.clocks import with_clocks
from colonnade.products.dealroom.assistant.rules.languages import PLAIN, Tongue, find_tongue
from colonnade.products.dealroom.assistant.rules.numbers import find_numbers
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.tokens import Line, Token, cut
from colonnade.products.dealroom.assistant.rules.words.common import COLOURS, DAYS, SHORT_DAYS, WITHOUT
from colonnade.products.dealroom.assistant.rules.words.links import OR

__all__ = ["LEAST_STEM", "PROPERTY", "Promise", "Reading", "read", "stems"]

LEAST_STEM = 4
MAX_FILLERS = 8

PROPERTY = "property"
"""The kind of what a thing is like or does ("warm", "fits under"), which the catalogue says in the same words."""
EVERYWHERE = "everywhere"
"""The kind of where something is sent, which says nothing of what it is."""
_BY_WORDS = frozenset({"payment", "imported", "health", "natural", "appliance", PROPERTY})
_OF_WORDS = frozenset((*COLOURS, PROPERTY))
"""Kinds whose words say what a sentence is about, too."""
_OR = frozenset(OR.split())
_LASTING = frozenset({"durable", PROPERTY})
_CONCESSIONS = frozenset({"lowering", "discount", "guarantee"})
"""Kinds of promises that are refused in more words than others: "I am not able to go any lower"."""


class Promise(Struct, frozen=True):
    """A phrase that promises something: its place, kind and words."""

    start: int
    end: int
    kind: str
    words: str
    denied: bool
    put_off: bool

    @property
    def meaning(self) -> str:
        """Return the kind, with a minus where the phrase says that a thing is without it."""
        if self.kind in WITHOUT:
            return (
                f"{self.kind.removeprefix('no ')}-"
                if self.denied or self.kind.startswith("no ")
                else self.kind
            )
        if self.kind == "compared":
            return f"{self.kind} {self.words}"
        # Of these the words matter: who takes cash may not take cards.
        return f"{self.kind} {self.words[:6]}" if self.kind in _BY_WORDS else self.kind

    @property
    def excused(self) -> bool:
        """Return whether it promises nothing, as it is denied or put off."""
        return self.put_off or (self.denied and self.kind not in WITHOUT and self.kind != "bogo")


class Reading(Clauses):
    """A text that has been read in a language.

    `names` are the tokens of names, which say nothing else; `own` are words of the catalogue's names, which are no
    words of another language.
    """

    def __init__(
        self,
        line: Line,
        tongue: Tongue,
        names: frozenset[int] = frozenset(),
        own: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(line, tongue)
        self.names, self.own = names, own

    @cached_property
    def numbers(self) -> list[Number]:
        """The numbers outside of names."""
        numbers = with_clocks(self.line, self.tongue, find_numbers(self.line, self.tongue), self.sentence_of)
        return [one for one in numbers if one.start not in self.names]

    @cached_property
    def counted(self) -> frozenset[int]:
        """The tokens of numbers and their units."""
        return frozenset(at for one in self.numbers for at in range(one.start, one.end))

    @cached_property
    def matches(self) -> list[tuple[int, int, str]]:
        """The phrases: start, end and kind."""
        found: list[tuple[int, int, str]] = []
        at = 0
        while at < len(self.tokens):
            match = self._phrase(at)
            if match is not None:
                found.append((at, at + match[0], match[1]))
            at += match[0] if match else 1
        return found

    @cached_property
    def promises(self) -> list[Promise]:
        """The promises, in order, without those within numbers; last those that nothing has to be paid."""
        found: list[Promise] = []
        for start, end, kind in self.matches:
            if kind != PLAIN:
                found.append(self._promise(start, end, kind, found))
        return found + self._unpaid() + self._credited()

    def _credited(self) -> list[Promise]:
        """Return the promises that something may be paid later."""
        tongue, found = self.tongue, []
        days = {start for start, _, kind in self.matches if kind in DAYS}
        for at, token in enumerate(self.tokens):
            if token not in tongue.paying or at in self.phrased or self.is_open(at):
                continue
            for then in range(at + 1, min(len(self.tokens), at + 1 + MAX_FILLERS)):
                if self.clause_of[then] != self.clause_of[at]:
                    break
                if self.tokens[then] in tongue.later or then in days:
                    words = " ".join(one.key for one in self.tokens[at : then + 1])
                    found.append(Promise(at, then + 1, "cod", words, denied=False, put_off=False))
                    break
        return found

    def _unpaid(self) -> list[Promise]:
        """Return the promises that something need not be paid."""
        tongue, found, since = self.tongue, [], None
        for at, token in enumerate(self.tokens):
            if at and self.clause_of[at] != self.clause_of[at - 1]:
                since = None
            if (
                since is not None
                and token in tongue.pays
                and at - since <= MAX_FILLERS
                and at not in self.phrased
            ):
                words = " ".join(one.key for one in self.tokens[since : at + 1])
                found.append(Promise(since, at + 1, "free", words, denied=False, put_off=self.is_put_off(at)))
                since = None
            if token in tongue.negators:
                since = at
            elif token in tongue.mays and not self._is_not_paid(at):
                since = None
        return found

    def promises_with(self, at: int) -> bool:
        """Return whether the sentence of a token promises something."""
        return self.sentence_of[at] in self._promising

    @cached_property
    def _promising(self) -> frozenset[int]:
        return frozenset(self.sentence_of[one.start] for one in self.promises)

    def _is_not_paid(self, at: int) -> bool:
        """Return whether the "se" of "no se paga" makes no denial of being able."""
        return self.tokens[at].key == "se" and any(
            one in self.tongue.pays for one in self.tokens[at + 1 : at + 2]
        )

    @cached_property
    def phrased(self) -> frozenset[int]:
        """The tokens of promises and of phrases that promise nothing."""
        return frozenset(at for start, end, _ in self.matches for at in range(start, end))

    @cached_property
    def promised(self) -> frozenset[int]:
        """The tokens of promises."""
        return frozenset(at for one in self.promises for at in range(one.start, one.end))

    @cached_property
    def colours(self) -> dict[int, str]:
        """The colours and materials by the token at which each begins."""
        return {start: kind for start, _, kind in self.matches if kind in COLOURS}

    def kinds_of_clause(self, at: int) -> frozenset[str]:
        """Return the kinds of promises in the clause of a token."""
        return self._kinds.get(self.clause_of[at], frozenset())

    @cached_property
    def _kinds(self) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        for promise in self.promises:
            if not promise.excused:
                found.setdefault(self.clause_of[promise.start], set()).add(promise.kind)
        return {clause: frozenset(kinds) for clause, kinds in found.items()}

    def around(self, number: Number) -> frozenset[str]:
        """Return the words right before and behind a number that say what it is a number of."""
        found: set[str] = set()
        tokens = self.tokens
        # Beyond a short word too: "2 de pistache", "caja de 12".
        first = (
            number.start - 2
            if number.start > 1 and len(tokens[number.start - 1].key) <= 3
            else number.start - 1
        )
        last = number.end < len(tokens) and len(tokens[number.end].key) <= 3
        for at in {number.start - 1, first, number.end, number.end - 1, number.end + last}:
            if not 0 <= at < len(tokens) or tokens[at].kind != "word":
                continue
            if at == number.start or number.start <= at < number.end - 1:
                continue
            token = tokens[at]
            is_own = token not in self.tongue.free and at not in self.phrased
            if is_own or at in self.colours or token in self.tongue.pieces:
                found.update(one for form in token.forms for one in stems(form))
                if token in self.tongue.pieces:  # "boxes of 250", "box of 250"
                    found.update((token.key, token.key.removesuffix("s"), token.key.removesuffix("es")))
        return frozenset(found)

    def _phrase(self, at: int) -> tuple[int, str] | None:
        token = self.tokens[at]
        if at in self.names or at in self.counted or token.kind != "word":
            return None
        match = self._short_day(at) or self.tongue.phrases.find(self.tokens, at)
        if match is None and token not in self.tongue.free and token.key not in self.own:
            match = self.tongue.foreign.find(self.tokens, at)
        return match

    def _short_day(self, at: int) -> tuple[int, str] | None:
        """Return a day of which only the beginning is written, beside another day or a number: "seg a sex 9h"."""
        days = SHORT_DAYS.get(self.tongue.code, {})
        day = days.get(self.tokens[at].key)
        if day is None:
            return None
        near = (*self.tokens[max(0, at - 2) : at], *self.tokens[at + 1 : at + 3])
        is_beside = any(one.key in days and one.key != self.tokens[at].key for one in near)
        behind = self.tokens[at + 1 : at + 2]
        is_timed = bool(behind) and behind[0].kind == "number" and behind[0].key[:2].strip(":.").isdecimal()
        return (1, f"day {day}") if is_beside or is_timed else None

    def _promise(self, start: int, end: int, kind: str, before: Sequence[Promise]) -> Promise:
        words = " ".join(token.key for token in self.tokens[start:end])
        denied = self._is_denied(start, end, kind)
        if not denied and before and before[-1].denied:
            between = [token.key for token in self.tokens[before[-1].end : start] if token.kind != "comma"]
            denied = (
                bool(between)
                and all(
                    key in _OR or token in self.tongue.fillers
                    for key, token in zip(between, self._words(before[-1].end, start), strict=True)
                )
                and any(key in _OR for key in between)
            )
        return Promise(start, end, kind, words, denied, self.is_put_off(start))

    def _words(self, start: int, end: int) -> Iterator[Token]:
        return (token for token in self.tokens[start:end] if token.kind != "comma")

    def _is_refused(self, start: int) -> bool:
        """Return whether one negation, and no "only", stands before a place in its clause."""
        before = self.tokens[self.begin_of(start) : start][-MAX_FILLERS:]
        denials = [at for at, one in enumerate(before) if self.tongue.denies(one)]
        behind = before[denials[0] :] if denials else []
        return (
            len(denials) == 1
            and self.clause_of[start] in self.denying
            and not any(token in self.tongue.only or token in self.tongue.pays for token in behind)
        )

    def _is_denied(self, start: int, end: int, kind: str) -> bool:
        """Return whether a negation governs the phrase, before it or right behind it."""
        tongue = self.tongue
        for at in range(start - 1, max(-1, start - 1 - MAX_FILLERS), -1):
            token = self.tokens[at]
            if token in tongue.negators:
                return True
            if token not in tongue.fillers:
                break
        if kind in _CONCESSIONS and self._is_refused(start):
            return True
        for at in range(end, min(len(self.tokens) - 1, end + 3)):
            if self.tokens[at] in tongue.negators:
                after = self.tokens[at + 1]
                last = at + 2 >= len(self.tokens) or self.tokens[at + 2].kind in ("stop", "comma")
                return after in tongue.denied_after and (last or self.tokens[at + 2] in tongue.free)
            if self.tokens[at] not in tongue.fillers:
                break
        return False

    def context(self, at: int) -> frozenset[str]:
        """Return what the sentence of a token is about: kinds of promises, and beginnings of its own words."""
        return self._contexts.get(self.sentence_of[at], frozenset())

    def topic(self, at: int) -> frozenset[str]:
        """Return what a sentence of a shop's text is about, else the one before: "Delivery £3. Other places £5"."""
        sentence = self.sentence_of[at]
        return self._contexts.get(sentence) or self._contexts.get(sentence - 1, frozenset())

    def contexts(self) -> Iterator[str]:
        """Yield what all sentences are about."""
        for context in self._contexts.values():
            yield from context

    def content(self, at: int) -> frozenset[str]:
        """Return the beginnings of the longer words in the sentence of a token, without those of its promises."""
        return self._contents.get(self.sentence_of[at], frozenset())

    def matter(self, at: int) -> frozenset[str]:
        """Return the beginnings by which a sentence says what lasts so long, unless it promises something of it."""
        sentence = self.sentence_of[at]
        if any(
            self.sentence_of[one.start] == sentence and one.kind not in _LASTING and not self.is_of_name(one)
            for one in self.promises
        ):
            return frozenset()
        return frozenset(one for one in self.content(at) if len(one) > LEAST_STEM)

    def is_of_name(self, promise: Promise) -> bool:
        """Return whether the words of a promise are those of a product's name: "the repair takes an hour"."""
        return all(token.key in self.own for token in self.tokens[promise.start : promise.end])

    def contents(self) -> Iterator[str]:
        """Yield the beginnings of all longer words."""
        for content in self._contents.values():
            yield from content

    @cached_property
    def _contents(self) -> dict[int, frozenset[str]]:
        tongue = self.tongue
        small = (tongue.fillers, tongue.titles, tongue.negators, tongue.withs, tongue.times, tongue.prices)
        said = {at for one in self.promises if one.kind not in _OF_WORDS for at in range(one.start, one.end)}
        found: dict[int, set[str]] = {}
        for at, token in enumerate(self.tokens):
            if (
                token.kind != "word"
                or at in said
                or at in self.counted
                or any(token in words for words in small)
            ):
                continue
            beginnings = {one for form in token.forms for one in stems(form)}
            if not beginnings and token not in tongue.free:
                beginnings = set(token.forms)
            found.setdefault(self.sentence_of[at], set()).update(beginnings)
        return {sentence: frozenset(words) for sentence, words in found.items()}

    @cached_property
    def _contexts(self) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        for promise in self.promises:
            if promise.kind not in (PROPERTY, EVERYWHERE):
                found.setdefault(self.sentence_of[promise.start], set()).add(promise.meaning)
        for at, token in enumerate(self.tokens):
            if token.kind != "word" or at in self.names or at in self.counted or at in self.phrased:
                continue
            if token not in self.tongue.free and self.tongue.said.isdisjoint(token.forms):
                beginnings = {one for form in token.forms for one in stems(form)}
                found.setdefault(self.sentence_of[at], set()).update(beginnings)
        return {sentence: frozenset(words) for sentence, words in found.items()}


def stems(word: str) -> set[str]:
    """Return the beginnings by which words are compared: two that share one are forms of the same word."""
    return (
        {word[:n] for n in range(max(LEAST_STEM, len(word) - 3), len(word) + 1)}
        if len(word) >= LEAST_STEM
        else set()
    )


def read(text: str, preferred: str = "") -> Reading:
    """Read a text in the language that its words are of."""
    line = cut(text)
    return Reading(line, find_tongue(line.tokens, preferred))
