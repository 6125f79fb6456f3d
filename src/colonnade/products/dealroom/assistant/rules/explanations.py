"""Explains the numbers, links and words of one answer; what nothing explains is a reason to hold it.

Out of scope: what vouches for what (`evidence`, `asked`), the words themselves (`promises`, `words/`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from colonnade.products.dealroom.assistant.rules.affirmations import find_agreed
from colonnade.products.dealroom.assistant.rules.amounts import Amounts, Scopes
from colonnade.products.dealroom.assistant.rules.asked import Asked
from colonnade.products.dealroom.assistant.rules.assertions import find_bare
from colonnade.products.dealroom.assistant.rules.bundles import find_bundles
from colonnade.products.dealroom.assistant.rules.calendars import SaidTimes, read_calendar
from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue, Item
from colonnade.products.dealroom.assistant.rules.clocks import HALF_A_DAY, either_half
from colonnade.products.dealroom.assistant.rules.contacts import find_contacts
from colonnade.products.dealroom.assistant.rules.evidence import Evidence, Library
from colonnade.products.dealroom.assistant.rules.languages import find_tongue
from colonnade.products.dealroom.assistant.rules.mentions import Mentions, Names
from colonnade.products.dealroom.assistant.rules.promises import unknown_words
from colonnade.products.dealroom.assistant.rules.readings import Reading, stems
from colonnade.products.dealroom.assistant.rules.refusals import is_refused
from colonnade.products.dealroom.assistant.rules.roles import Number
from colonnade.products.dealroom.assistant.rules.spans import is_hour_of_day, is_lasting
from colonnade.products.dealroom.assistant.rules.subjects import Subjects
from colonnade.products.dealroom.assistant.rules.tokens import Token, cut
from colonnade.products.dealroom.assistant.rules.words.common import BOUNDS, DAYS

__all__ = ["Explanation", "Said"]

NEAR = 3
"""Tokens between a size and a colour."""
MAX_LEFT = 20
"""Unexplained numbers after which no more are looked for."""

_BOUNDS = frozenset(BOUNDS.split())
HOURS = 24
"""Hours of a day."""
_PLAIN = ("count", "bare", "date", "size", "money")
"""Roles of numbers whose meaning may not be said beside them."""
_MARKED = ("size", "order", "date", "measure", "time")


class Said(Struct, frozen=True):
    """Texts besides the catalogue: the customer's (`asked`), ours (`known`), people's names; the vendor's language."""

    asked: Sequence[str] = ()
    known: Sequence[str] = ()
    names: Sequence[str] = ()
    language: str = ""


