"""State changes of API keys: create, rotate, revoke."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalid, NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.apikeys import queries
from colonnade.kernel.identity.apikeys.schemas import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyIssued,
    KeyRotatedMeanwhile,
    ScopeNotHeld,
    TooManyKeys,
)
from colonnade.kernel.identity.apikeys.secrets import hash_secret, new_prefix, new_secret
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import lock_own_account
from colonnade.kernel.identity.sessions.schemas import SessionEnded

__all__ = ["create_key", "revoke_key", "rotate_key"]

MAX_KEYS_PER_ACCOUNT = 20


async def create_key(
    tx: Transaction,
    notices: Notices,
    caller: Principal,
    policy: Policy,
    data: ApiKeyCreate,
    origin: ClientOrigin | None = None,
) -> ApiKeyIssued:
    """Create a key of the caller and return it with its secret; the owner is told by mail.

    Raise Invalid for an unknown permission, ScopeNotHeld for one that the caller does not have, TooManyKeys if the
    caller has `MAX_KEYS_PER_ACCOUNT` live keys, Unauthorized if its session has ended since the request began.
    """
    scopes = sorted(set(data.scopes))
    if unknown := [scope for scope in scopes if scope not in policy.permissions]:
        raise Invalid(fields={"scopes": f"There is no permission called {', '.join(unknown)}"})
    if not_held := [scope for scope in scopes if not caller.may(scope)]:
        raise ScopeNotHeld(details={"scopes": not_held})
    await lock_own_account(tx, caller)
    if await queries.count_keys(tx, caller.id) >= MAX_KEYS_PER_ACCOUNT:
        raise TooManyKeys
    secret = new_secret()
    key = await queries.insert_key(
        tx,
        caller.id,
        name=data.name,
        prefix=new_prefix(),
        secret_hash=hash_secret(secret),
        scopes=scopes,
        life=timedelta(days=data.expires_in_days),
    )
    await record(tx, action="api-key.created", target=("api-key", key.id), after=key, origin=origin)
    await notices.tell(tx, caller.id, "api-key-created", origin)
    return _issued(key, secret)


async def rotate_key(
    tx: Transaction, caller: Principal, key_id: UUID, *, overlap_seconds: int, origin: Origin | None = None
) -> ApiKeyIssued:
    """Replace the secret of one of the caller's keys; the old one stays valid for `overlap_seconds`.

    Raise NotFound if there is no such live key, KeyRotatedMeanwhile if another request has rotated it, Unauthorized if
    the caller's session has ended since the request began.
    """
    await lock_own_account(tx, caller)
    before = await queries.fetch_key(tx, caller.id, key_id)
    secret = new_secret()
    key = await queries.rotate_key(
        tx,
        key_id,
        hash_secret(secret),
        rotated_at=before.rotated_at,
        overlap=timedelta(seconds=overlap_seconds),
    )
    if key is None:
        raise KeyRotatedMeanwhile
    await record(
        tx,
        action="api-key.rotated",
        target=("api-key", key_id),
        after={"overlap_seconds": overlap_seconds},
        origin=origin,
    )
    if overlap_seconds == 0:
        tx.after_commit(SessionEnded(key_id))
    return _issued(key, secret)


async def revoke_key(
    tx: Transaction, caller: Principal, key_id: UUID, *, origin: Origin | None = None
) -> None:
    """Revoke one of the caller's keys: it is refused from the commit on, and its sockets close.

    Raise NotFound if there is no such key or it was revoked before.
    """
    if not await queries.revoke_key(tx, caller.id, key_id):
        raise NotFound("There is no such API key.")
    await record(tx, action="api-key.revoked", target=("api-key", key_id), origin=origin)
    tx.after_commit(SessionEnded(key_id))


def _issued(key: ApiKey, secret: str) -> ApiKeyIssued:
    return ApiKeyIssued(key=f"{key.prefix}_{secret}", **msgspec.structs.asdict(key))
