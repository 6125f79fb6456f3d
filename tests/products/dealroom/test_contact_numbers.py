"""Telephone numbers of contacts: every spelling is one number, and what is no number is refused."""

from __future__ import annotations

import random
import re

import phonenumbers
import pytest

from colonnade.products.dealroom.shared.rules.numbers import (
    canonical_number,
    other_form,
    read_number,
    search_text,
    spellings,
)

SAO_PAULO, BUENOS_AIRES, CORDOBA = "+5511987654321", "+5491187654321", "+5493517654321"
GALLEGOS, MEXICO = "+5492966654321", "+525512345678"

TYPED = [
    # Brazil: the ninth digit of mobile numbers, and only of those.
    ("+55 11 98765-4321", None, SAO_PAULO),
    ("+55 11 8765-4321", None, SAO_PAULO),
    ("0055 11 8765-4321", None, SAO_PAULO),
    ("551187654321", None, SAO_PAULO),
    ("551187654321", "BR", SAO_PAULO),
    ("(11) 8765-4321", "BR", SAO_PAULO),
    ("(011) 98765-4321", "BR", SAO_PAULO),
    ("0 11 8765 4321", "BR", SAO_PAULO),
    ("+55 (11) 98765\u20114321", "ID", SAO_PAULO),
    ("+55 21 6765-4321", None, "+5521967654321"),
    ("+55 11 7765-4321", None, "+5511977654321"),
    ("+55 11 3765-4321", None, "+551137654321"),
    ("11 5765-4321", "BR", "+551157654321"),
    # Argentina: 9 behind the country, or 15 behind the area of two, three or four digits.
    ("+54 9 11 8765-4321", None, BUENOS_AIRES),
    ("+54 11 15 8765-4321", None, BUENOS_AIRES),
    ("54 11 15 8765 4321", None, BUENOS_AIRES),
    ("011 15 8765-4321", "AR", BUENOS_AIRES),
    ("11 15 8765-4321", "AR", BUENOS_AIRES),
    ("+54 351 15 765-4321", None, CORDOBA),
    ("0351 15 765-4321", "AR", CORDOBA),
    ("+54 2966 15 65-4321", None, GALLEGOS),
    ("+54 11 4765-4321", None, "+541147654321"),
    # Mexico: no 1 any more, and no 044 or 045.
    ("+52 55 1234 5678", None, MEXICO),
    ("+52 1 55 1234 5678", None, MEXICO),
    ("5215512345678", None, MEXICO),
    ("55 1234 5678", "MX", MEXICO),
    ("1 55 1234 5678", "MX", MEXICO),
    ("044 55 1234 5678", "MX", MEXICO),
    ("045 55 1234 5678", "MX", MEXICO),
    # Everybody else's are as they are; a number without a country is one of the region.
    ("0812-3456-7890", "ID", "+6281234567890"),
    ("+62 812 3456 7890", "BR", "+6281234567890"),
    ("+1 551 234 5678", "MX", "+15512345678"),
    ("+٥٥ ١١ ٨٧٦٥-٤٣٢١", None, SAO_PAULO),
]
WA_IDS = [
    ("551187654321", SAO_PAULO),
    ("5511987654321", SAO_PAULO),
    ("551137654321", "+551137654321"),
    ("5491187654321", BUENOS_AIRES),
    ("54111587654321", BUENOS_AIRES),
    ("541147654321", "+541147654321"),
    ("5215512345678", MEXICO),
    ("525512345678", MEXICO),
    ("6281234567890", "+6281234567890"),
    ("999000111222", "+999000111222"),
]
REFUSED = [
    ("11 98765-4321", None, "with its country code"),
    ("+62 812", None, "with its country code"),
    ("+55 00 98765-4321", None, "with its country code"),
    ("12345", "BR", "in BR or with its country code"),
    ("11 1765-4321", "BR", "in BR or with its country code"),
    ("+999 000 111 222", "ID", "in ID or with its country code"),
    ("Ibu Sari", "ID", "in ID or with its country code"),
    ("9" * 500, "BR", "in BR or with its country code"),
    # A digit too many is no carrier's code, and no area code then.
    ("+55 11 9876942769", "BR", "in BR or with its country code"),
    ("+55119876233830", "BR", "in BR or with its country code"),
    ("+55 15 11 98765-4321", "BR", "in BR or with its country code"),
    ("011 9876942769", "BR", ""),
    ("0119833334444", "BR", ""),
    ("0159834567890", "BR", ""),
    ("+55 0159834567890", "BR", ""),
    ("+5511987651115 casa 2", "BR", "in BR or with its country code"),
    ("+5511987651116 / 11 3333-4444", "BR", ""),
]


