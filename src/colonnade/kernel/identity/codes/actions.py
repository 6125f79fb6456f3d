"""Requesting a code, and using it.

Nothing here reveals whether an address has an account: a request does not look it up, the job that sends the code
does; and a try takes the same steps whether or not a code was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from colonnade.kernel.core import TooManyRequests
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.hashing import (
    account_subject,
    address_subject,
    hash_code,
    normal_address,
)
from colonnade.kernel.identity.codes.jobs import send_code
from colonnade.kernel.identity.codes.schemas import CodeInvalid, Purpose, SendCode
from colonnade.kernel.identity.queries import lock_account_row
from colonnade.kernel.mail import Language

__all__ = ["CheckedCode", "Redeemed", "check_code", "redeem_code", "request_code", "use_code"]


class CheckedCode(Struct, frozen=True):
    """A code that was right when it was tried, and has not been used yet."""

    account_id: int
    email: str
    purpose: Purpose
    subject: bytes
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
    owner_id: int | None = None,
) -> None:
    """Enqueue the job that sends a code to `email` if an active account has it; do not reveal whether one has.

    Requests that anybody may make are counted by e-mail address: 3 in 15 minutes over all purposes, a minute apart.
    Requests that only the signed-in owner may make (`owner_id`) are counted by account, so that a stranger cannot use
    them up. Raise TooManyRequests beyond that, also for addresses without an account.
    """
    subject = address_subject(settings, email) if owner_id is None else account_subject(settings, owner_id)
    if not await queries.spend_send(tx, subject):
        raise TooManyRequests(retry_after_seconds=await queries.seconds_to_wait(tx, subject))
    await tx.enqueue(send_code, SendCode(normal_address(email), purpose, language))


async def check_code(
    db: Database, settings: Settings, *, email: str, purpose: Purpose, code: str
) -> CheckedCode:
    """Count a try and leave the code usable. Raise CodeInvalid if the code is wrong, used, expired or out of tries.

    It runs outside a transaction: the try counts whatever follows.
    """
    subject = address_subject(settings, email)
    code_hash = hash_code(settings, subject, purpose, code)
    account_id = await queries.spend_try(db, subject, purpose, code_hash)
    if account_id is None:
        raise CodeInvalid(field="code")
    return CheckedCode(account_id, email, purpose, subject, code_hash)


async def use_code(tx: Transaction, checked: CheckedCode) -> None:
    """Lock the account and use the code up in the transaction.

    Raise CodeInvalid if it was used or the account has changed.
    """
    await lock_account_row(tx, checked.account_id)
    account_id = await queries.use_code(
        tx, checked.subject, checked.purpose, code_hash=checked.code_hash, email=checked.email
    )
    if account_id != checked.account_id:
        raise CodeInvalid(field="code")


@asynccontextmanager
async def redeem_code(
    db: Database, settings: Settings, *, email: str, purpose: Purpose, code: str
) -> AsyncIterator[Redeemed]:
    """Open a transaction in which the code is used up: `check_code`, then `use_code`.

    Raise CodeInvalid if the code is wrong, used, expired or out of tries.
    """
    checked = await check_code(db, settings, email=email, purpose=purpose, code=code)
    async with db.transaction() as tx:
        await use_code(tx, checked)
        yield Redeemed(tx, checked.account_id)
