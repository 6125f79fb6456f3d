"""A slice's declaration of what people without an account leave with it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from colonnade.kernel.audit import Origin
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.texts import national_digits
from colonnade.kernel.db import Transaction
from colonnade.kernel.privacy.schemas import SubjectQuery

__all__ = ["Access", "AllLeft", "LeftData", "Subject"]

_NO_DIGIT = re.compile(r"\D")


@dataclass(frozen=True)
class Subject:
    """Whom a request is about: how what they left may write their address and number.

    `email` is in lower case; `digits` are the spellings of the number without anything else, with and without country
    code; both are empty if they are not given, and match nothing.
    """

    email: str = ""
    digits: tuple[str, ...] = ()
    reference: UUID | None = None

    @classmethod
    def of(cls, query: SubjectQuery) -> Subject:
        """Return whom `query` is about."""
        digits = national_digits(query.phone) if query.phone is not None else ()
        return cls((query.email or "").lower(), digits, query.reference)

    def left(self, contact: str | None) -> bool:
        """Return whether `contact`, an e-mail address or a telephone number as somebody wrote it, is the person's."""
        if not contact:
            return False
        if self.email and contact.strip().lower() == self.email:
            return True
        return bool(self.digits) and _NO_DIGIT.sub("", contact.lower().partition("ext")[0]) in self.digits


@dataclass(frozen=True)
class Access:
    """What it takes to read a person's things: the cipher of encrypted columns, and whence the request came."""

    fields: FieldCipher
    origin: Origin


@dataclass(frozen=True)
class LeftData:
    """One kind of things that people leave, such as `letters`.

    `find(tx, subject, access)` returns a person's things of this kind, newest first, as dictionaries that become
    JSON: at most `MAX_FOUND` and one more. `erase(tx, subject, access)` removes or blanks them, and returns their
    number. They run in one transaction for all kinds, in the order in which they are declared.
    """

    name: str
    find: Callable[[Transaction, Subject, Access], Awaitable[list[dict[str, Any]]]]
    erase: Callable[[Transaction, Subject, Access], Awaitable[int]]


@provided("left_data")
class AllLeft(tuple[LeftData, ...]):
    """Everything that people without an account leave with a product: the declarations of all its slices."""
