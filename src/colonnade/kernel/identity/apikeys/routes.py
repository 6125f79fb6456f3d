"""HTTP entry of API keys, for a product to mount. People manage keys: no route here accepts a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Api,
    Created,
    Exchange,
    Ok,
    Router,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.apikeys import actions, queries
from colonnade.kernel.identity.apikeys.schemas import ApiKey, ApiKeyCreate, ApiKeyIssued, ApiKeyRotate
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.tags import API_KEYS

__all__ = ["api_key_routes"]


@get("/", guards=[signed_in()])
async def list_keys(db: Database, caller: Principal) -> Ok[list[ApiKey]]:
    """One's own keys, newest first, without their secrets."""
    return Ok(await queries.list_keys(db, caller.id))


@post("/", guards=[signed_in(), recently_verified()])
async def create_key(
    data: ApiKeyCreate,
    db: Database,
    notices: Notices,
    product: Api,
    caller: Principal,
    exchange: Exchange,
) -> Created[ApiKeyIssued]:
    """Make a key with some of one's own permissions; the answer is the only one that shows it.

    Its owner is told by mail. Resetting a forgotten password revokes every key.
    """
    async with db.transaction(caller) as tx:
        key = await actions.create_key(tx, notices, caller, product.policy, data, exchange)
    return Created(key)


@post("/{key_id:uuid}/rotate", guards=[signed_in(), recently_verified()], status_code=200)
async def rotate_key(
    key_id: UUID, data: ApiKeyRotate, db: Database, caller: Principal, exchange: Exchange
) -> Ok[ApiKeyIssued]:
    """Give a key a new secret; the old one can stay valid for a while, so that programs are not interrupted."""
    async with db.transaction(caller) as tx:
        key = await actions.rotate_key(
            tx, caller, key_id, overlap_seconds=data.overlap_seconds, origin=exchange
        )
    return Ok(key)


@delete("/{key_id:uuid}", guards=[signed_in()])
async def revoke_key(key_id: UUID, db: Database, caller: Principal, exchange: Exchange) -> None:
    """Revoke a key, at once and everywhere."""
    async with db.transaction(caller) as tx:
        await actions.revoke_key(tx, caller, key_id, origin=exchange)


def api_key_routes(prefix: str = "/auth/keys", *, guards: Sequence[Any] = ()) -> Router:
    """Build `GET`, `POST`, `POST {id}/rotate` and `DELETE {id}`; creating and rotating need a recent step-up.

    `guards` apply to all of them in addition.
    """
    handlers = [list_keys, create_key, rotate_key, revoke_key]
    return Router(prefix, route_handlers=handlers, guards=list(guards), tags=[API_KEYS])
