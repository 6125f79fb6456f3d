"""The bytes that are signed and hashed: an entry's canonical form, the link to the one before, the seal of the end."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

__all__ = ["COLUMNS", "GENESIS", "canonical", "head_bytes", "link_hash"]

GENESIS = bytes(32)
"""The hash before the first entry."""

COLUMNS = (
    "id",
    "created_at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_role",
    "session_id",
    "target_kind",
    "target_id",
    "before",
    "after",
    "address",
    "request_id",
)
"""The columns that an entry's signature covers, in this order; `before` and `after` as the stored text."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encoder = msgspec.json.Encoder()


def canonical(values: tuple[Any, ...]) -> bytes:
    """Return the canonical bytes of an entry; `values` are those of COLUMNS."""
    identity, moment, *rest = values
    session = rest[4]
    rest[4] = None if session is None else str(session)
    return _encoder.encode(["entry", 1, str(identity), (moment - _EPOCH) // _MICROSECOND, *rest])


def link_hash(previous: bytes, entry: bytes, signature: str) -> bytes:
    """Return the hash of an entry (its canonical bytes) that follows the one with the hash `previous`."""
    return hashlib.sha256(previous + hashlib.sha256(entry).digest() + signature.encode()).digest()


def head_bytes(position: int, digest: bytes) -> bytes:
    """Return the bytes that the seal of the chain's end covers."""
    return _encoder.encode(["head", 1, position, digest.hex()])
