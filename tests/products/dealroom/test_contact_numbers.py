"""Telephone numbers of contacts: every spelling is one number, and what is no number is refused."""

from __future__ import annotations

import re

import pytest

from colonnade.products.dealroom.contacts.rules.numbers import canonical_number, read_number, spellings

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
    with pytest.raises(ValueError, match=f"must be a telephone number that exists, {re.escape(rule)}"):
        read_number(typed, region)


def test_a_number_is_found_by_the_digits_of_each_spelling() -> None:
    assert spellings(SAO_PAULO) == "+5511987654321 +551187654321"
    assert spellings(BUENOS_AIRES) == "+5491187654321 +541187654321 +54111587654321"
    assert spellings(CORDOBA).split()[2:] == ["+54351157654321", "+54351715654321"]
    assert spellings("+6281234567890") == "+6281234567890"
