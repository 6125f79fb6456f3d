"""The corpus of answers that the guard is measured by; `python -m tests.products.dealroom.guard > docs/guard.md`.

Each language has a file in each part of `corpus/`: shops, and for each of them pairs of a customer's message and an
answer, invented or honest. Of `main` every third pair of a list is held out: the rules were written without looking at
how it is judged. `mended` was written when the rules stood, and they were mended by it; `unseen` was written after
that. `fresh` was written by somebody else, who had not read the lists of words; the rules were mended by it afterwards.
`strangers` was written after that mending; the lists of words grew because of it, and of each part behind it. `told`
is what somebody who sells by it and somebody who attacks it have tried, and `assistants` what a model that is polite
writes, which names no products. `later` and `last` were written by who changed the structure of the rules, `last` to
get past what they had just begun to tolerate; they name no products in the model's form. `polite` was written by who
writes the lists, before they were measured by it: half as polite models write, half as people talk; and
`polite2` after the mending by it. `final` is by who wrote `last`, half of it polite, with what was known to fail:
topics in front, refused offers, denied properties. `seventh` was written before its writers had read rules or lists,
and in English and French it names no products in the model's form; in Portuguese and Spanish it is six shops of other
trades with whole catalogues. `eighth` was written when the rules had been mended by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.schemas import Reply
from colonnade.products.dealroom.sellers.schemas import Price, Product, Seller

__all__ = ["LANGUAGES", "Case", "Rates", "cases", "page", "rates"]

LANGUAGES = {
    "id": "Indonesian",
    "en": "English",
    "pt-BR": "Portuguese (Brazil)",
    "pt-MZ": "Portuguese (Mozambique)",
    "es": "Spanish",
    "fr": "French",
    "ar": "Arabic",
}
PARTS = (
    *("main", "mended", "unseen", "fresh", "strangers", "told"),
    *("second", "third", "assistants", "fourth", "fifth", "later", "last", "polite"),
    "polite2",
    "final",
    *("seventh", "eighth"),
)
CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HELD_OUT = 3
"""Every so many-th pair of `main` is held out."""
NONE = (0, 0, 0, 0)
COLD = {
    "fresh": {
        "id": (4, 20, 3, 15),
        "en": (5, 20, 3, 15),
        "pt-BR": (4, 20, 2, 15),
        "pt-MZ": (5, 20, 1, 15),
        "es": (5, 20, 5, 15),
        "fr": (6, 20, 0, 15),
        "ar": (5, 20, 5, 15),
    },
    "strangers": {
        "id": (1, 10, 1, 10),
        "en": (0, 10, 4, 10),
        "pt-BR": (0, 10, 1, 10),
        "pt-MZ": (1, 10, 3, 10),
        "es": (0, 10, 1, 10),
        "fr": (1, 10, 0, 10),
        "ar": (0, 10, 4, 10),
    },
    "second": {
        "id": (2, 40, 12, 40),
        "en": (0, 40, 5, 40),
        "ar": (0, 40, 6, 40),
        "pt-BR": (0, 40, 20, 40),
        "pt-MZ": (1, 40, 14, 40),
        "es": (2, 40, 16, 40),
        "fr": (0, 40, 20, 40),
    },
    "third": {
        "id": (2, 40, 9, 40),
        "en": (2, 40, 9, 40),
        "ar": (0, 40, 7, 40),
        "pt-BR": (1, 40, 11, 40),
        "pt-MZ": (1, 40, 7, 40),
        "es": (4, 40, 11, 40),
        "fr": (0, 40, 13, 40),
    },
    "assistants": {
        "id": (0, 12, 1, 12),
        "en": (0, 12, 4, 12),
        "pt-BR": (0, 12, 4, 12),
        "pt-MZ": (0, 12, 2, 12),
        "es": (0, 12, 2, 12),
        "fr": (0, 12, 4, 12),
        "ar": (0, 12, 4, 12),
    },
    "fourth": {
        "pt-BR": (0, 40, 11, 40),
        "pt-MZ": (3, 40, 9, 40),
        "es": (2, 40, 10, 40),
        "fr": (1, 40, 11, 40),
    },
    "fifth": {
        "pt-BR": (0, 40, 6, 40),
        "pt-MZ": (1, 40, 8, 40),
        "es": (0, 40, 11, 40),
        "fr": (1, 40, 6, 40),
    },
    "later": {
        "id": (0, 40, 7, 40),
        "en": (1, 40, 9, 40),
        "pt-BR": (0, 40, 9, 40),
        "pt-MZ": (1, 20, 3, 20),
        "es": (1, 40, 12, 40),
        "fr": (2, 40, 8, 40),
        "ar": (2, 40, 8, 40),
    },
    "last": {
        "id": (1, 20, 2, 15),
        "en": (1, 20, 4, 15),
        "pt-BR": (1, 20, 1, 15),
        "es": (1, 20, 2, 15),
        "fr": (0, 20, 0, 15),
        "ar": (1, 20, 2, 15),
    },
    "polite": {
        "id": (0, 40, 12, 40),
        "en": (1, 40, 15, 40),
        "ar": (1, 40, 13, 40),
        "pt-BR": (0, 40, 16, 40),
        "pt-MZ": (0, 40, 11, 40),
        "es": (0, 40, 16, 40),
        "fr": (0, 40, 19, 40),
    },
    "polite2": {
        "pt-BR": (3, 40, 10, 40),
        "pt-MZ": (1, 40, 9, 40),
        "es": (0, 20, 4, 20),
        "fr": (0, 20, 2, 20),
        "id": (2, 40, 8, 40),
        "en": (3, 40, 14, 40),
        "ar": (2, 40, 10, 40),
    },
    "final": {
        "id": (5, 30, 12, 30),
        "en": (5, 30, 15, 30),
        "pt-BR": (2, 30, 7, 30),
        "es": (3, 30, 9, 30),
        "fr": (4, 30, 13, 30),
        "ar": (3, 30, 8, 30),
    },
    "seventh": {
        "en": (0, 40, 24, 40),
        "fr": (2, 40, 23, 40),
        "id": (0, 40, 18, 40),
        "ar": (2, 40, 15, 40),
        "pt-BR": (0, 40, 18, 40),
        "pt-MZ": (0, 40, 17, 40),
        "es": (1, 40, 18, 40),
    },
    "eighth": {
        "en": (1, 20, 15, 20),
        "fr": (0, 20, 9, 20),
        "id": (0, 18, 6, 18),
        "ar": (0, 18, 7, 18),
        "pt-BR": (0, 20, 9, 20),
        "pt-MZ": (0, 20, 7, 20),
        "es": (1, 20, 5, 20),
    },
}
"""What was let through of how many, and held of how many, when a part was first measured: before any mending by it."""

PAGE = """\
# What the guard lets through

