"""Counts requests for codes: what a network may ask for, and what strangers may have sent to somebody."""

from __future__ import annotations

from colonnade.kernel.core import TooManyRequests
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.codes import queries
from colonnade.kernel.identity.codes.hashing import strangers_subject

__all__ = ["spend_request"]


async def spend_request(
    tx: Transaction, settings: Settings, *, email: str, subject: bytes, stranger: bool
) -> None:
    """Count a request of `subject` for a code to `email`, and one of a `stranger` with those of all others.

    Raise TooManyRequests.
    """
    if not await queries.spend_send(tx, subject):
        raise TooManyRequests(retry_after_seconds=await queries.seconds_to_wait(tx, subject))
    if not stranger:
        return
    everybody = strangers_subject(settings, email)
    if not await queries.spend_send(tx, everybody, queries.STRANGERS):
        wait = await queries.seconds_to_wait(tx, everybody, queries.STRANGERS)
        raise TooManyRequests(retry_after_seconds=wait)
