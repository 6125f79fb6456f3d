"""Estimates how many guesses a secret takes from whoever tries placeholders, patterns and repetitions first.

A random secret is the same whatever words and rows happen to be in it; one that was made up is a few words, digits in a
row, keys that lie side by side, or the same again. The estimate is the shortest description in such terms, in bits.

Out of scope: whether the words of a passphrase were drawn by lot (only those of placeholders count as words), and
people's passwords.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from itertools import pairwise
from math import log2

__all__ = ["LEAST_BITS", "guessing_bits", "is_guessable"]

LEAST_BITS = 96
"""16 random bytes in hexadecimal are 128; what chance puts into them that looks like a pattern takes a few away."""

_WORD_LIST = """
a abc access admin after all am an and another any api app application apps as asdf at auth authentication backend
bar base battery baz be before better bits by bytes can change changed changeit changeme char character characters
chars code colonnade company config cookie correct data database db default demo deploy dev develop development do
doe domain dont dummy email encryption enter env environment example fake field first fixme foo for from generate
generated go goes going good guess hard hash hello here high hmac horse i if important in insecure insert is it its
java jwt keep key keys least length less local localhost long longer make master me metrics min minimum more must my
myapp name need needs never new no nobody node none not of on one only or other our pass passphrase password
passwords phrase placeholder please prod production project put qwerty random randomly real replace replaced
replaceme root sample secret secrets secure secured security server service session set share shared should sign
signed signing site some something staging staple string strong super temp temporary test testing tests that
the then there these thing this to todo token tokens too true unique unsafe us use used user value values very was
we web website what will with word world write xxx yes you your yours
"""
"""The words of which placeholders are made, in examples and in a hurry."""

_WORDS = frozenset(_WORD_LIST.split())

_PLACEHOLDER = re.compile(
    r"(^|[-_. <])(change(me|it)?|default|example|insecure|placeholder|replace(me)?|secrets?|your)($|[-_. >])",
    re.IGNORECASE,
)
_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "qazwsxedcrfvtgbyhnujmikolp",
    "azertyuiop",
    "qwertzuiop",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")

_RUN = re.compile(r"(?<![^-_. /])[a-z]{1,3}(?![^-_. /])|[a-z]{4,}")
"""Letters that may be words; fewer than four stand alone, or chance would find them everywhere."""
_LEET_RUN = re.compile("[a-z]{6,}")
_HEXADECIMAL = re.compile("[0-9a-f-]+")
_FEW_DIGITS = 8

_WORD_BITS = 4.0
_ROW_BITS = 8.0
_SEPARATOR_BITS = 1.0
_LONGEST_WORD = max(map(len, _WORDS))
_MAX_CHARACTERS = 512


def is_guessable(secret: bytes) -> bool:
    """Return whether a secret is a placeholder, the hash of an obvious word, or has less than `LEAST_BITS` bits."""
    text = secret.decode("latin-1")
    return (
        secret in (secret + secret)[1:-1]  # the same again, all of it
        or _PLACEHOLDER.search(text) is not None
        or text.strip("=").lower() in _obvious_hashes()
        or secret in _obvious_digests()
        or guessing_bits(text) < LEAST_BITS
    )


def guessing_bits(text: str) -> float:
    """Return the shortest description of `text` in bits: words, rows, steps, repetitions, and characters.

    Of a longer text the first 512 characters count. It takes milliseconds for a secret of a hundred.
    """
    text = text[:_MAX_CHARACTERS]
    lower = text.lower()
    character_bits = _bits_of_a_character(lower, text)
    best = [0.0]
    words = _word_ends(lower)
    for end in range(1, len(text) + 1):
        alone = _SEPARATOR_BITS if text[end - 1] in "-_. /:+" else character_bits
        bits = best[end - 1] + alone
        for start, count in words.get(end, ()):
            bits = min(bits, best[start] + count * _WORD_BITS)
        for start in _patterns(lower, end):
            bits = min(bits, best[start] + _ROW_BITS + log2(end - start))
        best.append(bits)
    return best[-1]


def _bits_of_a_character(lower: str, text: str) -> float:
    """Return how much a character says where nothing else describes it: as many kinds as there are, or hexadecimal."""
    kinds = len(set(text))
    if kinds > _FEW_DIGITS and _HEXADECIMAL.fullmatch(lower):
        return 4.0
    return log2(max(2, kinds))


def _word_ends(lower: str) -> dict[int, list[tuple[int, int]]]:
    """Return, by its end, where each run of letters that is words and nothing else begins, and their number."""
    found: dict[int, list[tuple[int, int]]] = {}
    for spelling, runs in ((lower, _RUN), (lower.translate(_LEET), _LEET_RUN)):
        for run in runs.finditer(spelling):
            if count := _words_in(run[0]):
                found.setdefault(run.end(), []).append((run.start(), count))
    return found


def _words_in(run: str) -> int:
    """Return the least number of known words that `run` is made of; 0 if it is made of others."""
    least: list[int | None] = [0]
    for end in range(1, len(run) + 1):
        counts = [
            known + 1
            for start in range(max(0, end - _LONGEST_WORD), end)
            if (known := least[start]) is not None and run[start:end] in _WORDS
        ]
        least.append(min(counts, default=None))
    return least[-1] or 0


def _patterns(lower: str, end: int) -> list[int]:
    """Return where a row, steps or a repetition of at least four characters begin that end here."""
    starts = []
    for start in range(end - 4, -1, -1):
        piece = lower[start:end]
        if not (_is_row(piece) or _is_steps(piece) or lower.find(piece, 0, end - 1) >= 0):
            break  # a longer piece is none of them either
        starts.append(start)
    return starts


def _is_row(piece: str) -> bool:
    return any(piece in row or piece[::-1] in row for row in _ROWS)


def _is_steps(piece: str) -> bool:
    steps = {ord(next_) - ord(one) for one, next_ in pairwise(piece)}
    return steps <= {0, 1} or steps <= {0, -1}


@cache
def _obvious_digests() -> frozenset[bytes]:
    return frozenset(
        hashlib.new(name, word.encode(), usedforsecurity=False).digest()
        for name in _DIGESTS
        for word in ("", "\n", "0", "1", "123456", "12345678", *_WORDS, *(f"{word}\n" for word in _WORDS))
    )


@cache
def _obvious_hashes() -> frozenset[str]:
    """Return the digests as people paste them, in hexadecimal and base64, in lower case and without padding."""
    texts = set()
    for digest in _obvious_digests():
        texts |= {
            digest.hex(),
            *(f(digest).decode().strip("=").lower() for f in (base64.b64encode, base64.urlsafe_b64encode)),
        }
    return frozenset(texts)