class Explanation:
    """One answer, and all that may vouch for it."""

    def __init__(self, text: str, catalogue: Catalogue, used: list[Item], said: Said) -> None:
        sellers = [item for item in catalogue.items if item.product_id is None]
        if not used and len(sellers) == 1:
            used = sellers  # what the only seller says of itself holds for whatever is talked about
        self.used, self.items, self.known = used, catalogue.items, list(said.known)
        self._used_ids = {id(item) for item in used}
        line = cut(text)
        own = Names(catalogue.items)
        whole, mentioned = own.find(line.tokens)
        outside = [token for at, token in enumerate(line.tokens) if at not in whole]
        tongue = find_tongue(outside, said.language[:2].lower())
        self.reading = Reading(line, tongue, whole, own.words)
        self.mentioned, self.mentions = mentioned, Mentions(self.reading, mentioned)
        self.asked, self.questions = Asked(said.asked, tongue), said.asked
        self._subjects = Subjects(own, catalogue.items, used, self.asked)
        if len(self._subjects.named) > 1:
            self.mentioned = mentioned = own.find(line.tokens, self._subjects.named)[1]
            self.mentions = Mentions(self.reading, mentioned)
        people = [form for name in said.names for token in cut(name).tokens for form in token.forms]
        self.names = frozenset((*people, *own.words, *(one for word in own.words for one in stems(word))))
        self._library = Library((item.text for item in (used or catalogue.items)[:50]), tongue, own.words)
        spoken = [one.item for one in mentioned] or self._subjects.unnamed(self.reading)
        self._unnamed = [] if mentioned else spoken
        ours = {id(item): item for item in (*used, *self._with_sellers(spoken))}
        calendar = read_calendar(Reading(cut(one), tongue) for one in self.known)
        self._times = SaidTimes(self.reading, calendar, self.asked.readings) if calendar is not None else None
        self.evidence = self._read(ours.values())
        self._of: dict[tuple[int, ...], Evidence] = {}
        scopes = Scopes(self._about, self._scope, lambda: _priced(self.used, self.items))
        self._amounts = Amounts(self.reading, mentioned, self.mentions, self._subjects, self.asked, scopes)

    def reasons(self) -> list[str]:
        """Return the reasons against the answer: numbers, words, then links and numbers to call or pay to."""
        words = unknown_words(
            self.reading,
            self.evidence,
            self._known_of,
            self._is_cheapest,
            self.asked,
            self.names,
            self._subjects.has_word,
        )
        bundles = find_bundles(self.reading, self.mentioned, self._subject)
        is_priced = any(one.role == "money" and one.marked for one in self.reading.numbers)
        prices = [item.price for item in self.items if item.price is not None]
        agreed = find_agreed(
            self.reading, self.questions, self.evidence, self.names, prices, is_priced=is_priced
        )
        bare = find_bare(self.reading, self.evidence, self.names)
        return [
            *self._numbers(),
            *words,
            *self._unknown_contacts(),
            *bundles,
            *agreed,
            *bare,
            *self._wrong_hours(),
        ]

    def _unknown_contacts(self) -> list[str]:
        texts = [*(item.text for item in self.used), *self.known]
        return find_contacts(self.reading, texts, self._library, self.asked)

    def _wrong_hours(self) -> list[str]:
        """Return the days and times that are not as the channel's lines say."""
        return self._times.wrong_days() if self._times is not None else []

    def _numbers(self) -> list[str]:
        left: list[Number] = []
        for one in self.reading.numbers:
            if not self._is_explained(one):
                left.append(one)
            if len(left) > MAX_LEFT:
                break
        left = [one for one in left if not self._amounts.adds_up(one, left)]
        reasons = [_reason(one) for one in left if not self._amounts.makes_total(one)]
        return reasons or [*self._amounts.falls(), *self._amounts.undersold()]

    def _is_explained(self, number: Number) -> bool:
        context = self.reading.context(number.start)
        if not context or (number.role == "span" and not self.reading.promises_with(number.start)):
            context |= self.asked.context
        around = self.reading.around(number)
        sized = replace(number, role="size", unit="")
        if is_refused(self.reading, number, self.asked) or self._is_code(number):
            return True
        if self._is_size(number) and self._about(number).vouches(sized, context, around):
            return True
        if (
            self._is_end(number)
            or (self._times is None and self._is_hour(number))
            or self._is_put_off(number)
        ):
            return True
        if number.role == "money":
            counted = replace(number, role="count", unit="-")  # "they're $89 for the set of four"
            is_count = number.unit == "priced" and self._about(number).vouches(counted, context, around)
            return is_count or self._amounts.is_price(number, context, around)
        evidence = self._about(number)
        if number.values == {1} and (
            number.role in ("count", "bare", "times")
            or (number.role == "span" and number.unit in evidence.rates)
        ):
            return True
        if number.role == "span" and is_hour_of_day(self.reading, number):
            clock = self._scope(self._spoken(number.start)).clock or evidence.clock
            return not clock.isdisjoint({value * 60 for value in number.values})
        if number.role == "time":
            return self._is_timed(number, evidence, context, around)
        if evidence.vouches(number, context, around) or evidence.lasts(
            number, self.reading.matter(number.start)
        ):
            return True
        if number.role in ("percent", "span"):
            return number.role == "span" and is_lasting(self.reading, number, self.asked, evidence)
        if (
            number.role in ("bare", "count")
            and self.asked.is_how_many(self.reading)
            and evidence.counts(number)
        ):
            return True
        if number.role == "size" and evidence.has_sizes and not self.reading.is_open(number.start):
            return False
        return self._is_asked(number, around)

    def _is_timed(
        self, number: Number, evidence: Evidence, context: frozenset[str], around: frozenset[str]
    ) -> bool:
        """Return whether a time is one of a text's, else of the hours of the day that it is said of, else asked for."""
        either = replace(number, values=either_half(number, self.reading.tokens[: number.start]))
        if evidence.own.vouches(either, context, around):
            return True
        is_right = self._times.judge(number) if self._times is not None else None
        if is_right is not None:
            return is_right
        return self._is_open_to(number.start) and self._is_asked(either, around)

    def _is_open_to(self, at: int) -> bool:
        """Return whether a place asserts nothing, or only notes what a customer wants: a time is no promise there."""
        reading = self.reading
        return reading.is_open(at) or reading.sentence_of[at] in reading.sentences_with(reading.tongue.meets)

    def _is_code(self, number: Number) -> bool:
        """Return whether a number is part of a name in the texts, or of one of the customer's in a question: V60."""
        token, before = self.reading.tokens[number.start], self.reading.tokens[number.start - 1]
        is_asked = self.reading.is_open(number.start) and (before.key, token.key) in self.asked.codes
        return (is_asked and token.glued) or self._about(number).labels(self.reading, number)

    def _is_size(self, number: Number) -> bool:
        """Return whether a number without a unit is a size: beside a colour, or in a range after a question for one."""
        if number.role not in ("bare", "count", "date") and number.unit != "priced":
            return False
        near = range(number.start - NEAR, number.start + NEAR + 1)
        if any(at in self.reading.colours for at in near):
            return True
        ranged = number.linked or number.start in self._behind_ranges
        return ranged and number.unit != "priced"

    def _is_end(self, number: Number) -> bool:
        """Return whether a number without a unit is an end of a listed range: "it goes up to 41"."""
        if number.role not in _PLAIN or (
            number.role == "money" and (number.marked or number.unit != "priced")
        ):
            return False
        before = self.reading.tokens[max(0, number.start - NEAR) : number.start]
        in_range = number.linked or number.start in self._behind_ranges
        ones = self.reading.tongue.ones  # "for a tenner" is no "à 10"
        if not in_range and not any(token.key in _BOUNDS and token not in ones for token in before):
            return False
        return not self._about(number).ends.isdisjoint(number.values)

    def _is_hour(self, number: Number) -> bool:
        """Return whether a number is one of the listed hours, on a clock of twelve: "10 till 5"."""
        if number.role not in (*_PLAIN, "time") or (number.role == "money" and number.marked):
            return False
        reading = self.reading
        sentence, tongue = reading.sentence_of[number.start], reading.tongue
        if number.role != "time":
            timed = sentence in reading.sentences_with(tongue.opens) or any(
                one.kind in DAYS and reading.sentence_of[one.start] == sentence for one in reading.promises
            )
            if not timed and not self.asked.is_about_hours:
                return False
            values = {value * 60 for value in number.values if value <= HOURS}
            values |= {value + HALF_A_DAY for value in values if value <= HALF_A_DAY}
        elif number.text.isdecimal():
            values = {value + HALF_A_DAY for value in number.values if value <= HALF_A_DAY}
        else:
            return False
        return not self._about(number).clock.isdisjoint(values)

    def _is_put_off(self, number: Number) -> bool:
        """Return whether an answer only asks somebody about a number of the customer's."""
        if number.role in ("percent", "span") or not self.reading.is_put_off(number.start):
            return False
        if number.start not in self.reading.asides:
            said = self.reading.tokens[self.reading.begin_of(number.start) : number.start]
            if number.marked or any(token in self.reading.tongue.negators for token in said):
                return False  # "I can't say no to 7"
        return any(value in self.asked.values for value in number.values)

    @cached_property
    def _behind_ranges(self) -> frozenset[int]:
        """The tokens at which the second number of a range begins."""
        return frozenset(one.end + 1 for one in self.reading.numbers if one.linked)

    def _about(self, number: Number) -> Evidence:
        """Return the texts of the products that a number speaks of, with those of their sellers."""
        spoken = self._spoken(number.start)
        if not spoken:
            return self.evidence
        return self._scope(self._with_sellers(spoken))

    def _spoken(self, at: int) -> list[Item]:
        """Return the products that a place speaks of: those mentioned, else those that the customer named."""
        spoken = self.mentions.before(at) or self._unnamed
        return [item for item in spoken if id(item) in self._used_ids] or list(spoken)

    def _subject(self, at: int) -> tuple[list[Item], Evidence]:
        """Return the products that a place speaks of, else those of the answer, and what their texts say."""
        spoken = self._spoken(at) or [item for item in self.used if item.product_id is not None]
        return (spoken, self._scope(self._with_sellers(spoken))) if spoken else ([], self.evidence)

    def _known_of(self, at: int) -> Evidence:
        """Return what is known of the products that a place speaks of, else of all that the answer is based on."""
        spoken = self.mentions.before(at) or self._unnamed
        return self._scope(self._with_sellers(spoken)) if spoken else self.evidence

    def _is_cheapest(self, at: int) -> bool:
        """Return whether the only product of a sentence is the one that costs least of all."""
        sentence = self.reading.sentence_of[at]
        items = {
            id(one.item): one.item for one in self.mentioned if self.reading.sentence_of[one.at] == sentence
        }
        prices = [item.price for item in self.items if item.price is not None]
        price = next(iter(items.values())).price if len(items) == 1 else None
        return price is not None and all(
            one.currency == price.currency and one.least >= price.least for one in prices
        )

    def _with_sellers(self, items: Sequence[Item]) -> list[Item]:
        ids = {item.seller_id for item in items}
        sellers = [item for item in self.items if item.product_id is None and item.seller_id in ids]
        return [*items, *sellers]

    def _scope(self, items: Sequence[Item]) -> Evidence:
        key = tuple(sorted(id(item) for item in items))
        if key not in self._of:
            self._of[key] = self._read(items)
        return self._of[key]

    def _read(self, items: Iterable[Item]) -> Evidence:
        found = list(items)
        texts = [*(item.text for item in found), *self.known]
        prices = [item.price for item in found if item.price is not None]
        facts = [self._library.facts(text) for text in texts]
        return Evidence(facts, prices, self._times, len(self.known))

    def _is_asked(self, number: Number, around: frozenset[str]) -> bool:
        """Return whether the customer has named this count, size, measure, date, time or order."""
        is_open = self.reading.is_open(number.start)
        if number.role == "count" and not is_open and self._exceeds(number):
            return False
        for one, near in self.asked.numbers:
            if not number.values & one.values:
                continue
            if number.role in _MARKED:
                if number.role == "measure" and not is_open and self.mentions.before(number.start):
                    continue  # "the bag is 2 metres long" repeats no quantity
                if (one.role, one.unit) == (number.role, number.unit):
                    return True
                if number.role not in ("measure", "time") and one.role in ("bare", "count", "size", "date"):
                    return True
            elif number.role == "count" and self._counts_things(number):
                return True
            elif one.role == "size" and self.evidence.has_sizes and not is_open:
                continue
            elif (
                one.role in ("size", "order", "date")
                or (one.role == "measure" and number.role == "bare")
                or around & near
            ):
                return True
        return False

    def _exceeds(self, number: Number) -> bool:
        """Return whether an answer says that more can be done than the catalogue's count: "we can fit 8"."""
        reading = self.reading
        clause = reading.clause_of[number.start]
        can = any(
            token in reading.tongue.mays
            for token, one in zip(reading.tokens, reading.clause_of, strict=True)
            if one == clause
        )
        return can and self.evidence.has_less(number)

    def _counts_things(self, number: Number) -> bool:
        """Return whether the word behind a count is a thing that can be bought."""
        tongue = self.reading.tongue
        at = min(number.end, len(self.reading.tokens) - 1)
        token = self.reading.tokens[at]
        if token in tongue.pieces:
            return True
        colour = self.reading.colours.get(at)
        if colour is not None and self.evidence.says(colour):
            return True
        if token in tongue.free or (at in self.reading.phrased and at not in self.reading.names):
            return token.kind == "word" and self._is_name(token) and token not in tongue.fillers
        return self.evidence.has_word(token.forms) or self._is_name(token)

    def _is_name(self, token: Token) -> bool:
        return any(form in self.names or not self.names.isdisjoint(stems(form)) for form in token.forms)


def _reason(number: Number) -> str:
    name = {"money": "PRICE", "percent": "CLAIM", "span": "CLAIM"}.get(number.role, "NUMBER")
    return f"{name}_UNKNOWN: {number.text}"


def _priced(used: list[Item], items: list[Item]) -> list[Item]:
    """Return the items whose prices an answer may name: its products, else its sellers' ones, else all.

    Words are stricter: an answer without sources may repeat none of a catalogue's.
    """
    if any(item.product_id is not None for item in used):
        return used
    sellers = {item.seller_id for item in used}
    return [item for item in items if not sellers or item.seller_id in sellers]
