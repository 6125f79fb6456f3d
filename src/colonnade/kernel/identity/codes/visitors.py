"""Codes for people without an account: whoever has the code reads the mail of an address, and that is all it says.

A visitor's code is bound to its address and purpose, and counted as those of accounts are (ADR 0046), on the same
counters, so that nobody is mailed more often because there are two reasons to: a network has 3 in 15 minutes over all
purposes, a minute apart, all networks together have 10 in an hour, and wrong tries make the codes of an address longer.

Out of scope: what the proof is good for, and budgets of the client's address (`spends`).
"""

from __future__ import annotations

from msgspec import Struct

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.hashing import (
    address_subject,
    asker_subject,
    hash_code,
    normal_address,
)
from colonnade.kernel.identity.codes.jobs import send_visitor_code
from colonnade.kernel.identity.codes.schemas import CodeInvalid, SendVisitorCode
from colonnade.kernel.identity.codes.sending import spend_request
from colonnade.kernel.mail import Language, check_address

__all__ = [
    "VisitorProof",
    "check_visitor_code",
    "request_visitor_code",
    "send_visitor_code",
    "use_visitor_code",
    "visitor_subject",
]


class VisitorProof(Struct, frozen=True):
    """A visitor's code that was right when it was tried. `subject` (32 bytes) stands for the address, keyed."""

    subject: bytes
    purpose: str
    code_hash: bytes


async def request_visitor_code(
    tx: Transaction, settings: Settings, *, email: str, purpose: str, language: Language, asker: str
) -> None:
    """Enqueue the mail with a code, which the client at the address `asker` wants.

    Raise Invalid for an address that cannot be mailed, and TooManyRequests.
    """
    address = normal_address(check_address(email))
    subject = asker_subject(settings, address, asker)
    await spend_request(tx, settings, email=address, subject=subject, stranger=True)
    await tx.enqueue(send_visitor_code, SendVisitorCode(address, purpose, language, subject))


async def check_visitor_code(
    db: Database, settings: Settings, *, email: str, purpose: str, code: str, asker: str
) -> VisitorProof:
    """Count a try, whatever follows, and leave the code usable. Raise CodeInvalid.

    The network of the address `asker` has five tries of a code that it asked for, and all others together two.
    """
    address = address_subject(settings, email)
    code_hash = hash_code(settings, address, purpose, code)
    is_right, _ = await queries.spend_try(
        db, address, purpose, code_hash=code_hash, asker=asker_subject(settings, email, asker)
    )
    if not is_right:
        raise CodeInvalid(field="code")
    return VisitorProof(address, purpose, code_hash)


async def use_visitor_code(tx: Transaction, proof: VisitorProof) -> None:
    """Use the code up in the transaction. Raise CodeInvalid if it has been used."""
    if not await queries.use_visitor_code(tx, proof.subject, proof.purpose, proof.code_hash):
        raise CodeInvalid(field="code")


def visitor_subject(settings: Settings, email: str) -> bytes:
    """Return what stands for an address in the proofs of its visitors, as long as the field key is the same."""
    return address_subject(settings, email)
