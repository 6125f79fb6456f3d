"""What makes a password too easy to guess: its length, a run of characters, its owner's name in it.

Follows NIST SP 800-63B (5.1.1.2): no rules about digits and signs, no expiry. Out of scope: the most common
passwords (`common`), leaks (`breach`), and what the account had before (`passwords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from colonnade.kernel.identity.passwords.schemas import MAX_LENGTH

__all__ = ["find_weakness"]

_WORD = re.compile(r"[^\W_]+")
BCRYPT_BYTES = 72
"""What bcrypt looks at; what follows would not count."""

SHORTEST_WORD = 4
"""Shorter parts of a name occur by chance."""

LEFT_OVER = 4
"""How many characters besides the owner's own words make a password."""


def find_weakness(password: str, *, min_length: int, bcrypt: bool, about: Iterable[str]) -> str | None:
    """A sentence about the rule that the password breaks; None when it breaks none.

    `bcrypt`: it will be hashed so. `about`: names of its owner and of the site.
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
    """`abcdefgh`, `87654321`, `aceg…`: every step the same."""
    steps = {ord(second) - ord(first) for first, second in pairwise(password)}
    return len(steps) == 1


def _is_personal(password: str, about: Iterable[str]) -> bool:
    """Whether hardly anything is left of the password without one of the words in `about`."""
    text = _condensed(password)
    words: set[str] = set()
    for part in about:
        words.update(_WORD.findall(part.casefold()))
        words.update((_condensed(part), _condensed(part.partition("@")[0])))
    return any(
        len(word) >= SHORTEST_WORD and word in text and len(password) - len(word) < LEFT_OVER
        for word in words
    )


def _condensed(text: str) -> str:
    """Letters and digits only: `Mia-Member` as `miamember`."""
    return "".join(_WORD.findall(text.casefold()))