@pytest.mark.parametrize(("typed", "region", "number"), TYPED)
def test_every_spelling_is_one_number(typed: str, region: str | None, number: str) -> None:
    assert read_number(typed, region) == number
    assert read_number(number, region) == number


@pytest.mark.parametrize(("wa_id", "number"), WA_IDS)
def test_what_a_provider_writes_is_the_same_number(wa_id: str, number: str) -> None:
    assert canonical_number(wa_id) == number
    assert canonical_number(number[1:]) == number


@pytest.mark.parametrize(("typed", "region", "rule"), REFUSED)
def test_what_is_not_in_use_is_refused(typed: str, region: str | None, rule: str) -> None:
    with pytest.raises(ValueError, match=f"must be a telephone number that exists.*{re.escape(rule)}"):
        read_number(typed, region)


EXTENSIONS = [
    "ext 3",
    "ramal 3",
    "x3",
    "int. 3",
    ";ext=3",
    "ext. 1234",
    "#2",
    "anexo 2",
    "ramal: 12",
    "poste 3",
    "Ramal 301",
]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_extension_is_no_part_of_a_number(extension: str) -> None:
    for typed, number in [
        ("+5511987651112", "+5511987651112"),
        ("+55 11 8765-1112", "+5511987651112"),
        ("+52 1 55 1234 5678", MEXICO),
        ("+54 9 11 8765-4321", BUENOS_AIRES),
        ("+62 812 3456 7890", "+6281234567890"),
    ]:
        assert read_number(f"{typed} {extension}", "BR") == number


@pytest.mark.parametrize("number", ["+5598976511123", "+5598976942769", "+559134567890"])
def test_a_carriers_code_is_read_where_the_area_stands_by_itself(number: str) -> None:
    area, rest = number[3:5], number[5:]
    for typed in (
        f"0 15 {area} {rest}",
        f"015 ({area}) {rest}",
        f"+55 0 15 {area} {rest}",
        f"+55 (015) {area} {rest}",
    ):
        assert read_number(typed, "BR") == number


COUNTRIES = [
    "BR",
    "MX",
    "AR",
    "ID",
    "GB",
    "US",
    "DE",
    "FR",
    "ES",
    "IT",
    "PT",
    "NL",
    "SG",
    "MY",
    "IN",
    "NG",
    "ZA",
    "EG",
    "SA",
    "AE",
    "TR",
    "RU",
    "CO",
    "CL",
    "PE",
    "VE",
    "AU",
    "JP",
    "KR",
    "CN",
    "UY",
    "PY",
    "EC",
]


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_spelling_of_a_number_is_anothers(country: str) -> None:
    """With an extension or a digit too many it is that number, what was typed, or none at all."""
    chance = random.Random(country)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [phonenumbers.example_number_for_type(country, kind) for kind in kinds]
    formats = phonenumbers.PhoneNumberFormat
    tried = 0
    while tried < 60:
        example = phonenumbers.format_number(chance.choice([one for one in examples if one]), formats.E164)
        kept = chance.randint(4, 9)
        made = example[:kept] + "".join(str(chance.randrange(10)) for _ in example[kept:])
        if not phonenumbers.is_valid_number(phonenumbers.parse(made)):
            continue
        tried += 1
        number = canonical_number(made[1:])
        for shown in (made, phonenumbers.format_number(phonenumbers.parse(made), formats.INTERNATIONAL)):
            for region in (country, "BR", "MX", "AR", None):
                assert _read(shown, region) == number
                for extension in EXTENSIONS:
                    assert _read(f"{shown} {extension}", region) in (number, None), (shown, extension, region)
                more = shown + str(chance.randrange(10))
                typed = re.sub(r"[^0-9]", "", more)
                assert _read(more, region) in (f"+{typed}", None), (more, region)


def _read(typed: str, region: str | None) -> str | None:
    try:
        return read_number(typed, region)
    except ValueError:
        return None


def test_a_number_is_found_by_the_digits_of_each_spelling() -> None:
    assert spellings(SAO_PAULO) == "+5511987654321 +551187654321"
    assert spellings(BUENOS_AIRES) == "+5491187654321 +541187654321 +54111587654321"
    assert spellings(CORDOBA).split()[2:] == ["+54351157654321", "+54351715654321"]
    assert spellings("+6281234567890") == "+6281234567890"


