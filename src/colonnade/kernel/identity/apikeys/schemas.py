"""Shapes of API keys, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from colonnade.kernel.core import Conflict, Forbidden, Line

__all__ = [
    "ApiKey",
    "ApiKeyCreate",
    "ApiKeyIssued",
    "ApiKeyRotate",
    "KeyRotatedMeanwhile",
    "ScopeNotHeld",
    "TooManyKeys",
]

Scope = Annotated[str, Meta(min_length=1, max_length=100, examples=["audit:read"])]
Days = Annotated[int, Meta(ge=1, le=365)]


class KeyName(Line, max_length=100, examples=["Website build"]):
    """What its owner calls a key."""


class ApiKeyCreate(Struct, frozen=True, rename="camel"):
    """A new key: a name for its owner's list, the permissions it has, and its lifetime in days."""

    name: KeyName
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=100)]
    expires_in_days: Days = 90


class ApiKeyRotate(Struct, frozen=True, rename="camel"):
    """How long (in seconds, at most a day) the old secret stays valid beside the new one."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 0


class ApiKey(Struct, frozen=True, kw_only=True, rename="camel"):
    """A key without its secret; `prefix` is how it begins. `last_used_at` is exact to a minute."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    rotated_at: datetime | None
    expires_at: datetime
    last_used_at: datetime | None


class ApiKeyIssued(ApiKey, frozen=True, kw_only=True, rename="camel"):
    """A key with its secret, which is shown this once. Send it as `Authorization: Bearer …`."""

    key: str


class ScopeNotHeld(Forbidden):
    """A key would have a permission that its owner does not have."""

    code = "SCOPE_NOT_HELD"
    message = "A key can only be given permissions that you have."


class TooManyKeys(Conflict):
    """The account has the maximum number of keys."""

    code = "TOO_MANY_API_KEYS"
    message = "There are too many API keys: revoke one that is no longer used."


class KeyRotatedMeanwhile(Conflict):
    """Of two concurrent rotations one wins: the secret of the other would never have been valid."""

    code = "API_KEY_ROTATED"
    message = "This key was rotated by another request at this moment."
