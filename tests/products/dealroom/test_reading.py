"""The page about how the guard reads shows what it does read."""

from __future__ import annotations

import shlex

from tests.docs.pages import ROOT, blocks_of
from tests.products.dealroom.guard import cases
from tests.products.dealroom.reading import reading_of

PAGE = ROOT / "docs" / "how-the-guard-reads.md"


def test_the_worked_example_is_what_the_command_shows() -> None:
    command, shown, *_ = blocks_of(PAGE)
    _, _, module, language, name, said, *asked = shlex.split(command.text.replace("\\\n", " "))
    assert module == "tests.products.dealroom.reading"
    shop = next(
        case.catalogue
        for case in cases(language, "main")
        if any(name in item.name for item in case.catalogue.products)
    )
    assert reading_of(language, shop, said, asked) == shown.text


def test_a_clause_that_asserts_nothing_is_marked() -> None:
    shop = next(cases("en", "main")).catalogue
    shown = reading_of("en", shop, "Is it for you? Sorry, I can't say whether it is free.", ["free?"])
    assert shown.splitlines() == [
        "language: en",
        "sentence 1, a question",
        "  Is it for you",
        "sentence 2",
        "  Sorry  (regrets, talks)",
        "  I can not say whether it is free  (denies, puts off, talks)",
        "    promises free: free (excused)",
        "held: no",
    ]
