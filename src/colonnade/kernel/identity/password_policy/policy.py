"""Whether a password may be chosen: length, the most common ones, its owner's name in it, known leaks.

Follows NIST SP 800-63B (5.1.1.2): no rules about digits and signs, no expiry. What was used before is looked at
where an account is known, in `actions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from colonnade.kernel.identity.password_policy.common import is_common
from colonnade.kernel.identity.password_policy.schemas import MAX_LENGTH, RULES, WeakPassword

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["check_password"]

_WORD = re.compile(r"[^\W_]+")
BCRYPT_BYTES = 72
"""What bcrypt looks at; what follows would not count."""

SHORTEST_WORD = 4
"""Shorter parts of a name occur by chance."""

LEFT_OVER = 4
"""How many characters besides the owner's own words make a password."""


async def check_password(
    services: IdentityServices, password: str, *, about: Iterable[str] = (), field: str = "password"
) -> None:
    """Refuse a password that would be guessed. `about`: the owner's e-mail and name, as far as known.

    Says which rule it breaks, naming `field`. Raises WeakPassword.
    """
    rules = RULES[services.settings.password_policy]
    if len(password) < rules.min_length:
        raise _weak(field, f"Use at least {rules.min_length} characters.")
    if len(password) > MAX_LENGTH:
        raise _weak(field, f"Use at most {MAX_LENGTH} characters.")
    if services.settings.bcrypt_cost is not None and len(password.encode()) > BCRYPT_BYTES:
        raise _weak(
            field, f"Use at most {BCRYPT_BYTES} bytes: letters beyond a to z count for more than one."
        )
    if len(set(password)) < 4 or _is_run(password):
        raise _weak(field, "Repeated characters and simple sequences are easily guessed.")
    if _is_personal(password, [*about, services.product.title, services.product.name]):
        raise _weak(field, "A password must not be made of your name, e-mail address or this site's name.")
    if await is_common(password):
        raise _weak(field, "This is one of the most common passwords.")
    if services.breaches is not None and await services.breaches.is_breached(password):
        raise _weak(field, "This password is known from a data leak elsewhere.")


def _weak(field: str, sentence: str) -> WeakPassword:
    return WeakPassword(fields={field: sentence})


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
