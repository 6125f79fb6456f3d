"""Shapes of requests about what people left, and of their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.core import Email, Phone, Words

__all__ = ["MAX_FOUND", "Erased", "ErasureRequest", "Found", "SubjectQuery"]

MAX_FOUND = 500
"""Things of one kind that an answer shows; what is erased is not bounded by it."""


class Reason(Words, min_length=3, max_length=500, examples=["Letter of 29 November"]):
    """Why, for the audit log: a letter, a call."""


class SubjectQuery(Struct, frozen=True, rename="camel"):
    """Whom a request is about. At least one of the three; things that match any of them are the person's.

    `reference` is the id of something that the person has, such as the number on a receipt.
    """

    email: Email | None = None
    phone: Phone | None = None
    reference: UUID | None = None


class ErasureRequest(SubjectQuery, frozen=True, rename="camel", kw_only=True):
    """What is to be erased, and why."""

    reason: Reason


class Found(Struct, frozen=True, rename="camel"):
    """What is held, by kind; of a kind in `truncated` there is more than is shown.

    `unreadable` counts by kind what could not be opened (its key is gone), and may be this person's or not.
    """

    product: str
    found_at: datetime
    data: dict[str, list[dict[str, Any]]]
    truncated: list[str]
    unreadable: dict[str, int]


class Erased(Struct, frozen=True, rename="camel"):
    """How many things of each kind were erased, and how many could not be opened to see whose they are."""

    erased: dict[str, int]
    unreadable: dict[str, int]