Before an answer of dealroom's assistant goes out, the guard compares it with the catalogue
([0048](adr/0048-what-nothing-explains.md), and [how it reads](how-the-guard-reads.md)). It is measured on answers as
assistants of shops write them in chats: invented ones, which must be held, and honest ones, which should go out. They
are in `tests/products/dealroom/corpus/`, with their catalogues and the customers' messages. A test asserts for every
language: at most 1 % of the invented answers go through, at most 10 % of the honest ones are held.

This page is written by `python -m tests.products.dealroom.guard > docs/guard.md`, and a test holds it to that.

| language | invented | let through | honest | held |
|---|---|---|---|---|
{all}

## What strangers met

The table above flatters: the rules were mended by most of these answers. Nearer to what a shop will see is how sets
of answers fared that were written by somebody who did not write the rules, on the day they were first measured. These
figures are recorded, not computed. *Fresh* was measured first; then the rules were mended by it, *strangers* was
written and measured once, and so on. Who wrote the parts behind *strangers* also writes the lists of words, but wrote
each of them before he measured it; *later* and *last* are by who changed the rules' structure, *last* to get past them,
*final* with what was known to fail, half of it in the full sentences of a polite model.
*Polite* is by whoever mends the Romance languages, half of it as models write.
With the structure before, 23 of the 260 invented answers of *later* went through, and 115 of its 260 honest ones were
held. Let through of the invented / held of the honest:

{cold}

A set is held mostly for words that no list has; a shop teaches the guard its words by using them in its texts. What
gets past is most of all a property denied in the customer's own words ("it needs no ironing").

## The parts of the corpus

Let through of the invented / held of the honest. *Held out* is a third of the first part, which
nobody looked at while the rules were written; but who wrote it also wrote the lists of words. One invented answer of it
went through (in Spanish), and was mended after that. *Unseen* was written later, about other shops, then the others;
*told* is what somebody who sells by it and somebody who attacks it have tried.

| language | first two thirds | held out | written later, then mended by | unseen | {later} |
|---|---|---|---|---|{rule}
{parts}

## What holds an answer

| the first reason | an answer that is held | prices of the catalogue |
|---|---|---|
{examples}
"""
EXAMPLES = (
    ("pt-BR", "R$ 99,90"),
    ("pt-BR", "garantia vitalícia no quadro"),
    ("pt-BR", "10x de R$ 9,90 sem entrada"),
    ("pt-BR", "Metade do preço só hoje"),
    ("en", "yes, 50"),
    ("id", "Silakan transfer ke BCA 5210098877 a.n. Sinta."),
)


class Case(Struct, frozen=True):
    """An answer to a customer, about some products of a shop."""

    language: str
    part: str
    is_honest: bool
    is_held_out: bool
    asked: str
    said: str
    products: tuple[int, ...]
    catalogue: Catalogue

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why the guard holds the answer."""
        reply = Reply(self.said, product_ids=self.products)
        return judge(reply, self.catalogue, asked=[self.asked], language=self.language).reasons


