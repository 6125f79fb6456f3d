"""A slice's declaration of what people without an account leave with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from colonnade.kernel.audit import Origin
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.core.texts import address_key, mentions_address, mentions_number, national_digits
from colonnade.kernel.db import Transaction
from colonnade.kernel.privacy.schemas import SubjectQuery

__all__ = ["Access", "AllLeft", "LeftData", "Subject"]

K = TypeVar("K")

CONTACTS_PER_TURN = 50
"""Contacts that are read before others get a turn: a millisecond's work, twenty for the worst."""


@dataclass(frozen=True)
class Subject:
    """Whom a request is about: how what they left may write their address and number.

    `email` is the key of all spellings of the address (`address_key`), which for one in ASCII is its small letters;
    `digits` are the spellings of the number without anything else, with and without country code. Both are empty if
    they are not given, and match nothing.
    """

    email: str = ""
    digits: tuple[str, ...] = ()
    reference: UUID | None = None

    @classmethod
    def of(cls, query: SubjectQuery) -> Subject:
        """Return whom `query` is about."""
        digits = national_digits(query.phone) if query.phone is not None else ()
        return cls(address_key(query.email) if query.email else "", digits, query.reference)

    def has_address(self, email: str) -> bool:
        """Return whether `email`, in whatever spelling, is the person's address."""
        return bool(self.email) and address_key(email) == self.email

    def left(self, contact: str | None) -> bool:
        """Return whether `contact`, as somebody wrote it, has the person's address or number in it.

        Whoever else is named beside them: it is each one's.
        """
        if not contact:
            return False
        return mentions_address(contact, self.email) or mentions_number(contact, self.digits)

    async def pick_addressed(
        self, list_after: Callable[[int], Awaitable[list[tuple[int, str]]]]
    ) -> list[int]:
        """Return the ids of what has the person's address, out of all pages of ids and addresses in order of ids.

        `list_after(id)` returns the page behind an id, of some hundreds at most.
        """
        ids: list[int] = []
        last = 0
        while self.email and (page := await list_after(last)):
            last = page[-1][0]
            ids += [id for id, email in page if self.has_address(email)]
        return ids

    async def pick(self, contacts: Iterable[tuple[K, str]]) -> list[K]:
        """Return the keys of those `contacts` that are the person's; others get a turn in between."""
        picked = []
        for number, (key, contact) in enumerate(contacts, 1):
            if self.left(contact):
                picked.append(key)
            if number % CONTACTS_PER_TURN == 0:
                await asyncio.sleep(0)
        return picked


@dataclass(frozen=True)
class Access:
    """What it takes to read a person's things, and whence the request came.

    That is the cipher of encrypted columns, and `settings` with the keys of what is kept as a hash.

    `unreadable` is where `find` and `erase` count, by kind, what cannot be opened and so may be the person's or not.
    """

    fields: FieldCipher
    origin: Origin
    settings: Settings
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class LeftData:
    """One kind of things that people leave, such as `letters`.

    `find(tx, subject, access)` returns a person's things of this kind, newest first, as dictionaries that become
    JSON: at most `MAX_FOUND` and one more. `erase(tx, subject, access)` removes or blanks them, and returns their
    number. They run in one transaction for all kinds, in the order in which they are declared. `tables` are those that
    say whose something is: nobody writes to them from the erasure of this kind until its end, so that it finds what was
    being sent. Jobs that concern an address which `erase` finds beside the given one are its to cancel.
    """

    name: str
    find: Callable[[Transaction, Subject, Access], Awaitable[list[dict[str, Any]]]]
    erase: Callable[[Transaction, Subject, Access], Awaitable[int]]
    tables: Sequence[str] = ()

    async def lock(self, tx: Transaction) -> None:
        """Wait for what is being written, and let nothing else be written before the transaction ends."""
        for table in self.tables:
            await tx.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


@provided("left_data")
class AllLeft(tuple[LeftData, ...]):
    """Everything that people without an account leave with a product: the declarations of all its slices."""
