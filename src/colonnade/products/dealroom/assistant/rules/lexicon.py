"""The form of a language's word lists, and how they are looked up.

A word that ends in `*` stands for all that begin like it. Lists of words are separated by spaces, lists of phrases by
`|` or a line break; numbers and units are pairs (`seven 7`). Everything is folded as tokens are.

Out of scope: the words themselves (`words/`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.rules.tokens import Token

__all__ = ["Language", "Phrases", "Words", "folded", "pairs", "phrases_of"]

MIN_STEM = 2
MAX_REMEMBERED = 20_000
"""Words of which a list remembers whether it has them."""


class Language(Struct, frozen=True, kw_only=True):
    """The words of a language, by what they do in an answer; a word may stand in several lists."""

    code: str
    """BCP 47: of two letters."""
    plain: str
    """Words that may be said freely, for they promise nothing."""
    phrases: str
    """Phrases that may be said freely although a word in them promises something: "free to ask"."""
    kinds: Mapping[str, str]
    """Phrases that promise something, by kind: the catalogue has to say one of the same kind."""
    numbers: str
    """Words for numbers, each with its value: `seven 7`."""
    scales: str
    """Words that multiply the number before them: `thousand 1000`."""
    ones: str
    """Numbers that are articles, too: read as one only before a unit."""
    joins: str
    """Words inside of a number: "two hundred and fifty"."""
    spans: str
    """Words for units of time with their unit: `weeks week`; with a digit it is a number as well: `setahun year1`."""
    money: str
    """Words for currencies, each with its ISO 4217 code, or a group of `words.common.GROUPS`: `quid GBP`."""
    prices: str
    """Words after which a number is a price: "costs 45"."""
    percents: str
    """Phrases behind a percentage."""
    working: str
    """Words before or behind a unit of time that belong to it: "3 working days"."""
    negators: str
    """Words that deny."""
    fillers: str
    """Words that may stand between a negator and the promise that it denies."""
    denied_after: str
    """Words that deny a promise before them where a negator stands before: "discounts are not available"."""
    checks: str
    """Verbs of asking, knowing and looking up. With a word of `about` behind them they put off what follows …"""
    about: str
    """… "I will ask whether …"."""
    breakers: str
    """Words that begin a clause, and so end a denial or a putting off: "but"."""
    sizes: str
    """Words by which a number is a size."""
    orders: str
    """Words by which a number is that of an order, a house or the like, which a customer may name."""
    pieces: str
    """Words for things that are counted: "3 boxes"."""
    dates: str
    """Words by which a number is a date: months, "1st"."""
    times: str
    """Words before a time of day."""
    titles: str
    """Words before a name."""
    moves: str
    """Words that make a day a promise ("we send it tomorrow")."""
    meets: str
    """Words of meeting, waiting and noting: with them a customer's day may be repeated."""
    pays: str
    """Words that make a gift of a thing when they are denied ("you do not pay …") …"""
    mays: str
    """… unless one of these stands between ("we can't accept …")."""
    above: str
    """Words of bounds, which are free: "from 45"."""
    affirms: str
    """Phrases that agree to what was asked."""
    talk: str
    """Phrases of greeting, thanking, asking and the like: a clause that has one need not be about the catalogue."""
    each: str
    """Words that say that a price is that of one."""
    haves: str
    """Words that say that a thing is there."""
    withs: str
    """Words before what comes with a thing."""


folded = cache(fold)
"""`fold`, remembered while the lists are made, which share their words; cleared when they are."""


class Words:
    """A set of words and of beginnings of words."""

    def __init__(self, words: Iterable[str]) -> None:
        found = [(folded(word.removesuffix("*")), word.endswith("*")) for word in words]
        self.exact = frozenset(word for word, _ in found)
        self._stems = frozenset(word for word, is_stem in found if is_stem)
        self._longest = max((len(one) for one in self._stems), default=0)
        self._seen: dict[str, bool] = {}

    def __contains__(self, token: object) -> bool:
        """Return whether it has the token in one of its forms."""
        assert isinstance(token, Token)
        if token.kind != "word":
            return False
        seen = self._seen.get(token.key)
        if seen is None:
            if len(self._seen) > MAX_REMEMBERED:
                self._seen.clear()
            seen = self._seen[token.key] = any(self.has(form) for form in token.forms)
        return seen

    def has(self, form: str) -> bool:
        """Return whether it has this folded word."""
        if form in self.exact:
            return True
        most = min(len(form), self._longest)
        return any(form[:n] in self._stems for n in range(MIN_STEM, most + 1))


class Phrases:
    """Phrases of one or more words, each with a label; the longest that stands at a place is found."""

    def __init__(self, labelled: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, list[tuple[list[str], str]]] = {}
        self._stems: dict[str, list[tuple[list[str], str]]] = {}
        for label, phrases in labelled:
            for phrase in phrases.replace("\n", "|").split("|"):
                # A word's star survives folding only at its end.
                words = [folded(word) for word in phrase.split()]
                if words:
                    table = self._stems if words[0].endswith("*") else self._exact
                    table.setdefault(words[0].rstrip("*"), []).append((words[1:], label))
        self._longest = max(map(len, self._stems), default=0)
        self._seen: dict[str, list[tuple[list[str], str]]] = {}

    def find(self, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """Return the length in tokens and the label of the longest phrase that begins at `at`."""
        best: tuple[int, str] | None = None
        token = tokens[at]
        candidates = self._seen.get(token.key)
        if candidates is None:
            if len(self._seen) > MAX_REMEMBERED:
                self._seen.clear()
            candidates = self._seen[token.key] = list(self._candidates(token))
        for rest, label in candidates:
            length = len(rest) + 1
            if (best is None or length > best[0]) and _follow(tokens, at + 1, rest):
                best = (length, label)
        return best

    def _candidates(self, token: Token) -> Iterator[tuple[list[str], str]]:
        for form in token.forms:
            yield from self._exact.get(form, ())
            for n in range(MIN_STEM, min(len(form), self._longest) + 1):
                yield from self._stems.get(form[:n], ())


def _follow(tokens: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    if at + len(words) > len(tokens):
        return False
    return all(_is(tokens[at + n], word) for n, word in enumerate(words))


def _is(token: Token, word: str) -> bool:
    if token.kind not in ("word", "number"):
        return False
    if word.endswith("*"):
        return any(form.startswith(word[:-1]) for form in token.forms)
    return word in token.forms


def phrases_of(text: str) -> list[tuple[str, ...]]:
    """Return the phrases of a list, each as its words; in these no word ends in `*`."""
    lines = text.replace("\n", "|").split("|")
    return [tuple(phrase.split()) for phrase in lines if phrase.strip()]


@cache
def pairs(text: str) -> dict[str, str]:
    """Return the words of a list of pairs and what stands behind each."""
    words = text.split()
    return {fold(word): value for word, value in zip(words[::2], words[1::2], strict=True)}
