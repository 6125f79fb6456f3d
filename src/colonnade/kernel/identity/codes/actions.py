"""Requesting a code, and using it.

Nothing here reveals whether an address has an account: a request does not look it up, the job that sends the code
does; and a try takes the same steps whether or not a code was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.hashing import (
    account_subject,
    address_subject,
    asker_subject,
    hash_code,
    normal_address,
)
from colonnade.kernel.identity.codes.jobs import send_code
from colonnade.kernel.identity.codes.schemas import CodeInvalid, Purpose, SendCode
from colonnade.kernel.identity.codes.sending import spend_request
from colonnade.kernel.identity.queries import lock_account_row
from colonnade.kernel.mail import Language

__all__ = ["CheckedCode", "Redeemed", "check_code", "redeem_code", "request_code", "use_code"]

Asker = str | int
"""Who asks for a code or tries one: a client's address, whose network counts, or the signed-in owner's account."""


class CheckedCode(Struct, frozen=True):
    """A code that was right when it was tried, and has not been used yet."""

    account_id: int
    email: str
    purpose: Purpose
    address: bytes
    code_hash: bytes


class Redeemed:
    """A code of the account `account_id` that is used up when the transaction `tx` commits."""

    __slots__ = ("account_id", "tx")

    def __init__(self, tx: Transaction, account_id: int) -> None:
        self.tx = tx
        self.account_id = account_id


async def request_code(
    tx: Transaction,
    settings: Settings,
    *,
    email: str,
    purpose: Purpose,
    language: Language,
    asker: Asker,
    known: bool = False,
) -> None:
    """Enqueue the job that sends a code to `email` if an active account has it; do not reveal whether one has.

    Requests are counted by address and asker: 3 in 15 minutes over all purposes, a minute apart. All networks together
    from which the account has not signed in (not `known`) have 10 in an hour, which bounds the mails. Raise
    TooManyRequests beyond that, also for addresses without an account.
    """
    subject = _asker(settings, email, asker)
    stranger = isinstance(asker, str) and not known
    await spend_request(tx, settings, email=email, subject=subject, stranger=stranger)
    await tx.enqueue(send_code, SendCode(normal_address(email), purpose, language, subject))


async def check_code(
    db: Database, settings: Settings, *, email: str, purpose: Purpose, code: str, asker: Asker
) -> CheckedCode:
    """Count a try and leave the code usable. Raise CodeInvalid if the code is wrong, used, expired or out of tries.

    Whoever asked for a code has five tries of it, all others together two. It runs outside a transaction: the try
    counts whatever follows.
    """
    address = address_subject(settings, email)
    code_hash = hash_code(settings, address, purpose, code)
    _, account_id = await queries.spend_try(
        db, address, purpose, code_hash=code_hash, asker=_asker(settings, email, asker)
    )
    if account_id is None:
        raise CodeInvalid(field="code")
    return CheckedCode(account_id, email, purpose, address, code_hash)


def _asker(settings: Settings, email: str, asker: Asker) -> bytes:
    if isinstance(asker, int):
        return account_subject(settings, asker)
    return asker_subject(settings, email, asker)


async def use_code(tx: Transaction, checked: CheckedCode) -> None:
    """Lock the account and use the code up in the transaction.

    Raise CodeInvalid if it was used or the account has changed.
    """
    await lock_account_row(tx, checked.account_id)
    account_id = await queries.use_code(
        tx, checked.address, checked.purpose, code_hash=checked.code_hash, email=checked.email
    )
    if account_id != checked.account_id:
        raise CodeInvalid(field="code")


@asynccontextmanager
async def redeem_code(
    db: Database, settings: Settings, *, email: str, purpose: Purpose, code: str, asker: Asker
) -> AsyncIterator[Redeemed]:
    """Open a transaction in which the code is used up: `check_code`, then `use_code`.

    Raise CodeInvalid if the code is wrong, used, expired or out of tries.
    """
    checked = await check_code(db, settings, email=email, purpose=purpose, code=code, asker=asker)
    async with db.transaction() as tx:
        await use_code(tx, checked)
        yield Redeemed(tx, checked.account_id)
