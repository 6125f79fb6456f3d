"""The languages that have rules, compiled once; which of them a text is in.

A text is in the language whose free words cover most of it. What no language's words cover is held by `promises`.

Out of scope: the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.products.dealroom.assistant.rules.lexicon import Language, Phrases, Words, pairs
from colonnade.products.dealroom.assistant.rules.tokens import Token
from colonnade.products.dealroom.assistant.rules.words.arabic import ARABIC
from colonnade.products.dealroom.assistant.rules.words.common import (
    BOGO,
    COLOURS,
    CURRENCIES,
    DAYS,
    EVERYTHING,
    INTERNATIONAL,
    MEASURES,
    WITHOUT,
)
from colonnade.products.dealroom.assistant.rules.words.detours import DETOURS
from colonnade.products.dealroom.assistant.rules.words.english import ENGLISH
from colonnade.products.dealroom.assistant.rules.words.french import FRENCH
from colonnade.products.dealroom.assistant.rules.words.indonesian import INDONESIAN
from colonnade.products.dealroom.assistant.rules.words.portuguese import PORTUGUESE
from colonnade.products.dealroom.assistant.rules.words.spanish import SPANISH
from colonnade.products.dealroom.assistant.rules.words.turns import TURNS, Turns

__all__ = ["LANGUAGES", "PLAIN", "Tongue", "find_tongue"]

PLAIN = ""
"""The label of phrases that promise nothing."""

_LISTS = [
    "prices",
    "working",
    "negators",
    "fillers",
    "denied_after",
    "checks",
    "about",
    "breakers",
    "sizes",
    "orders",
    "pieces",
    "dates",
    "times",
    "titles",
    "moves",
    "above",
    "meets",
    "pays",
    "mays",
]

_TURNING_WORDS = [
    "ifs",
    "withouts",
    "people",
    "closed",
    "opens",
    "later",
    "tells",
    "trouble",
    "paying",
    "only",
    "evers",
]
_TURNING_PHRASES = ["sorry", "wishes", "totals", "both", "topics"]
_PROMISING_TURNS = {"compared": "compared", "paid": "paid", "stock": "kept", "hours": "daily"}
"""What phrases promise that turn a sentence: the kind of each list."""


class Tongue:
    """A language's lists, ready for looking up; with several languages, all of theirs together."""

    def __init__(self, *languages: Language, others: Sequence[Language] = ()) -> None:
        self.code = languages[0].code if len(languages) == 1 else ""
        sets = {name: Words(" ".join(getattr(one, name) for one in languages).split()) for name in _LISTS}
        self.prices, self.working, self.negators, self.fillers = (sets[name] for name in _LISTS[:4])
        self.denied_after, self.checks, self.about, self.breakers = (sets[name] for name in _LISTS[4:8])
        self.sizes, self.orders, self.pieces, self.dates = (sets[name] for name in _LISTS[8:12])
        self.times, self.titles, self.moves, self.above = (sets[name] for name in _LISTS[12:16])
        self.meets, self.pays, self.mays = (sets[name] for name in _LISTS[16:])
        self.ones = Words(" ".join(one.ones for one in languages).split())
        self.joins = Words(" ".join(one.joins for one in languages).split())
        self.numbers = _merged(one.numbers for one in languages)
        self.scales = _merged(one.scales for one in languages)
        self.spans = _merged(one.spans for one in languages)
        self.money = {**CURRENCIES, **_merged(one.money for one in languages)}
        self.measures = MEASURES
        self.withs = Words(" ".join(one.withs for one in languages).split())
        self.haves = Words(" ".join(one.haves for one in languages).split())
        self.talk = Phrases(("talk", one.talk) for one in languages)
        self.each = Words(" ".join(one.each for one in languages).split())
        self.affirms = Phrases(("yes", one.affirms) for one in languages)
        self.percents = Phrases(("%", one.percents) for one in languages)
        free = " ".join(
            f"{one.plain} {' '.join(getattr(one, name) for name in _LISTS)} {one.ones}" for one in languages
        )
        turns = [TURNS[one.code] for one in languages]
        free += " ".join(f" {one.sorry} {one.people} {one.closed} {one.ifs}" for one in turns)
        self.free = Words(f"{free} {INTERNATIONAL}".replace("|", " ").split())
        self.phrases = Phrases(_promising(languages, turns))
        words = {
            name: Words(" ".join(getattr(one, name) for one in turns).split()) for name in _TURNING_WORDS
        }
        self.ifs, self.withouts, self.people, self.closed = (words[name] for name in _TURNING_WORDS[:4])
        self.opens, self.later, self.tells, self.trouble = (words[name] for name in _TURNING_WORDS[4:8])
        self.paying, self.only, self.evers = (words[name] for name in _TURNING_WORDS[8:])
        detours = [DETOURS[one.code] for one in languages]
        self.lookups, self.deals, self.asserts, self.pledges, self.knows, self.unsure = (
            Words(" ".join(getattr(one, name) for one in detours).split())
            for name in ("lookups", "deals", "asserts", "pledges", "knows", "unsure")
        )
        phrases = {name: Phrases((name, getattr(one, name)) for one in turns) for name in _TURNING_PHRASES}
        self.sorry, self.wishes, self.totals, self.both, self.topics = (
            phrases[name] for name in _TURNING_PHRASES
        )
        self.said = frozenset((*self.numbers, *self.spans, *_merged(one.money for one in languages)))
        # What another language promises counts, unless it is a plain word here.
        self.foreign = Phrases(each for one in others for each in one.kinds.items())


def _promising(languages: Sequence[Language], turns: Sequence[Turns]) -> list[tuple[str, str]]:
    """Return the phrases that promise something, and those that are plain, with their kinds."""
    return [
        *(("cheapest", one.cheapest) for one in turns),
        ("bogo", BOGO),
        ("everything", EVERYTHING),
        *((PLAIN, one.phrases) for one in languages),
        *(each for one in languages for each in one.kinds.items()),
        *WITHOUT.items(),
        *DAYS.items(),
        *COLOURS.items(),
        *((kind, getattr(one, name)) for kind, name in _PROMISING_TURNS.items() for one in turns),
    ]


def _merged(lists: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in lists:  # type: ignore[attr-defined]
        found |= {word: value for word, value in pairs(one).items() if word not in found}
    return found


_ALL = (INDONESIAN, ENGLISH, PORTUGUESE, SPANISH, FRENCH, ARABIC)
LANGUAGES = [Tongue(one, others=[other for other in _ALL if other is not one]) for one in _ALL]


def find_tongue(tokens: Sequence[Token], preferred: str = "") -> Tongue:
    """Return the language whose words cover most of these tokens; of equals, the preferred one."""
    words = [token for token in tokens if token.kind == "word" and len(token.key) > 1]

    def covered(tongue: Tongue) -> tuple[int, bool]:
        count = sum(word in tongue.free or not tongue.said.isdisjoint(word.forms) for word in words)
        return count + (tongue.code == preferred and count > 0), tongue.code == preferred

    return max(LANGUAGES, key=covered)
