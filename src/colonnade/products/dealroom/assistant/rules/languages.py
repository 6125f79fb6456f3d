"""The languages that have rules, compiled once; which of them a text is in.

A text is in the language whose free words cover most of it. What no language's words cover is held by `promises`.

Out of scope: the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.products.dealroom.assistant.rules.lexicon import Language, Phrases, Words, folded, pairs
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.arabic import ARABIC
from colonnade.products.dealroom.assistant.rules.words.common import (
    BOGO,
    COLOURS,
    CURRENCIES,
    DAYS,
    EVERYTHING,
    EVERYWHERE,
    INTERNATIONAL,
    MEASURES,
    WITHOUT,
)
from colonnade.products.dealroom.assistant.rules.words.detours import DETOURS, Detours
from colonnade.products.dealroom.assistant.rules.words.english import ENGLISH
from colonnade.products.dealroom.assistant.rules.words.french import FRENCH
from colonnade.products.dealroom.assistant.rules.words.indonesian import INDONESIAN
from colonnade.products.dealroom.assistant.rules.words.portuguese import PORTUGUESE
from colonnade.products.dealroom.assistant.rules.words.spanish import SPANISH
from colonnade.products.dealroom.assistant.rules.words.turns import TURNS, Turns

__all__ = ["LANGUAGES", "PLAIN", "Tongue", "find_tongue"]

PLAIN = ""
"""The label of phrases that promise nothing."""

_HALF_NEGATIONS = ("ne", "n")
"""French words that deny together with another: "je ne sais pas" denies once."""
_FREE = """
    prices working negators fillers denied_after checks about breakers sizes orders pieces dates times titles moves
    above meets pays mays ones
"""
"""Lists of a language whose words may be said freely, besides its plain words …"""
_FREE_TURNS = "sorry people closed ifs"
"""… and those of its turns."""
_PROMISING_TURNS = {"compared": "compared", "paid": "paid", "stock": "kept", "hours": "daily"}
"""Lists of turns whose phrases promise something, by its kind."""


class Tongue:
    """A language's lists, ready for looking up; `others` are languages whose promises count in it as well."""

    def __init__(self, language: Language, others: Sequence[Language] = ()) -> None:
        self.code = language.code
        turns, detours = TURNS[language.code], DETOURS[language.code]
        self._read_words(language)
        self._read_numbers(language)
        self._read_turns(turns, detours)
        free = [language.plain, INTERNATIONAL, *(getattr(language, name) for name in _FREE.split())]
        free += [getattr(turns, name) for name in _FREE_TURNS.split()]
        self.free = Words(" ".join(free).replace("|", " ").split())
        self.phrases = Phrases(_promising(language, turns))
        # What another language promises counts, unless it is a plain word here.
        self.foreign = Phrases(each for one in others for each in one.kinds.items())

    def _read_words(self, language: Language) -> None:
        """Take the lists of words and phrases; what each is for stands at the fields of `Language`."""
        self.prices, self.working = _words(language.prices), _words(language.working)
        self.negators, self.fillers = _words(language.negators), _words(language.fillers)
        self.denied_after, self.checks = _words(language.denied_after), _words(language.checks)
        self.about, self.breakers = _words(language.about), _words(language.breakers)
        self.sizes, self.orders = _words(language.sizes), _words(language.orders)
        self.pieces, self.dates = _words(language.pieces), _words(language.dates)
        self.times, self.titles = _words(language.times), _words(language.titles)
        self.moves, self.meets = _words(language.moves), _words(language.meets)
        self.pays, self.mays = _words(language.pays), _words(language.mays)
        self.withs, self.haves, self.each = map(_words, (language.withs, language.haves, language.each))
        self.talk = Phrases([("talk", language.talk)])
        self.affirms = Phrases([("yes", language.affirms)])

    def _read_numbers(self, language: Language) -> None:
        """Take the lists by which numbers are read."""
        self.ones, self.joins = _words(language.ones), _words(language.joins)
        self.numbers, self.scales = pairs(language.numbers), pairs(language.scales)
        self.spans, money = pairs(language.spans), pairs(language.money)
        self.money = {**CURRENCIES, **money}
        self.measures = MEASURES
        self.percents = Phrases([("%", language.percents)])
        self.said = frozenset((*self.numbers, *self.spans, *money))
        """The words of numbers and units, which are known without being free."""

    def _read_turns(self, turns: Turns, detours: Detours) -> None:
        """Take the lists that decide how a sentence is read."""
        self.ifs, self.withouts, self.people = map(_words, (turns.ifs, turns.withouts, turns.people))
        self.closed, self.opens, self.later = map(_words, (turns.closed, turns.opens, turns.later))
        self.tells, self.trouble, self.paying = map(_words, (turns.tells, turns.trouble, turns.paying))
        self.only, self.evers = _words(turns.only), _words(turns.evers)
        self.sorry, self.wishes = Phrases([("sorry", turns.sorry)]), Phrases([("wish", turns.wishes)])
        self.totals, self.both = Phrases([("total", turns.totals)]), Phrases([("both", turns.both)])
        self.topics = Phrases([("topic", turns.topics)])
        self.lookups, self.deals, self.asserts = map(
            _words, (detours.lookups, detours.deals, detours.asserts)
        )
        self.pledges, self.knows, self.unsure = map(_words, (detours.pledges, detours.knows, detours.unsure))

    def denies(self, token: Token) -> bool:
        """Return whether a token is a negation by itself; a French "ne" goes with another."""
        return token in self.negators and token.key not in _HALF_NEGATIONS


def _words(text: str) -> Words:
    return Words(text.split())


def _promising(language: Language, turns: Turns) -> list[tuple[str, str]]:
    """Return the phrases that promise something, and those that are plain, with their kinds."""
    return [
        ("cheapest", turns.cheapest),
        ("bogo", BOGO),
        ("everything", EVERYTHING),
        ("everywhere", EVERYWHERE),
        (PLAIN, language.phrases),
        *language.kinds.items(),
        *WITHOUT.items(),
        *DAYS.items(),
        *COLOURS.items(),
        *((kind, getattr(turns, name)) for kind, name in _PROMISING_TURNS.items()),
    ]


_ALL = (INDONESIAN, ENGLISH, PORTUGUESE, SPANISH, FRENCH, ARABIC)
LANGUAGES = [Tongue(one, others=[other for other in _ALL if other is not one]) for one in _ALL]
folded.cache_clear()


def find_tongue(tokens: Sequence[Token], preferred: str = "") -> Tongue:
    """Return the language whose words cover most of these tokens; of equals, the preferred one."""
    words = [token for token in tokens if token.kind == "word" and len(token.key) > 1]

    def covered(tongue: Tongue) -> tuple[int, bool]:
        count = sum(word in tongue.free or not tongue.said.isdisjoint(word.forms) for word in words)
        return count + (tongue.code == preferred and count > 0), tongue.code == preferred

    return max(LANGUAGES, key=covered)