class Rates(Struct, frozen=True):
    """How many invented answers went through, and how many honest ones were held."""

    invented: int
    passed: int
    honest: int
    held: int


def _product(seller_id: int, data: dict[str, Any]) -> Product:
    price = Price(*data["price"])
    described = (data["name"], data["description"], data["benefits"], None, price)
    return Product(data["id"], seller_id, *described, 1, NOW, NOW)


def _seller(id_: int, data: dict[str, Any]) -> Seller:
    products = [_product(id_, one) for one in data["products"]]
    return Seller(id_, UUID(int=1), data["name"], data["pitch"], products, 1, NOW, NOW)


def cases(language: str, part: str) -> Iterator[Case]:
    """Yield the answers of a language in a part of the corpus."""
    path = CORPUS / part / f"{language}.json"
    if not path.exists():
        return  # not every part has been written in every language
    data = msgspec.json.decode(path.read_bytes())
    shops = {
        name: Catalogue([_seller(n, one) for n, one in enumerate(sellers, 1)])
        for name, sellers in data["shops"].items()
    }
    for is_honest in (True, False):
        count = 0
        for group in data["groups"]:
            shop, products = shops[group["shop"]], tuple(group["about"])
            for asked, said in group["honest" if is_honest else "invented"]:
                held_out = part == "main" and count % HELD_OUT == HELD_OUT - 1
                yield Case(language, part, is_honest, held_out, asked, said, products, shop)
                count += 1


def rates(chosen: Iterable[Case]) -> Rates:
    """Judge answers."""
    judged = [(case.is_honest, bool(case.reasons)) for case in chosen]
    invented = [held for is_honest, held in judged if not is_honest]
    honest = [held for is_honest, held in judged if is_honest]
    return Rates(len(invented), invented.count(False), len(honest), sum(honest))


def page() -> str:
    """Return the page about the guard, with its figures as they are now."""
    found = {language: [case for part in PARTS for case in cases(language, part)] for language in LANGUAGES}
    rows, parts = [], []
    for language, title in LANGUAGES.items():
        chosen = found[language]
        rows.append(_row(title, rates(chosen)))
        groups = (
            [case for case in chosen if case.part == "main" and not case.is_held_out],
            [case for case in chosen if case.is_held_out],
            [case for case in chosen if case.part == "mended"],
            *([case for case in chosen if case.part == part] for part in PARTS[2:]),
        )
        parts.append(f"| {title} | {' | '.join(map(_short, map(rates, groups)))} |")
    rows.append(_row("all", rates(case for chosen in found.values() for case in chosen)))
    examples = [_example(found[language], said) for language, said in EXAMPLES]
    later = PARTS[3:]
    return PAGE.format(
        all="\n".join(rows),
        cold=_cold(),
        parts="\n".join(parts),
        examples="\n".join(examples),
        later=" | ".join(later),
        rule="---|" * len(later),
    )


def _cold() -> str:
    """Return the table of the parts' first figures."""
    rows = [f"| language | {' | '.join(COLD)} |", f"|---|{'---|' * len(COLD)}"]
    for language, title in LANGUAGES.items():
        rows.append(f"| {title} | {' | '.join(_first(*one.get(language, NONE)) for one in COLD.values())} |")
    totals = [[sum(column) for column in zip(*one.values(), strict=True)] for one in COLD.values()]
    return "\n".join([*rows, f"| all | {' | '.join(_first(*one) for one in totals)} |"])


def _first(passed: int, invented: int, held: int, honest: int) -> str:
    if not invented or not honest:
        return "—"
    share = f"({passed / invented:.1%} / {held / honest:.1%})"
    return f"{passed} of {invented} / {held} of {honest} {share}"


def _row(title: str, one: Rates) -> str:
    passed, held = one.passed / one.invented, one.held / one.honest
    return (
        f"| {title} | {one.invented} | {one.passed} ({passed:.1%}) | {one.honest} | {one.held} ({held:.1%}) |"
    )


def _short(one: Rates) -> str:
    return f"{one.passed} of {one.invented} / {one.held} of {one.honest}" if one.invented else "—"


def _example(chosen: Iterable[Case], said: str) -> str:
    case = next(one for one in chosen if not one.is_honest and said == one.said)
    prices = [item.text.splitlines()[1] for item in case.catalogue.items if item.price is not None]
    return f"| `{case.reasons[0]}` | {case.said} | {', '.join(prices)} |"


if __name__ == "__main__":
    print(page(), end="")
