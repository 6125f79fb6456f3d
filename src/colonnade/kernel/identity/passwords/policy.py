"""Rules against passwords that are easily guessed: too short, a simple sequence, made of the owner's name.

They follow NIST SP 800-63B (5.1.1.2): no rules about digits and signs, no expiry.

Out of scope: the most common passwords (`common`), leaks (`breach`), and the account's earlier ones (`passwords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from colonnade.kernel.identity.passwords.schemas import MAX_LENGTH

__all__ = ["find_weakness"]

_WORD = re.compile(r"[^\W_]+")
BCRYPT_BYTES = 72
"""bcrypt ignores every byte after these."""

MIN_WORD_CHARACTERS = 4
"""Shorter words of a name occur in passwords by chance."""

MIN_OTHER_CHARACTERS = 4
"""A password needs as many characters besides a word about its owner."""


def find_weakness(password: str, *, min_length: int, bcrypt: bool, about: Iterable[str]) -> str | None:
    """Return a sentence about the rule that the password breaks; None if it breaks none.

    `bcrypt` tells that it will be hashed with bcrypt. `about` are names of its owner and of the site.
    """
    if len(password) < min_length:
        return f"Use at least {min_length} characters."
    if len(password) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    if bcrypt and len(password.encode()) > BCRYPT_BYTES:
        return f"Use at most {BCRYPT_BYTES} bytes: letters beyond a to z count for more than one."
    if len(set(password)) < 4 or _is_run(password):
        return "Repeated characters and simple sequences are easily guessed."
    if _is_personal(password, about):
        return "A password must not be made of your name, e-mail address or this site's name."
    return None


def _is_run(password: str) -> bool:
    """Return whether every step is the same: `abcdefgh`, `87654321`, `aceg…`."""
    steps = {ord(second) - ord(first) for first, second in pairwise(password)}
    return len(steps) == 1


def _is_personal(password: str, about: Iterable[str]) -> bool:
    """Return whether the password has hardly anything besides one of the words in `about`."""
    text = _condensed(password)
    words: set[str] = set()
    for part in about:
        words.update(_WORD.findall(part.casefold()))
        words.update((_condensed(part), _condensed(part.partition("@")[0])))
    return any(
        len(word) >= MIN_WORD_CHARACTERS and word in text and len(password) - len(word) < MIN_OTHER_CHARACTERS
        for word in words
    )


def _condensed(text: str) -> str:
    """Return its letters and digits only: `Mia-Member` becomes `miamember`."""
    return "".join(_WORD.findall(text.casefold()))
