"""Encrypted fields: readable only in their own place, and with the key that encrypted them."""

from __future__ import annotations

import base64
import os

import pytest

from colonnade.kernel.core.fields import EncryptedColumn, FieldCipher, Undecryptable

OLD, NEW = os.urandom(32), os.urandom(32)
PLACE = "prayer_requests.content:17"
TEXT = "Doakan keluarga saya — 中文 😀"


def test_a_text_comes_back():
    cipher = FieldCipher({"k1": OLD})
    stored = cipher.encrypt(TEXT, place=PLACE)
    assert stored.startswith("v1.k1.")
    assert stored.isascii()
    assert cipher.decrypt(stored, place=PLACE) == TEXT
    assert cipher.decrypt(cipher.encrypt("", place=PLACE), place=PLACE) == ""


def test_the_same_text_is_never_stored_twice_the_same_way():
    cipher = FieldCipher({"k1": OLD})
    assert len({cipher.encrypt(TEXT, place=PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place", ["prayer_requests.content:18", "prayer_requests.contact:17", "other.content:17", "", PLACE + "0"]
)
def test_a_moved_value_cannot_be_read(place):
    cipher = FieldCipher({"k1": OLD})
    stored = cipher.encrypt(TEXT, place=PLACE)
    with pytest.raises(Undecryptable):
        cipher.decrypt(stored, place=place)


def test_another_key_cannot_read_it():
    stored = FieldCipher({"k1": OLD}).encrypt(TEXT, place=PLACE)
    for keys in ({"k1": NEW}, {"k2": OLD}, {"k2": NEW}):
        with pytest.raises(Undecryptable):
            FieldCipher(keys).decrypt(stored, place=PLACE)


def test_a_key_is_bound_to_its_name():
    """Whoever can write the column cannot have a value read with another key of the ring."""
    both = FieldCipher({"k1": OLD, "k2": OLD})
    stored = both.encrypt(TEXT, place=PLACE)
    with pytest.raises(Undecryptable):
        both.decrypt(stored.replace("v1.k1.", "v1.k2."), place=PLACE)


def test_rotation():
    before = FieldCipher({"k1": OLD}).encrypt(TEXT, place=PLACE)
    both = FieldCipher({"k2": NEW, "k1": OLD})
    assert both.current == "k2"
    assert both.decrypt(before, place=PLACE) == TEXT
    after = both.encrypt(TEXT, place=PLACE)
    assert after.startswith(both.prefix)
    assert FieldCipher({"k2": NEW}).decrypt(after, place=PLACE) == TEXT
    with pytest.raises(Undecryptable):
        FieldCipher({"k2": NEW}).decrypt(before, place=PLACE)


def test_every_changed_byte_is_noticed():
    cipher = FieldCipher({"k1": OLD})
    raw = bytearray(base64.urlsafe_b64decode(cipher.encrypt(TEXT, place=PLACE).removeprefix("v1.k1.")))
    for index in range(len(raw)):
        raw[index] ^= 1
        with pytest.raises(Undecryptable):
            cipher.decrypt("v1.k1." + base64.urlsafe_b64encode(raw).decode(), place=PLACE)
        raw[index] ^= 1


@pytest.mark.parametrize(
    "stored", ["", "plain text", "v1", "v1.", "v1.k1", "v1.k1.", "v1.k1.%%%", "v1.k1.AAAA", "v2.k1.AAAA", "v1..AAAA",
               "v1.k1." + "A" * 40, "v1.k1.é", "v1.k1.AAA"],
)  # fmt: skip
def test_rubbish_is_undecryptable_and_its_error_shows_none_of_it(stored):
    with pytest.raises(Undecryptable) as raised:
        FieldCipher({"k1": OLD}).decrypt(stored, place=PLACE)
    assert "17" not in str(raised.value)


def test_keys_that_are_none():
    for keys in ({}, {"k1": b"short"}, {"k1": OLD, "k2": OLD + b"x"}):
        with pytest.raises(ValueError):
            FieldCipher(keys)


def test_columns_name_places():
    column = EncryptedColumn("prayer_requests", "content")
    assert (str(column), column.place(17)) == ("prayer_requests.content", PLACE)
    for name in ("Bad", "a b", "a;drop", "", "1a", "a" * 64):
        with pytest.raises(ValueError):
            EncryptedColumn(name, "content")
