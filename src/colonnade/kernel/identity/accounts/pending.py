"""Removes what the job queue still holds about an account that is deleted.

A payload tells whom its job concerns by fields of these names: `account_id` or, without one, the address in `to` or
`email`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.kernel.db import Transaction
from colonnade.kernel.jobs import cancel_jobs, list_payloads
from colonnade.kernel.mail import same_address

__all__ = ["cancel_jobs_about"]


class _Concerned(msgspec.Struct):
    account_id: Any = None
    to: Any = None
    email: Any = None


async def cancel_jobs_about(tx: Transaction, account_id: int, email: str) -> None:
    """Remove the jobs that concern an account, by its id or its `email`, whatever their state."""
    texts = [f'"account_id":{account_id}', msgspec.json.encode(email).decode()]
    ids = [id_ for id_, payload in await list_payloads(tx, texts) if _concerns(payload, account_id, email)]
    if ids:
        await cancel_jobs(tx, ids)


def _concerns(payload: bytes, account_id: int, email: str) -> bool:
    try:
        named = msgspec.json.decode(payload, type=_Concerned)
    except msgspec.DecodeError:  # not an object
        return False
    if named.account_id is not None:
        return bool(named.account_id == account_id)
    # By its address only what names no account: somebody else may have had it, and be told so at this moment.
    addresses = [each for each in (named.to, named.email) if isinstance(each, str)]
    return any(same_address(each, email) for each in addresses)
