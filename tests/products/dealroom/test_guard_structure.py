"""What an answer speaks of, sums up and agrees to: rules of the guard that no list of words can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.schemas import Reply
from colonnade.products.dealroom.sellers.schemas import Price, Product, Seller

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def product(id_: int, name: str, description: str, minor: int, *benefits: str) -> Product:
    return Product(id_, 1, name, description, list(benefits), None, Price(minor, minor, "GBP"), 1, NOW, NOW)


BEANS = product(1, "Moor Blend", "Whole beans, 250 g, medium roast.", 950, "Free grinding")
DRIPPER = product(2, "Steel Dripper", "Stainless steel dripper, size 02.", 1800, "Two-year warranty")
PITCH = "Coffee from Leeds. Open Tuesday to Friday, 9am to 5pm."
SHOP = Catalogue([Seller(1, UUID(int=1), "Bean Shop", PITCH, [BEANS, DRIPPER], 1, NOW, NOW)])


def reasons(said: str, *asked: str, ids: Sequence[int] = (), known: Sequence[str] = ()) -> list[str]:
    reply = Reply(said, product_ids=tuple(ids))
    return list(judge(reply, SHOP, asked=asked, known=known, language="en").reasons)


def test_an_unnamed_price_is_that_of_what_the_customer_has_named() -> None:
    asked = "How much is the Steel Dripper?"
    assert reasons("It is £18.", asked) == []
    assert reasons("It is £9.50.", asked) == ["PRICE_UNKNOWN: £9.50"]
    assert reasons("It is £9.50.", asked, ids=[1]) == [
        "PRICE_UNKNOWN: £9.50"
    ]  # whatever the model says it speaks of
    assert reasons("It is £9.50.", asked, "and?", ids=[1]) == ["PRICE_UNKNOWN: £9.50"]
    assert reasons("It is £9.50.", asked, "and Moor Blend?") == []
    assert reasons("It is £9.50.", "how much?", ids=[1]) == []
    assert reasons("It is £9.50.", "how much?") == ["PRICE_UNKNOWN: £9.50"]
    assert reasons("It is £9.50.", "how much?", ids=[1, 2]) == ["PRICE_UNKNOWN: £9.50"]


def test_a_total_is_the_sum_of_what_is_talked_about() -> None:
    both = "What is the total for one Moor Blend and one Steel Dripper?"
    assert reasons("The total is £27.50.", both) == []
    assert reasons("The total is £18.", both) == ["PRICE_UNKNOWN: £18"]
    assert reasons("Moor Blend and the Steel Dripper come to £27.50.") == []
    assert reasons("Moor Blend and the Steel Dripper: £18.") == ["PRICE_UNKNOWN: £18"]
    assert reasons("That is £37.", "2 Moor Blend and a Steel Dripper") == []
    assert reasons("That is £27.50.", "2 Moor Blend and a Steel Dripper") == ["PRICE_UNKNOWN: £27.50"]
    assert reasons("Both are £9.50.", "what do you have?") == ["PRICE_UNKNOWN: £9.50"]
    assert reasons("Moor Blend and the Steel Dripper are £9.50 and £18.") == []
    assert reasons("Moor Blend and the Steel Dripper are £18 and £9.50.") != []


def test_the_price_of_one_is_not_that_of_several() -> None:
    assert reasons("3 Moor Blend, £28.50.", "3 Moor Blend please") == []
    assert reasons("3 Moor Blend, £9.50 each.", "3 Moor Blend please") == []
    assert reasons("3 Moor Blend, £9.50.", "3 Moor Blend please") == ["PRICE_UNKNOWN: 3 £9.50"]
    assert reasons("3 Moor Blend, the total is £9.50.", "3 Moor Blend please") == ["PRICE_UNKNOWN: 3 £9.50"]


@pytest.mark.parametrize(
    "said", ["Sure.", "👍", "✅", "Confirmed.", "Yeah why not.", "Got it, thanks!", "Done!"]
)
def test_an_assent_in_any_form_is_worth_what_was_asked(said: str) -> None:
    for asked in ("Could you do 8 for Moor Blend?", "did you get my payment?", "free delivery then?"):
        assert reasons(said, asked) != [], asked


def test_a_promise_of_one_product_is_none_of_another() -> None:
    assert reasons("The Steel Dripper has a two-year warranty.", ids=[1, 2]) == []
    assert reasons("Moor Blend has a two-year warranty.", ids=[1, 2]) != []
    assert reasons("Moor Blend has the same warranty.", ids=[1, 2]) != []
    assert "NUMBER_UNKNOWN: 250 g" in reasons("The Steel Dripper weighs 250 g.", "is it 250 g?", ids=[1, 2])


@pytest.mark.parametrize(
    "said",
    [
        "If it breaks we make it right.",
        "You can pay later.",
        "You pay when it arrives.",
        "Payment received, thanks.",
        "You are booked.",
        "It costs as much as Moor Blend.",
        "It never breaks.",
        "The cheapest is the Steel Dripper.",
    ],
)
def test_what_is_invented_in_free_words_is_held(said: str) -> None:
    assert reasons(said, "tell me about the Steel Dripper") != []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("would you take 7 for Moor Blend?", "Sorry, I can't do £7 for it."),
        ("7?", "No, 7 isn't possible, sorry."),
        ("open on saturday?", "We're closed on Saturdays."),
        ("open on wednesday?", "Yes, we're open on Wednesday."),
        ("does it fit my hario?", "I don't know whether it fits a Hario, I'll ask."),
        ("what is cheapest?", "The cheapest is Moor Blend, £9.50."),
        ("thanks", "Enjoy your brewing!"),
        ("my pourover broke", "I'm so sorry about the pourover!"),
    ],
)
def test_what_denies_asks_or_regrets_passes(asked: str, said: str) -> None:
    assert reasons(said, asked) == []


@pytest.mark.parametrize(
    "said", ["Yes", "Agreed", "For you, yes", "Done!", "👍", "You got it", "Perfect, thank you"]
)
@pytest.mark.parametrize(
    "asked",
    [
        "Can you do 5?",
        "with the Steel Dripper?",
        "the Steel Dripper too?",
        "do you have size 47?",
    ],
)
def test_whoever_agrees_says_what_was_asked(asked: str, said: str) -> None:
    assert reasons(said, asked) != []


@pytest.mark.parametrize("said", ["Yes", "Agreed", "For you, yes", "Done!", "👍"])
def test_a_plain_word_that_is_all_that_is_asked_has_weight(said: str) -> None:
    assert reasons(said, "available?") != []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Will it be here by Wednesday?", "Yes, by Wednesday."),
        ("reserve it for Wednesday?", "Sure, for Wednesday."),
        ("Has order 4512 been shipped?", "Yes, order 4512."),
        ("1 kg bag?", "Yes, 1 kg."),
        ("deliver to Leeds?", "Yes, Leeds."),
    ],
)
def test_whoever_repeats_what_was_asked_agrees_to_it(asked: str, said: str) -> None:
    assert reasons(said, asked) != []
    assert reasons("Yes, Moor Blend is £9.50.", "is Moor Blend £9.50?") == []


def test_a_denial_vouches_for_the_customers_number_only() -> None:
    assert reasons("Sorry, I can't do £6.", "would you take 7?") != []
    assert reasons("I can't say no to 7.", "would you take 7?") != []
    assert reasons("7 is no problem.", "would you take 7?") != []


def test_days_of_rest_follow_from_the_days_of_work() -> None:
    assert reasons("We're closed on Thursdays.") == ["CLAIM_UNKNOWN: thursdays"]
    assert reasons("We're open on Sunday.") != []
    assert reasons("We're open on Sunday.", known=["Open Sunday, 10am to 2pm"]) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("free postage?", "Postage I'd have to ask about."),
        ("do you deliver to Bath?", "Delivery to Bath, I'll check with the team."),
        ("can I have a refund?", "I can't promise a refund myself, but I'll pass your message on."),
        ("got any cups?", "Cups, no, sorry."),
        ("will it chip?", "I don't have anything on chipping. I'll ask the team."),
        ("will it chip?", "It isn't mentioned whether it chips, I'll ask the team."),
        ("we are 9, is that ok?", "I'll ask about a group of 9."),
        ("my parcel arrived broken", "I'm sorry to hear that your parcel arrived broken."),
        ("how heavy is Moor Blend?", "Moor Blend weighs 250 g."),
        ("when are you open on Friday?", "We're open 9 till 5 on Friday."),
        ("would you take 15 for the Steel Dripper?", "Can't do 15, it's £18."),
    ],
)
def test_what_is_only_taken_up_is_no_promise(asked: str, said: str) -> None:
    assert reasons(said, asked) == []


@pytest.mark.parametrize(
    ("asked", "said", "reason"),
    [
        ("free postage?", "I checked and postage is free.", "CLAIM_UNKNOWN: postage"),
        ("free postage?", "I'll check it is free postage.", "CLAIM_UNKNOWN: free postage"),
        ("can I have a refund?", "I promise a refund.", "CLAIM_UNKNOWN: refund"),
        ("will it chip?", "It won't chip.", "WORD_UNKNOWN: chip"),
        ("will it chip?", "It won't chip. I'll ask whether we deliver.", "WORD_UNKNOWN: chip"),
        ("how heavy is Moor Blend?", "Moor Blend weighs 500 g.", "NUMBER_UNKNOWN: 500 g"),
        ("when are you open on Friday?", "We're open 9 till 7 on Friday.", "NUMBER_UNKNOWN: 7"),
        ("would you take 15?", "I can't say no to £15.", "PRICE_UNKNOWN: £15"),
    ],
)
def test_what_a_topic_or_a_denial_asserts_is_held(asked: str, said: str, reason: str) -> None:
    assert reason in reasons(said, asked)


def test_a_text_s_amount_is_of_what_the_sentence_before_speaks_of() -> None:
    pitch = "Delivery in Leeds £3. Other cities £9."
    shop = Catalogue([Seller(1, UUID(int=1), "Bean Shop", pitch, [BEANS, DRIPPER], 1, NOW, NOW)])

    def judged(said: str, asked: str) -> tuple[str, ...]:
        return judge(Reply(said), shop, asked=[asked], language="en").reasons

    assert judged("Delivery to York is £9.", "How much is delivery to York?") == ()
    assert judged("The Moor Blend is £9.", "How much is the Moor Blend?") == ("PRICE_UNKNOWN: £9",)
    assert judged("£9.", "How much is the Moor Blend?") == ("PRICE_UNKNOWN: £9",)


ROOM = product(3, "Lake Room", "Double room, sleeps 2. Per night, breakfast included.", 13500)
INN = "Guest house at 14 Bridge Street, Killarney. A deposit of 20% confirms your booking."
HOUSE = Catalogue([Seller(1, UUID(int=1), "Glenmore", INN, [ROOM], 1, NOW, NOW)])


@pytest.mark.parametrize(
    ("asked", "said", "held"),
    [
        ("The Lake Room for two nights?", "Two nights in the Lake Room come to £270.", []),
        (
            "The Lake Room for two nights?",
            "Two nights in the Lake Room come to £250.",
            ["PRICE_UNKNOWN: £250"],
        ),
        ("The Lake Room for two nights?", "The Lake Room is £405.", ["PRICE_UNKNOWN: £405"]),
        ("How do I book?", "A deposit of 20% confirms it: for the Lake Room that is £27.", []),
        (
            "How do I book?",
            "A deposit of 20% confirms it: for the Lake Room that is £30.",
            ["PRICE_UNKNOWN: £30"],
        ),
        ("Where are you?", "We are at 14 Bridge Street in Killarney.", []),
        ("Where are you?", "We are at 16 Bridge Street in Killarney.", ["PRICE_UNKNOWN: 16"]),
        ("Do you have a cot?", "I don't know, but I'll ask and write to you tomorrow.", []),
        ("Is it free?", "I'll ask and you can have the Lake Room tomorrow.", ["CLAIM_UNKNOWN: tomorrow"]),
    ],
)
def test_a_rate_a_deposit_a_door_and_a_day_of_writing(asked: str, said: str, held: list[str]) -> None:
    reasons_ = judge(Reply(said), HOUSE, asked=[asked], language="en").reasons
    assert [one for one in reasons_ if one in held] == held
    assert bool(reasons_) is bool(held)


def test_a_price_beside_the_customer_s_word_is_not_the_customer_s_number() -> None:
    assert reasons("5 boxes for 40", "5 boxes of Moor Blend?") == ["PRICE_UNKNOWN: 40"]


def test_a_sum_of_explained_amounts_is_explained() -> None:
    pitch = "Delivery in Leeds £3."
    shop = Catalogue([Seller(1, UUID(int=1), "Bean Shop", pitch, [BEANS, DRIPPER], 1, NOW, NOW)])

    def judged(said: str) -> tuple[str, ...]:
        return judge(Reply(said), shop, asked=["How much is the dripper, delivered?"], language="en").reasons

    assert judged("The Steel Dripper is £18 and delivery is £3, so £21.") == ()
    assert judged("The Steel Dripper is £18 and delivery is £3, so £20.") == ("PRICE_UNKNOWN: £20",)


@pytest.mark.parametrize(
    ("language", "said", "asked"),
    [
        ("es", "Si lo pide hoy le confirmo con el encargado el envío sin costo", "¿Cuánto es el envío?"),
        ("pt-MZ", "A entrega é por conta do cliente mas em Chimoio a loja leva", "E o transporte?"),
    ],
)
def test_who_is_asked_or_pays_promises_no_free_delivery(language: str, said: str, asked: str) -> None:
    bed = product(1, "Cama Casal", "Madeira de umbila.", 950)
    pitch = "Beira e Chimoio. Entrega por conta do cliente. Envío por cuenta del cliente."
    shop = Catalogue([Seller(1, UUID(int=1), "Casa", pitch, [bed], 1, NOW, NOW)])
    assert judge(Reply(said, product_ids=(1,)), shop, asked=[asked], language=language).reasons


def test_an_arabic_week_without_a_number_is_a_week_and_vowel_signs_cut_no_word() -> None:
    def judged(said: str, asked: str) -> tuple[str, ...]:
        return judge(Reply(said), SHOP, asked=[asked], language="ar").reasons

    assert judged("خلال أسبوع تكون عندك", "متى توصل؟") == ("CLAIM_UNKNOWN: أسبوع",)
    assert judged("أَهْلاً وَسَهْلاً", "مرحبا") == ()


@pytest.mark.parametrize(
    ("asked", "said", "language"),
    [
        ("I live at 12 Baker Street", "Hello!", "en"),
        ("my order number is 963", "Good morning, welcome back!", "en"),
        ("Can you do 5?", "Hi there", "en"),
        ("Halo, ukuran 42", "Selamat pagi, Kak!", "id"),
        ("Oi, calço 42", "Olá, boa tarde!", "pt"),
        ("Hola, la 42", "¡Hola, buenas tardes!", "es"),
        ("Bonjour, du 42", "Bonjour !", "fr"),
        ("مرحبا، مقاس 42", "أهلاً وسهلاً بك!", "ar"),
    ],
)
def test_a_greeting_agrees_to_nothing(asked: str, said: str, language: str) -> None:
    answer = Reply(said, product_ids=())
    assert list(judge(answer, SHOP, asked=[asked], known=(), language=language).reasons) == []


@pytest.mark.parametrize("said", ["Hello, sure!", "Hi 👍", "Good!", "Hey, deal", "Good morning, 5 it is"])
def test_whoever_greets_and_agrees_agrees(said: str) -> None:
    assert reasons(said, "Can you do 5?") != []
