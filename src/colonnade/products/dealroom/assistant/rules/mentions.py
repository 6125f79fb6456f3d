"""Finds which products an answer speaks of, and of which at each place.

A product is mentioned by its name, or by a word that only its name has ("sandalnya"). A number speaks of the product
mentioned last before it, of those mentioned together ("A and B cost …"), else of the first mentioned in its sentence.

Out of scope: what the answer is based on as a whole (`catalogue`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.catalogue import Item
from colonnade.products.dealroom.assistant.rules.languages import LANGUAGES
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.rules.tokens import Token, cut, is_long
from colonnade.products.dealroom.assistant.rules.words.common import COLOURS

__all__ = ["Mention", "Mentions", "Names"]

LEAST_LETTERS = 4
MAX_TOGETHER = 8
_PLURALS = ("s", "x")
_COLOURS = frozenset(fold(word) for words in COLOURS.values() for word in words.replace("*", "").split("|"))


class Mention(Struct, frozen=True):
    """A product mentioned at a token."""

    at: int
    item: Item


class Names:
    """The names of a catalogue's items, and the words that only one of them has."""

    def __init__(self, items: Sequence[Item]) -> None:
        known: set[str] = set()
        self._names: dict[str, list[tuple[list[str], Item]]] = {}
        owners: dict[str, list[Item]] = {}
        for item in items:
            words = [token.key for token in cut(item.name).tokens if token.kind in ("word", "number")]
            known.update(words)
            if words:
                self._names.setdefault(words[0], []).append((words, item))
            for word in dict.fromkeys(words):
                owners.setdefault(word, []).append(item)
        self.words = frozenset(known)
        self._own = {
            word: found[0] for word, found in owners.items() if len(found) == 1 and _is_telling(word)
        }
        self._owners = owners
        self._texts: dict[int, frozenset[tuple[str, str]]] = {}
        self._starts: dict[str, list[str]] = {}
        for word in self._own:
            self._starts.setdefault(word[:LEAST_LETTERS], []).append(word)

    def find(
        self, tokens: Sequence[Token], asked: Sequence[Item] = ()
    ) -> tuple[frozenset[int], list[Mention]]:
        """Return the tokens that are whole names, and the products mentioned, in order.

        A word of several names stands for the only one of them that was `asked` about.
        """
        whole: set[int] = set()
        mentions: list[Mention] = []
        for at, token in enumerate(tokens):
            if at in whole or token.kind not in ("word", "number"):
                continue
            for words, item in sorted(self._candidates(token), key=lambda each: -len(each[0])):
                if _follows(tokens[at + 1 : at + len(words)], words[1:]):
                    whole.update(range(at, at + len(words)))
                    mentions.append(Mention(at, item))
                    break
            else:
                owner = self._owner(token) or self._asked_owner(token, asked)
                if owner is not None and not (mentions and self._is_part(tokens, at, mentions[-1], owner)):
                    mentions.append(Mention(at, owner))
        products = [one for one in mentions if one.item.product_id is not None]
        return frozenset(whole), products

    def _asked_owner(self, token: Token, asked: Sequence[Item]) -> Item | None:
        """Return the only product asked about of those whose names share a word."""
        sharing = self._owners.get(token.key, []) if asked and _is_telling(token.key) else []
        found = [item for item in sharing if any(item is one for one in asked)]
        return found[0] if len(found) == 1 else None

    def _is_part(self, tokens: Sequence[Token], at: int, last: Mention, owner: Item) -> bool:
        """Return whether a word says something of the product named before: "camas de casal" is no other room."""
        if last.item is owner:
            return False
        if id(last.item) not in self._texts:
            words = [token.key for token in cut(last.item.text).tokens]
            self._texts[id(last.item)] = frozenset(pairwise(words))
        near = [token.key for token in tokens[max(0, at - 1) : at + 2]]
        return not self._texts[id(last.item)].isdisjoint(pairwise(near))

    def _candidates(self, token: Token) -> list[tuple[list[str], Item]]:
        return [each for form in _numbered(token) for each in self._names.get(form, ())]

    def _owner(self, token: Token) -> Item | None:
        for form in _numbered(token):
            if form in self._own:
                return self._own[form]
        for form in token.forms:
            for word in self._starts.get(form[:LEAST_LETTERS], ()):
                is_form = abs(len(word) - len(form)) <= 3 and (word.startswith(form) or form.startswith(word))
                if is_form and not any(token in tongue.free for tongue in LANGUAGES):  # "sale" is no salt
                    return self._own[word]
        return None


def _numbered(token: Token) -> Iterator[str]:
    """Yield the forms of a word, and what it is without the ending of a plural: "six chairs"."""
    yield from token.forms
    if token.kind == "word" and len(token.key) > LEAST_LETTERS:
        yield from (token.key[:-1] for end in _PLURALS if token.key.endswith(end))


def _follows(tokens: Sequence[Token], words: Sequence[str]) -> bool:
    """Return whether these are the words of a name, each in one of its numbers: "leçons de conduite"."""
    return len(tokens) == len(words) and all(
        word in _numbered(token) for token, word in zip(tokens, words, strict=True)
    )


def _is_telling(word: str) -> bool:
    """Return whether a word of a name may stand for the product: not "with", "the" or "leather"."""
    if word in _COLOURS:
        return False
    if is_long(word):
        return True
    return len(word) == LEAST_LETTERS - 1 and not any(
        words.has(word)
        for tongue in LANGUAGES
        for words in (tongue.fillers, tongue.titles, tongue.withs, tongue.negators, tongue.breakers)
    )


class Mentions:
    """The products mentioned in an answer, by place."""

    def __init__(self, reading: Reading, mentions: Sequence[Mention]) -> None:
        self._reading = reading
        self._places = [one.at for one in mentions]
        amounts = [one.start for one in reading.numbers if one.role == "money"]
        self._groups: list[list[Item]] = []
        self._first: dict[int, Item] = {}
        for index, one in enumerate(mentions):
            group = [one.item]
            sentence = reading.sentence_of[one.at]
            self._first.setdefault(sentence, one.item)
            last = mentions[index - 1].at if index else -1
            together = index > 0 and reading.sentence_of[last] == sentence
            if together and bisect_left(amounts, last) == bisect_left(amounts, one.at):
                group += self._groups[-1][: MAX_TOGETHER - 1]
            self._groups.append(group)

    def before(self, at: int) -> list[Item]:
        """Return the products that the number at a token speaks of; none if no product is mentioned there."""
        index = bisect_left(self._places, at)
        if index:
            return self._groups[index - 1]
        first = self._first.get(self._reading.sentence_of[at])
        return [first] if first is not None else []
