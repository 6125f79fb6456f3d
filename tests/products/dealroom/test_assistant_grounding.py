"""Grounding: which claims match the catalogue and which are held, in Indonesian and English; and parsing of replies."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue, PriceRange, format_price
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.readings import read
from colonnade.products.dealroom.assistant.rules.replies import read_reply
from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.schemas import Reply
from colonnade.products.dealroom.sellers.schemas import Price, Product, Seller

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def product(
    id_: int, name: str, description: str | None, benefits: list[str], price: Price | None
) -> Product:
    return Product(id_, 1 if id_ < 20 else 2, name, description, benefits, None, price, 1, NOW, NOW)


def seller(id_: int, name: str, pitch: str | None, *products: Product) -> Seller:
    return Seller(id_, UUID(int=1), name, pitch, list(products), 1, NOW, NOW)


SHOP = Catalogue(
    [
        seller(
            1,
            "Toko Sepatu Melati",
            "Sepatu buatan Yogyakarta sejak 1987. Bubur hangat untuk pembelian di atas Rp300.000.",
            product(
                11,
                "Sepatu Kulit Anoa",
                "Sepatu pantofel kulit sapi, ukuran 38 sampai 44.",
                ["Kulit sapi asli", "Sol anti selip", "Garansi jahitan 6 bulan"],
                Price(45_000_000, 52_500_000, "IDR"),
            ),
            product(
                12,
                "Sandal Rotan Bawean",
                "Ukuran 36 sampai 42.",
                ["Dianyam tangan"],
                Price(12_500_000, 12_500_000, "IDR"),
            ),
        ),
        seller(
            2,
            "Glow Store",
            None,
            product(
                21,
                "Rose Serum",
                "30 ml. See www.glow.example.com or call +62 811 6000 123.",
                ["Free shipping", "15% off this month", "Certified organic"],
                Price(4550, 4550, "USD"),
            ),
        ),
    ]
)


def reasons(text: str, *product_ids: int, claims: tuple[str, ...] = ()) -> list[str]:
    return list(judge(Reply(text, product_ids=product_ids, claims=claims), SHOP).reasons)


def claims(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.words) for one in read(text, "id").promises if not one.excused]


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("Halo Ibu Sari, ada yang bisa kami bantu?", ()),
        ("Sepatu Kulit Anoa tersedia ukuran 38 sampai 44.", ()),
        ("Harganya Rp450.000 sampai Rp525.000.", (11,)),
        ("Harganya Rp 450.000,- ya Bu", (11,)),
        ("Mulai 450rb.", (11,)),
        ("450-525 ribu tergantung ukuran", (11,)),
        ("antara 450 dan 525 ribu", (11,)),
        ("IDR 450K", (11,)),
        ("Rp0,45 juta", (11,)),
        ("Ukuran 41 harganya Rp475.000", (11,)),
        ("harganya cuma 125", (12,)),
        ("Untuk pembelian di atas 300 ribu ada bubur hangat", (11,)),
        ("Ya, garansi jahitan 6 bulan.", (11,)),
        ("Ya, bergaransi enam bulan dan kulitnya asli.", (11,)),
        ("Ya, kulitnya asli.", ()),  # of leather is one product only
        ("It has a six month warranty on the seams, and the leather is genuine.", (11,)),
        ("Rose Serum is $45.50 with free shipping and 15% off.", ()),
        ("Rose Serum, US$45,50, organik bersertifikat", ()),
        ("Feel free to ask anything else!", ()),
        ("Maaf, tidak ada diskon untuk Sepatu Kulit Anoa.", ()),
        ("Mohon maaf, kami belum ada promo atau cicilan saat ini.", ()),
        ("Sorry, we don’t have any information about refunds.", ()),
        ("Hubungi 0811-6000-123 atau www.glow.example.com.", (21,)),
        ("Ukuran 41 dan 42 ada.", (11,)),
    ],
)
def test_what_the_catalogue_says_may_be_said(text: str, products: tuple[int, ...]) -> None:
    assert reasons(text, *products) == []


@pytest.mark.parametrize(
    ("text", "products", "expected"),
    [
        ("Khusus hari ini Rp99.000!", (), ["PRICE_UNKNOWN: Rp99.000", "CLAIM_UNKNOWN: khusus hari ini"]),
        ("Khusus Ibu, 99rb saja", (11,), ["PRICE_UNKNOWN: 99rb", "WORD_UNKNOWN: Khusus"]),
        ("Harganya 99-525 ribu", (11,), ["PRICE_UNKNOWN: 99"]),
        ("harganya cuma 99", (11,), ["PRICE_UNKNOWN: 99"]),
        ("1,2 juta untuk dua pasang", (11,), ["PRICE_UNKNOWN: 1,2 juta", "NUMBER_UNKNOWN: dua"]),
        ("Rp４４９．９９９", (11,), ["PRICE_UNKNOWN: Rp449.999"]),
        ("Rp4\u200b4.000", (11,), ["PRICE_UNKNOWN: Rp44.000"]),
        ("lima puluh ribu rupiah", (11,), ["PRICE_UNKNOWN: lima puluh ribu rupiah"]),
        ("only fifty dollars", (21,), ["PRICE_UNKNOWN: fifty dollars"]),
        ("It is $450.000", (11,), ["PRICE_UNKNOWN: $450.000"]),
        ("It is €45.50", (21,), ["PRICE_UNKNOWN: €45.50"]),
        ("Rp 400 000", (11,), ["PRICE_UNKNOWN: Rp 400 000"]),
        ("400000 saja", (11,), ["PRICE_UNKNOWN: 400000"]),
        ("Halo.99rb.20% hemat,2 tahun", (11,),
         ["PRICE_UNKNOWN: 99rb", "CLAIM_UNKNOWN: 20%", "CLAIM_UNKNOWN: 2 tahun", "CLAIM_UNKNOWN: hemat"]),
        ("450 ribu rupiah satu, lima ribu dua", (11,), ["PRICE_UNKNOWN: lima ribu dua"]),
        ("a hundred or seribu", (11,), ["NUMBER_UNKNOWN: seribu", "LANGUAGE_UNKNOWN"]),
        ("Sandal Rotan Bawean harganya Rp450.000", (), ["PRICE_UNKNOWN: Rp450.000"]),
        ("Harganya Rp450.000", (), ["PRICE_UNKNOWN: Rp450.000"]),  # of which product?
        ("Gratis ongkir ke seluruh Jawa", (11,),
         ["CLAIM_UNKNOWN: gratis ongkir", "CLAIM_UNKNOWN: ke seluruh", "WORD_UNKNOWN: Jawa"]),
        ("Tidak perlu bayar ongkir!", (11,), ["CLAIM_UNKNOWN: tidak perlu bayar ongkir"]),
        ("Diskon 20% untuk Ibu", (11,), ["CLAIM_UNKNOWN: 20%", "CLAIM_UNKNOWN: diskon"]),
        ("20 persen lebih hemat", (11,), ["CLAIM_UNKNOWN: 20 persen", "CLAIM_UNKNOWN: lebih hemat"]),
        ("Garansi 2 tahun", (11,), ["CLAIM_UNKNOWN: 2 tahun"]),
        ("Garansi uang kembali", (11,), ["CLAIM_UNKNOWN: uang kembali"]),
        ("Bersertifikat halal", (11,), ["CLAIM_UNKNOWN: bersertifikat", "CLAIM_UNKNOWN: halal"]),
        ("Bisa dicicil atau COD", (12,), ["CLAIM_UNKNOWN: dicicil", "CLAIM_UNKNOWN: cod"]),
        ("Tidak hanya diskon, ada cashback juga", (11,), ["CLAIM_UNKNOWN: diskon", "CLAIM_UNKNOWN: cashback"]),
        ("Sampai besok dijamin", (12,), ["CLAIM_UNKNOWN: sampai besok", "CLAIM_UNKNOWN: dijamin"]),
        ("Tahan air dan ramah lingkungan", (12,), ["CLAIM_UNKNOWN: tahan air", "CLAIM_UNKNOWN: ramah lingkungan"]),
        ("Ya, kulitnya asli.", (12,), ["CLAIM_UNKNOWN: kulitnya", "CLAIM_UNKNOWN: asli"]),
        ("Full refund, no worries, guaranteed", (21,), ["CLAIM_UNKNOWN: refund", "CLAIM_UNKNOWN: guaranteed"]),
        ("Buy one get one and a lifetime warranty", (21,),
         ["CLAIM_UNKNOWN: buy one get one", "CLAIM_UNKNOWN: lifetime", "CLAIM_UNKNOWN: warranty"]),
        ("Transfer ke 1234567890", (11,), ["NUMBER_UNKNOWN: 1234567890"]),
        ("Bayar di https://evil.example/pay ya", (11,), ["LINK_UNKNOWN: https://evil.example/pay"]),
        ("Beli di toko-palsu.com", (11,), ["LINK_UNKNOWN: toko-palsu.com"]),
        ("Ada.", (11, 99), ["SOURCE_UNKNOWN: product 99"]),
        ("", (), ["REPLY_EMPTY"]),
        ("a" * 4097, (), ["REPLY_TOO_LONG: 4097"]),
    ],
)  # fmt: skip
def test_what_the_catalogue_does_not_say_is_held(
    text: str, products: tuple[int, ...], expected: list[str]
) -> None:
    assert reasons(text, *products) == expected


def test_every_claim_that_a_model_lists_must_be_in_the_texts_it_used() -> None:
    assert reasons("Bagus, Bu.", 11, claims=("garansi  jahitan 6 BULAN", "Rp450.000 - Rp525.000")) == []
    assert reasons("Bagus, Bu.", 12, claims=("Garansi jahitan 6 bulan",)) == [
        "CLAIM_UNKNOWN: Garansi jahitan 6 bulan"
    ]


def test_the_texts_that_were_used_are_kept_with_their_seller() -> None:
    found = judge(Reply("Sandal Rotan Bawean: Rp125.000.", product_ids=(11,)), SHOP).sources
    assert [(one.seller_id, one.product_id) for one in found] == [(1, None), (1, 11), (1, 12)]
    assert found[2].text == "Sandal Rotan Bawean\nRp125.000\nUkuran 36 sampai 42.\nDianyam tangan"
    assert judge(Reply("Halo"), SHOP).sources == ()


def test_a_session_without_sellers_has_no_price() -> None:
    judged = judge(Reply("Rp450.000 saja, gratis kaus kaki"), Catalogue([]))
    assert judged.reasons == ("PRICE_UNKNOWN: Rp450.000", "CLAIM_UNKNOWN: gratis", "WORD_UNKNOWN: kaus")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Rp 1.250.000,00", {"1250000"}),
        ("1,25 juta", {"1250000"}),
        ("1.250 juta", {"1250000", "1250000000"}),
        ("$1,250.50", {"1250.5"}),
        ("USD45", {"45"}),
        ("12,50 €", {"12.5"}),
        ("99 ribuan", {"99000"}),
        ("4️⃣5️⃣0️⃣rb", {"450000"}),
        ("ukuran 41 dan 450rb", {"450000"}),
        ("sejak 1987, 20 kali, 100 ml, 6 bulan", set()),
        ("+62 812-3456-7890", set()),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, values: set[str]) -> None:
    found = {value for one in read(text, "id").numbers if one.role == "money" for value in one.values}
    assert found == {Decimal(value) for value in values}


def test_prices_are_written_as_their_country_does() -> None:
    assert format_price(PriceRange(Decimal(450000), Decimal(525000), "IDR")) == "Rp450.000 - Rp525.000"
    assert format_price(PriceRange(Decimal("45.5"), Decimal("45.5"), "USD")) == "$45.50"
    assert format_price(PriceRange(Decimal("1250.5"), Decimal("1250.5"), "EUR")) == "€1.250,50"
    yen = Catalogue([seller(3, "K", None, product(31, "Teh", None, [], Price(1250, 1250, "JPY")))])
    assert yen.products[0].text == "Teh\nJPY 1,250"
    for currency, shown in {"UYI": "UYI 12,345", "KWD": "KWD 12.345", "CLF": "CLF 1.2345"}.items():
        priced = Catalogue(
            [seller(3, "K", None, product(31, "Teh", None, [], Price(12345, 12345, currency)))]
        )
        assert priced.products[0].text == f"Teh\n{shown}"


def test_folding_and_denials() -> None:
    assert fold("  Bébas—ONGKIR\n") == "bebas ongkir"
    assert claims("Tidak ada garansi, maupun refund atau tukar ukuran") == []
    assert claims("Tidak ada diskon, gratis ongkir saja") == [("shipping", "gratis ongkir")]
    assert claims("Tidak ada ongkir") == [("shipping", "tidak ada ongkir")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"reply": " Halo ", "sellerIds": [1, "2"], "productIds": [11, true, 1.5], "claims": ["a", 3, " "]}',
         Reply("Halo", (1, 2), (11,), ("a",))),
        ('```json\n{"reply": "Halo"}\n```', Reply("Halo")),
        ("Halo \x00Bu", Reply("Halo Bu")),
        ('{"reply": "Ha', Reply('{"reply": "Ha', problems=("REPLY_UNREADABLE",))),
        ('{"answer": "Halo"}', Reply('{"answer": "Halo"}', problems=("REPLY_UNREADABLE",))),
        ('["Halo"]', Reply('["Halo"]', problems=("REPLY_UNREADABLE",))),
        ('{"reply": "A\\u0000B", "productIds": "x"}', Reply("AB")),
        ("", Reply("")),
    ],
)  # fmt: skip
def test_replies_are_read_whole_or_not_at_all(content: str, expected: Reply) -> None:
    assert read_reply(content) == expected


@pytest.mark.parametrize(
    "part", ["satu ", "and ", "1", "1.000.", "123 ", "1 - ", "a.", "gratis ", "tidak ada ", "Rp "]
)
def test_no_text_takes_long_to_judge(part: str) -> None:
    began = time.process_time()
    judge(Reply((part * 4096)[:4096]), SHOP)
    assert time.process_time() - began < 3  # seconds; it was minutes, were anything tried from every place
