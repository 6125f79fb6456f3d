"""Addresses and numbers in contacts that people wrote as they liked: found whole, and nobody else's."""

from __future__ import annotations

import time

import pytest

from colonnade.kernel.core import Phone
from colonnade.kernel.core.texts import (
    Locale,
    address_key,
    mentions_address,
    mentions_number,
    national_digits,
)

ANI = "ani.b@example.org"
INDONESIA = Locale(phone_region="ID")
WIDE = str.maketrans("0123456789+", "０１２３４５６７８９＋")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def spellings(number: str) -> tuple[str, ...]:
    return national_digits(Phone.read(number, INDONESIA))


HERS = spellings("+62 812 3456 7890")


@pytest.mark.parametrize(
    "written",
    [
        "ani@bücher.de",
        "ANI@BÜCHER.DE",
        "ani@xn--bcher-kva.de",
        "ani@XN--BCHER-KVA.de",
        "ａni@bu\u0308cher。de",
    ],
)
def test_an_address_has_one_key_however_it_is_written(written):
    assert address_key(written) == "ani@xn--bcher-kva.de"


def test_other_addresses_have_other_keys():
    assert address_key("jo\u0308ran@x.org") == address_key("JÖRAN@X.ORG") == "jöran@x.org"
    assert address_key("joran@x.org") == "joran@x.org"
    assert address_key("ani@straße.de") != address_key("ani@strasse.de")


@pytest.mark.parametrize(
    "contact",
    [
        ANI,
        ANI.upper(),
        f"Priva <{ANI}>",
        f"email: {ANI}",
        f"mailto:{ANI}?subject=Halo",
        f"{ANI}.",
        f"{ANI}…",
        f"({ANI})",
        f"“{ANI}”",
        f"'{ANI}'",
        f"*{ANI}*",
        f"{ANI},lain@x.org",
        f"lain@x.org {ANI}",
        f"lain@x.org;{ANI}",
        f"lain@x.org/{ANI}",
        f"{ANI}/lain@x.org",
        f"{ANI} / 0812 3456 7890",
        f"0812 3456 7890/{ANI}",
        f"{ANI}-0812",
        f"{ANI} atau WA",
        f"email={ANI}&x=1",
        "ani.b @ example.org",
        "ani.b@ Example.org",
        "ａｎｉ．ｂ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "ani.b\u200b@exa\u00admple.org",
    ],
)
def test_an_address_is_found_beside_anything(contact):
    assert mentions_address(contact, ANI)


@pytest.mark.parametrize(
    "contact",
    ["b@example.org", "x" + ANI, f"{ANI}.au", "ani.b+radio@example.org", "ani.b@mail.example.org", "ani.b@",
     "@example.org", "ani.b", "o'ani.b@example.org", "x-ani.b@example.org", ""],
)  # fmt: skip
def test_an_address_is_no_part_of_another(contact):
    assert not mentions_address(contact, ANI)


def test_a_mark_within_an_address_is_its_own():
    assert mentions_address("o'neil@x.org", "o'neil@x.org")
    assert not mentions_address("o'neil@x.org", "neil@x.org")


def test_an_address_of_any_script_is_found():
    both = "ani@bücher.de, Budi <budi@पोस्ट.भारत>."
    assert mentions_address(both, "ani@xn--bcher-kva.de")
    assert mentions_address(both, "budi@xn--c2bv6b4dl.xn--h2brj9c")


@pytest.mark.parametrize(
    "contact",
    [
        "081234567890",
        "6281234567890",
        "+6281234567890",
        "006281234567890",
        "812 3456 7890",
        "0812-3456-7890",
        "0812.3456.7890",
        "0812\u00a03456\u00a07890",
        "0812–3456–7890",
        "0812/34567890",
        "0812, 3456, 7890",
        "+62 (812) 3456-7890",
        "(+62) 812 3456 7890",
        "+62 (0) 812 3456 7890",
        "081234567890".translate(WIDE),
        "+6281234567890".translate(WIDE),
        "081234567890".translate(ARABIC),
        "\u202a+6281234567890\u202c",
        "WA 081234567890 ya",
        "HP:081234567890(WA)",
        "https://wa.me/6281234567890",
        "081234567890 ext 3",
        "telp 0812 3456 7890 jam 9-17",
        "0812 3456 7890 9-17",
        "kode pos 40111, 081234567890",
        "081234567890, 40111",
        "08129999111 / 081234567890",
        "08129999111 081234567890",
        "+628129999111 081234567890",
        "+628129999111 +6281234567890",
        "081234567890 08129999111",
        "ani1@example.org 081234567890",
        "081234567890, ani1@example.org",
        "RT 03/07 Jl. Merdeka 5, 0812 3456 7890",
    ],
)
def test_a_number_is_found_beside_anything(contact):
    assert mentions_number(contact, HERS)


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "ani@example.org",
        "081234567891",
        "0812345678901",
        "1081234567890",
        "+49 812 3456 7890",
        "+49 (0) 812 3456 7890",
        "0049 812 3456 7890",
        "+81 234 567 890",
        "021 812 3456 7890",
        "0812 3456 789",
        "3456 7890",
        "0812 budi 3456 7890",
        "0812 3456, +7890",
    ],
)
def test_a_number_is_no_part_of_another(contact):
    assert not mentions_number(contact, HERS)


def test_a_short_number_is_not_the_beginning_of_a_longer_one():
    short = spellings("0812 345 678")
    assert mentions_number("0812 345 678", short)
    assert mentions_number("0812 345 678 / 901", short)
    assert not mentions_number("0812 345 678 901", short)
    assert not mentions_number("+81 234 5678", short)


def test_nobody_is_found_without_address_or_number():
    assert not mentions_address("@example.org", "")
    assert not mentions_number("0812", ())


@pytest.mark.parametrize(
    "text",
    ["@" * 100_000, "a@" * 50_000, "a@b." * 25_000, "1 " * 50_000, "0" * 100_000, " @" * 50_000, "+" * 100_000,
     "/" * 99_999 + "@", "a@ü." * 25_000, "0-" * 50_000],
)  # fmt: skip
def test_the_worst_text_takes_linear_time(text):
    begun = time.perf_counter()
    mentions_address(text, "a@xn--tda.org")
    mentions_number(text, HERS)
    assert time.perf_counter() - begun < 5
