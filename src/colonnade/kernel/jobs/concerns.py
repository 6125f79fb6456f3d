"""Says whom a job concerns, by the names of fields at the top of its payload.

These are `account_id` or, in a payload without one, the address in `about`, `to` or `email`, whichever is first: a mail
about somebody to somebody else concerns whom it is about. An address counts only in payloads that name no account:
somebody else may have had it before, and be told so at this moment. With `outlives_account` a job concerns nobody:
whoever takes an account over must not silence the warning by deleting it.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["account_concerned", "address_concerned", "find_concerned"]

_MAX_ADDRESS_CHARACTERS = 320
"""Longer than any address of an account; what is longer would not fit into the index."""


class _Named(msgspec.Struct):
    account_id: Any = None
    about: Any = None
    to: Any = None
    email: Any = None
    outlives_account: Any = False


_decoder = msgspec.json.Decoder(_Named)


def account_concerned(account_id: int) -> str:
    """Return the mark of jobs that concern an account."""
    return f"account:{account_id}"


def address_concerned(email: str) -> str:
    """Return the mark of jobs that concern an address, the same for addresses that differ in the case of A to Z."""
    return f"mailto:{email.encode().lower().decode()}"


def find_concerned(payload: bytes) -> str | None:
    """Return the mark of the job with this payload (JSON), or None if it concerns nobody."""
    try:
        named = _decoder.decode(payload)
    except (msgspec.DecodeError, RecursionError):  # not an object, or too deep
        return None
    if named.outlives_account is True:
        return None
    if named.account_id is not None:
        return account_concerned(named.account_id) if type(named.account_id) is int else None
    given = (named.about, named.to, named.email)
    address = next((each for each in given if each is not None), None)
    if not isinstance(address, str) or len(address) > _MAX_ADDRESS_CHARACTERS or "\0" in address:
        return None
    return address_concerned(address)
