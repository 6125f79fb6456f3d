"""Issuing a code: the part of sending that needs the database."""

from __future__ import annotations

import secrets

import msgspec

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.hashing import address_subject, hash_code, new_code, normal_address
from colonnade.kernel.identity.codes.schemas import DIGITS, MANY_DIGITS, MANY_MISSES, Purpose

__all__ = ["IssuedCode", "issue_code", "issue_visitor_code"]


class IssuedCode(msgspec.Struct, frozen=True):
    """A fresh code and its recipient. The code goes into a mail and nowhere else.

    There is a name if the address was confirmed: before that anybody may have given both.
    """

    account_id: int
    email: str
    name: str | None
    code: str


async def issue_code(
    tx: Transaction, settings: Settings, *, email: str, purpose: Purpose, asker: bytes
) -> IssuedCode | None:
    """Replace the asker's code by a fresh one and return it; None if there is no recipient, or no need of a code.

    An address without an active account gets a row that matches no code, so that a try takes the same time.
    """
    address = address_subject(settings, email)
    subject = asker or address
    misses = await queries.count_misses(tx, address)
    reader = await queries.find_reader(tx, email)
    # PostgreSQL's lower() and Python's differ for a few letters; sends are counted by Python's.
    if reader is None or normal_address(reader["email"]) != normal_address(email):
        await queries.save_code(
            tx, subject, purpose, address=address, account_id=None, code_hash=secrets.token_bytes(32)
        )
        return None
    code = _new_code(misses)
    name = reader["name"] if reader["email_verified_at"] is not None else None
    needed = purpose != "verify-email" or reader["email_verified_at"] is None
    code_hash = hash_code(settings, address, purpose, code) if needed else secrets.token_bytes(32)
    await queries.save_code(
        tx, subject, purpose, address=address, account_id=reader["id"], code_hash=code_hash
    )
    return IssuedCode(reader["id"], reader["email"], name, code) if needed else None


async def issue_visitor_code(
    db: Executor, settings: Settings, *, email: str, purpose: str, asker: bytes
) -> str:
    """Replace the code that the asker has for an address, whether or not it has an account, by a fresh one."""
    address = address_subject(settings, email)
    code = _new_code(await queries.count_misses(db, address))
    await queries.save_code(
        db,
        asker or address,
        purpose,
        address=address,
        account_id=None,
        code_hash=hash_code(settings, address, purpose, code),
    )
    return code


def _new_code(misses: int) -> str:
    return new_code(DIGITS if misses < MANY_MISSES else MANY_DIGITS)
