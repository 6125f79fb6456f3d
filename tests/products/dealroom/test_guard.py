"""The guard: its rates on the corpus, what the customer's words vouch for, and digits and words of every script."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.products.dealroom.guard import LANGUAGES, PARTS, Case, cases, page, rates

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.readings import read
from colonnade.products.dealroom.assistant.schemas import Reply

MOST_PASSED, MOST_HELD = 0.01, 0.10
LEAST_ANSWERS = 60


def shop(language: str, name: str = "", part: str = "main") -> Catalogue:
    """Return the catalogue of the first answer that is about a product of this name."""
    return next(case for case in cases(language, part) if _is_about(case, name)).catalogue


def _is_about(case: Case, name: str) -> bool:
    return any(name in item.name for item in case.catalogue.products)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_an_invented_answer_passes_and_few_honest_ones_are_held(language: str) -> None:
    chosen = [case for part in PARTS for case in cases(language, part)]
    assert len({(case.said, case.asked, case.is_honest, case.products) for case in chosen}) == len(chosen)
    main = rates(case for case in chosen if case.part == "main")
    assert main.invented >= LEAST_ANSWERS
    assert main.honest >= LEAST_ANSWERS
    assert main.passed <= main.invented * MOST_PASSED
    assert main.held <= main.honest * MOST_HELD
    known = rates(chosen)
    assert known.passed <= known.invented * MOST_PASSED
    assert known.held <= known.honest * MOST_HELD


def test_the_page_about_the_guard_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "guard.md").read_text()
    assert written == page()


@pytest.mark.parametrize(
    ("language", "asked", "said", "reason"),
    [
        ("en", "got a medium?", "Yes, we've got it in your size", "CLAIM_UNKNOWN: in your size"),
        ("en", "can you do 800?", "Yeah go on then", "PRICE_UNKNOWN: 800"),
        ("en", "helmet price", "The helmet is £849", "PRICE_UNKNOWN: £849"),
        ("en", "can I bring my son", "Kids ride along without paying", "CLAIM_UNKNOWN: without paying"),
        ("en", "how much?", "£849 and we'll fit it for you", "CLAIM_UNKNOWN: and we ll fit it for"),
        ("en", "tell me more", "The helmet comes with a case", "CLAIM_UNKNOWN: with a case"),
        ("en", "is it warm?", "Yes, nice and warm", "CLAIM_UNKNOWN: warm"),
        ("en", "which one for winter?", "The helmet is warm", "CLAIM_UNKNOWN: warm"),
        ("id", "brp kak", "Rp325.000 sudah sama sandalnya Kak", "PRICE_UNKNOWN: Rp325.000"),
        ("pt-BR", "quanto?", "R$ 450 com o capacete", "PRICE_UNKNOWN: R$ 450"),
        ("pt-BR", "quanto?", "Patins Vento R$ 450 com chaveiro", "WORD_UNKNOWN: chaveiro"),
        ("pt-BR", "quanto?", "R$ 450 com almoço", "CLAIM_UNKNOWN: com almoço"),
        ("pt-BR", "quanto os dois?", "Os dois por 450", "PRICE_UNKNOWN: 450"),
        ("pt-BR", "e o capacete?", "Sai o mesmo valor", "CLAIM_UNKNOWN: sai o mesmo"),
        ("es", "el cinturón?", "$98.000", "PRICE_UNKNOWN: $98.000"),
        ("es", "y si no me gusta?", "Si no te gusta te la cambio", "CLAIM_UNKNOWN: te la cambio"),
        ("es", "en 98?", "No puedo cobrar más de 98 el cinturón", "NUMBER_UNKNOWN: 98"),
        ("fr", "pour deux ?", "Sur deux articles on vous offre le troisième", "CLAIM_UNKNOWN: on vous offre"),
        ("pt-BR", "faz 400?", "Não posso negar 400", "NUMBER_UNKNOWN: 400"),
        ("es", "subió?", "Están igual que el año pasado", "CLAIM_UNKNOWN: ano pasado"),
        ("ar", "الحزام بكم", "الحزام بنفس سعر الحذاء", "CLAIM_UNKNOWN: بنفس سعر"),
        ("ar", "ممكن 250؟", "تمام", "PRICE_UNKNOWN: 250"),
    ],
)
def test_what_free_words_promise_is_held(language: str, asked: str, said: str, reason: str) -> None:
    judged = judge(
        Reply(said, product_ids=(1,)), shop(language, part="fresh"), asked=[asked], language=language
    )
    assert reason in judged.reasons


@pytest.mark.parametrize(
    "said",
    ["I'll ask whether the helmet is warm.", "Do you need a warm one?", "The helmet is adjustable."],
)
def test_what_a_thing_is_like_may_be_asked_or_repeated(said: str) -> None:
    judged = judge(
        Reply(said, product_ids=(2,)), shop("en", part="fresh"), asked=["is it warm?"], language="en"
    )
    assert judged.reasons == ()


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("pt-BR", "faz 400?", "Por 400 não tem como, infelizmente"),
        ("es", "en 98?", "En 98 no puedo, lo siento"),
        ("fr", "40 € ?", "À 40 € je ne peux vraiment pas"),
        ("en", "can you do 50?", "Sorry, we can't do 50"),
    ],
)
def test_an_amount_that_is_refused_is_no_price(language: str, asked: str, said: str) -> None:
    judged = judge(
        Reply(said, product_ids=(1,)), shop(language, part="fresh"), asked=[asked], language=language
    )
    assert judged.reasons == ()


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("The Harbour Coffee Table is £425 and the Beeswax Polish £12.50, so £437.50 in total.", ()),
        (
            "That would be £437.50 in total: £425 for the Harbour Coffee Table and £12.50 for the Beeswax Polish.",
            (),
        ),
        ("Table £425 plus polish £12.50 = £437.50", ()),
        (
            "The Harbour Coffee Table is £12.50 and the Beeswax Polish £425, so £437.50 in total.",
            ("PRICE_UNKNOWN: £12.50", "PRICE_UNKNOWN: £425"),
        ),
        (
            "That would be £437.50 in total: £12.50 for the Harbour Coffee Table and £425 for the Beeswax Polish.",
            ("PRICE_UNKNOWN: £12.50", "PRICE_UNKNOWN: £425"),
        ),
        (
            "The Harbour Coffee Table is £420 and the Beeswax Polish £12.50, so £437.50 in total.",
            ("PRICE_UNKNOWN: £420",),
        ),
    ],
)
def test_the_parts_of_a_sum_are_the_prices_of_what_they_stand_beside(
    said: str, reasons: tuple[str, ...]
) -> None:
    judged = judge(
        Reply(said), shop("en", part="assistants"), asked=["the table and a polish?"], language="en"
    )
    assert judged.reasons == reasons


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("Shall I jot that onto your ledger?", ()),
        ("I'll jot that onto your ledger.", ("WORD_UNKNOWN: ledger",)),
        ("Did you know it is rainproofed?", ("WORD_UNKNOWN: rainproofed",)),
        (
            "Shall I add a coaster for £2?",
            ("PRICE_UNKNOWN: £2", "CLAIM_UNKNOWN: add a", "WORD_UNKNOWN: coaster"),
        ),
    ],
)
def test_a_question_may_have_a_word_that_no_list_has(said: str, reasons: tuple[str, ...]) -> None:
    judged = judge(Reply(said), shop("en", part="assistants"), asked=["the polish please"], language="en")
    assert judged.reasons == reasons


BIKE = "Bicicleta Serra 29"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("R$ 99,90", "PRICE_UNKNOWN: R$ 99,90"),
        ("99 reais", "PRICE_UNKNOWN: 99 reais"),
        ("10x de R$ 9,90", "PRICE_UNKNOWN: R$ 9,90"),
        ("garantia vitalícia", "CLAIM_UNKNOWN: vitalicia"),
        ("metade do preço", "CLAIM_UNKNOWN: metade"),
        ("30 bucks", "PRICE_UNKNOWN: 30 bucks"),
        ("Sai por US$ 450", "PRICE_UNKNOWN: US$ 450"),
        ("O preço é R$ 2.900", "PRICE_UNKNOWN: R$ 2.900"),
        ("noventa e nove reais", "PRICE_UNKNOWN: noventa e nove reais"),
    ],
)
def test_what_was_let_through_before_is_held(said: str, reason: str) -> None:
    judged = judge(Reply(said, product_ids=(1,)), shop("pt-BR", BIKE, "mended"), asked=["quanto custa?"])
    assert reason in judged.reasons


@pytest.mark.parametrize(
    "said",
    [
        "R$ 450,00",
        "450 reais",
        "BRL 450",
        "R$ 450 a R$ 525",
        "de 450 a 525 reais",
        "quatrocentos e cinquenta reais",
        "R$450",
    ],
)
def test_a_price_may_be_written_as_people_do(said: str) -> None:
    assert judge(Reply(said, product_ids=(1,)), shop("pt-BR", BIKE, "mended"), language="pt-BR").reasons == ()


@pytest.mark.parametrize(
    ("asked", "said", "reasons"),
    [
        ("can you do 50?", "yes, 50", ("NUMBER_UNKNOWN: 50",)),
        ("can you do £50?", "yes, £50", ("PRICE_UNKNOWN: £50",)),
        ("can you do 30%?", "yes, 30%", ("CLAIM_UNKNOWN: 30%",)),
        (
            "is it guaranteed 5 years?",
            "yes, 5 years",
            ("CLAIM_UNKNOWN: 5 years", "PRICE_UNKNOWN: 5 years", "CLAIM_UNKNOWN: guaranteed"),
        ),
        ("is it organic?", "yes, organic", ("CLAIM_UNKNOWN: organic",)),
        ("is it bulletproof?", "yes, bulletproof", ("WORD_UNKNOWN: bulletproof",)),
        ("I want 2 candles", "Noted, 2 candles. That comes to £36.", ()),
        ("I want 3 candles", "That comes to £36 for 3.", ("PRICE_UNKNOWN: £36", "PRICE_UNKNOWN: 3")),
        ("where is my order 5521?", "I'll check order 5521 for you.", ()),
        ("I need it on June 3", "You need it on June 3, right?", ()),
        ("450 g please", "It is £450", ("PRICE_UNKNOWN: £450",)),
    ],
)
def test_the_customers_words_vouch_for_quantities_only(
    asked: str, said: str, reasons: tuple[str, ...]
) -> None:
    assert judge(Reply(said, product_ids=(11,)), shop("en", "Amber"), asked=[asked]).reasons == reasons


def test_a_multiple_needs_the_quantity_that_was_asked() -> None:
    catalogue = shop("id", "Anoa")
    said = Reply("Totalnya Rp900.000 ya Kak.", product_ids=(11,))
    assert judge(said, catalogue, asked=["mau 2 pasang"]).reasons == ()
    assert judge(said, catalogue, asked=["mau sepatu"]).reasons == ("PRICE_UNKNOWN: Rp900.000",)


def test_a_price_is_that_of_the_product_it_is_said_of() -> None:
    catalogue = shop("id", "Anoa")
    right = "Sepatu Kulit Anoa Rp450.000, Sandal Rotan Bawean Rp125.000."
    assert judge(Reply(right), catalogue).reasons == ()
    swapped = "Sepatu Kulit Anoa Rp125.000, Sandal Rotan Bawean Rp450.000."
    assert judge(Reply(swapped), catalogue).reasons == (
        "PRICE_UNKNOWN: Rp125.000",
        "PRICE_UNKNOWN: Rp450.000",
    )


@pytest.mark.parametrize("digits", ["٩٩", "९९", "９９", "⁹⁹", "⑨⑨", "𝟗𝟗", "九十九", "ⅩⅭⅨ", "XCIX", "🔟"])
def test_a_number_in_any_script_is_held(digits: str) -> None:
    for language, said in (
        ("en", "It is {}"),
        ("id", "harganya {}"),
        ("pt-BR", "sai por {}"),
        ("fr", "c'est {}"),
    ):
        judged = judge(Reply(said.format(digits)), shop(language), language=language)
        assert judged.reasons != (), (language, digits)


@pytest.mark.parametrize(
    "said",
    [
        "Die Tasche kostet 189 Dollar und wird kostenlos geliefert.",
        "La borsa costa 189 dollari e la spedizione la paghiamo noi.",
        "Сумка стоит 189 долларов.",
        "这个包189美元。",
        "バッグは189ドルです。",
        "Túi này giá 189 đô la, miễn phí vận chuyển.",
        "Çanta 189 dolar, kargo bizden.",
    ],
)
def test_a_language_without_rules_is_held(said: str) -> None:
    assert judge(Reply(said, product_ids=(21,)), shop("en", "Casco")).reasons != ()


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("noventa e nove reais", "pt", "99"),
        ("empat ratus ribu", "id", "400000"),
        ("dua juta lima ratus ribu rupiah", "id", "2500000"),
        ("sebelas ribu rupiah", "id", "11000"),
        ("ninety-nine bucks", "en", "99"),
        ("two hundred and fifty dollars", "en", "250"),
        ("quatre-vingt-dix euros", "fr", "90"),
        ("deux cent soixante-quinze euros", "fr", "275"),
        ("six euros quatre-vingt-dix", "fr", "6.9"),
        ("mil novecientos pesos", "es", "1900"),
        ("ciento ochenta pesos", "es", "180"),
        ("تسعة وتسعون ريالا", "ar", "99"),
        ("مئتان وخمسون ريالا", "ar", "250"),
        ("ثلاثة آلاف جنيه", "ar", "3000"),
        ("1’250.50 CHF", "en", "1250.50"),
        ("1\u202f298 €", "fr", "1298"),
    ],
)
def test_amounts_in_words_are_read(text: str, language: str, value: str) -> None:
    [number] = read(text, language).numbers
    assert (number.role, {str(one) for one in number.values}) == ("money", {value})