MEXICAN = [
    "+52 {a} {n}",
    "+52 1 {a} {n}",
    "521{a}{n}",
    "0052 1 {a} {n}",
    "{a} {n}",
    "({a}) {n}",
    "1 {a} {n}",
    "01 {a} {n}",
    "044 {a} {n}",
    "(045) {a} {n}",
    "+52 01 {a} {n}",
    "+52 044 {a} {n}",
    "+52 1 045 {a} {n}",
]
BRAZILIAN = [
    "+55 {a} 9{n}",
    "+55 {a} {n}",
    "55{a}{n}",
    "0055 {a} 9{n}",
    "({a}) 9{n}",
    "{a} {n}",
    "0{a} 9{n}",
    "0{a} {n}",
    "0 15 {a} 9{n}",
    "0 15 {a} {n}",
    "041 {a} {n}",
    "0xx{a} {n}",
    "(0xx{a}) 9{n}",
    "+55 0{a} 9{n}",
    "+55 (0{a}) {n}",
    "+55 0 31 {a} {n}",
]
ARGENTINE = [
    "+54 9 {a} {n}",
    "+54 {a} 15 {n}",
    "54{a}15{n}",
    "549{a}{n}",
    "0054 9 {a} {n}",
    "0{a} 15 {n}",
    "{a} 15-{n}",
    "(0{a}) 15 {n}",
    "9 {a} {n}",
    "+54 9 {a} 15 {n}",
    "+54 0{a} 15 {n}",
]
ELSEWHERE = ["+54 {a} {n}", "54{a}{n}", "{a} {n}", "0{a} {n}", "+54 ({a}) {n}"]
"""Argentina's without the 9: the same number, in its other form."""


def numbers(country: str) -> list[tuple[str, str]]:
    """Return twenty numbers of a country: area, and what is behind it."""
    areas = {
        "MX": ["55", "81", "33", "222", "998"],
        "BR": ["11", "21", "31", "71", "85"],
        "AR": ["11", "351", "341", "261", "223"],
    }[country]
    first = {"MX": "1", "BR": "8", "AR": "4"}[country]
    length = {"MX": 10, "AR": 10}.get(country, 10)
    found = []
    for place in range(20):
        area = areas[place % 5]
        found.append(
            (area, first + f"{(place * 7_654_321 + 2_345_678) % 10**9:09}"[: length - len(area) - 1])
        )
    return found


@pytest.mark.parametrize(("area", "rest"), numbers("MX"))
def test_every_mexican_spelling(area: str, rest: str) -> None:
    for form in MEXICAN:
        assert read_number(form.format(a=area, n=rest), "MX") == f"+52{area}{rest}", form
    assert canonical_number(f"521{area}{rest}") == f"+52{area}{rest}"


@pytest.mark.parametrize(("area", "rest"), numbers("BR"))
def test_every_brazilian_spelling(area: str, rest: str) -> None:
    for form in BRAZILIAN:
        assert read_number(form.format(a=area, n=rest), "BR") == f"+55{area}9{rest}", form
    assert canonical_number(f"55{area}{rest}") == f"+55{area}9{rest}"


@pytest.mark.parametrize(("area", "rest"), numbers("AR"))
def test_every_argentine_spelling(area: str, rest: str) -> None:
    for form in ARGENTINE:
        assert read_number(form.format(a=area, n=rest), "AR") == f"+549{area}{rest}", form
    for form in ELSEWHERE:
        found = read_number(form.format(a=area, n=rest), "AR")
        assert (found, other_form(found)) == (f"+54{area}{rest}", f"+549{area}{rest}"), form
    assert other_form(f"+549{area}{rest}") == f"+54{area}{rest}"
    assert set(spellings(f"+54{area}{rest}").split()) == set(spellings(f"+549{area}{rest}").split())


def test_a_search_text_that_is_a_number_has_its_stored_forms() -> None:
    assert search_text("044 55 1234 5678").split(" OR ") == ["044 55 1234 5678", "525512345678"]
    assert "5511987654321" in search_text("0 15 11 8765-4321").split(" OR ")
    for text in ("Ibu Sari", "12", "sepatu 42", "*", "", "0" * 500, "42 OR 43"):
        assert search_text(text) == text


@pytest.mark.parametrize("number", [SAO_PAULO, MEXICO, "+6281234567890", "+551137654321", "+14155552671"])
def test_others_numbers_have_one_form(number: str) -> None:
    assert other_form(number) is None
