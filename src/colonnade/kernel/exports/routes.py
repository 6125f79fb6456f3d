"""HTTP entry of exports, for a product to mount."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.exports import actions, queries
from colonnade.kernel.exports.links import describe, read_export
from colonnade.kernel.exports.schemas import Export
from colonnade.kernel.http import (
    Api,
    Created,
    Exchange,
    Ok,
    QueryParameter,
    Response,
    Router,
    Tag,
    anyone,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.limits import Budget, Limiter
from colonnade.kernel.storage import Storage
from colonnade.kernel.tokens import Tokens

__all__ = ["ACCOUNT", "REQUESTS", "export_routes"]

ACCOUNT = Tag("Account", "Take out what is held about you, and delete your account.")

REQUESTS = Budget("exports", "5/day")
LinkToken = Annotated[str, QueryParameter(name="token", max_length=4096, description="As the link has it.")]


def _path(exchange: Exchange, export_id: UUID) -> str:
    """Return the path of an export's download, derived from that of the current request."""
    base = exchange.path.rstrip("/").removesuffix(f"/{export_id}")
    return f"{exchange.root_path}{base}/{export_id}/download"


@post("/", guards=[signed_in(), recently_verified()], answers=(429,))
async def request_export(
    db: Database, limiter: Limiter, tokens: Tokens, caller: Principal, exchange: Exchange
) -> Created[Export]:
    """Have everything that is held about one put into a JSON file; a mail says when it is ready.

    Five a day. While one is being made, asking again gives that one; asking again after it `failed` begins another.
    """
    await limiter.require(REQUESTS, str(caller.id))
    async with db.transaction(caller) as tx:
        export = await actions.request_export(tx, caller, exchange.language)
    return Created(describe(tokens, export, _path(exchange, export.id)))


@get("/", guards=[signed_in()])
async def list_exports(db: Database, tokens: Tokens, caller: Principal) -> Ok[list[Export]]:
    """One's exports of the last week, newest first; ask for one of them to get its link."""
    exports = await queries.list_exports(db, caller.id)
    return Ok([describe(tokens, export) for export in exports])


@get("/{export_id:uuid}", guards=[signed_in(), recently_verified()])
async def show_export(
    export_id: UUID, db: Database, tokens: Tokens, caller: Principal, exchange: Exchange
) -> Ok[Export]:
    """One of one's exports, with a link that is good for 15 minutes once it is ready."""
    export = await queries.find_export(db, export_id)
    if export is None or export.account_id != caller.id:
        raise NotFound
    return Ok(describe(tokens, export, _path(exchange, export.id)))


@get("/{export_id:uuid}/download", guards=[anyone(identified=False)], answers=(403, 503))
async def download_export(
    export_id: UUID,
    token: LinkToken,
    db: Database,
    storage: Storage,
    tokens: Tokens,
    fields: FieldCipher,
    product: Api,
) -> Response[bytes]:
    """The file, for whoever has the link, as long as the account is active."""
    body = await read_export(db, storage, tokens, fields, export_id, token)
    headers = {
        "content-disposition": f'attachment; filename="{product.name}-data.json"',
        "cache-control": "private, no-store",
        "referrer-policy": "no-referrer",
    }
    return Response(body, media_type="application/json", headers=headers)


def export_routes(prefix: str = "/account/exports") -> Router:
    """Build `POST {prefix}`, `GET {prefix}`, `GET {prefix}/{id}` and its `/download`."""
    return Router(
        prefix, route_handlers=[request_export, list_exports, show_export, download_export], tags=[ACCOUNT]
    )
