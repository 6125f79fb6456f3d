"""What the provider has sent, as it came; what it says of messages that we sent; and files that are fetched again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import FieldCipher, Invalid
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    allows,
    cursor_page,
    get,
    post,
)
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.messages.queries import fetch_message
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.webhooks.actions import media
from colonnade.products.dealroom.webhooks.actions.sealing import unseal
from colonnade.products.dealroom.webhooks.queries import items as queries
from colonnade.products.dealroom.webhooks.queries.statuses import list_statuses as list_entries
from colonnade.products.dealroom.webhooks.schemas import KeptItem, KeptOutcome, RawItem, StatusEntry

__all__ = ["ITEMS"]

USE = "channels:use"

Kind = Annotated[
    str | None, QueryParameter(max_length=100, description="Only of this kind, such as `messages.order`.")
]
Outcome = Annotated[KeptOutcome | None, QueryParameter(description="Only what became of it.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=100, description="The `nextCursor` of the page before.")
]


@get("/channels/{channel_id:int}/webhook-items", guards=[allows(USE)])
async def list_webhook_items(
    channel_id: int,
    db: Database,
    caller: Principal,
    kind: Kind = None,
    outcome: Outcome = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[KeptItem]:
    """What the provider has sent for a channel, the latest first, and what became of it."""
    await fetch_channel(db, caller.id, channel_id)
    found = await queries.list_items(
        db, channel_id, kind=kind, outcome=outcome, below=_place(cursor), limit=limit + 1
    )
    return cursor_page(found, limit, lambda item: f"{item.received_at.isoformat()}_{item.id}")


def _place(cursor: str | None) -> queries.Place | None:
    if cursor is None:
        return None
    at, _, id_ = cursor.partition("_")
    try:
        place = queries.Place(datetime.fromisoformat(at), UUID(id_))
    except ValueError:
        raise Invalid(fields={"cursor": "Cursor must be the nextCursor of an answer"}) from None
    if place.received_at.tzinfo is None:
        raise Invalid(fields={"cursor": "Cursor must be the nextCursor of an answer"})
    return place


@get("/channels/{channel_id:int}/webhook-items/{item_id:uuid}", guards=[allows(USE)])
async def show_webhook_item(
    channel_id: int, item_id: UUID, db: Database, cipher: FieldCipher, caller: Principal
) -> Ok[RawItem]:
    """One thing that the provider has sent, as it came."""
    item, sealed = await queries.fetch_item(db, caller.id, channel_id, item_id)
    return Ok(unseal(cipher, item, sealed))


@get("/messages/{message_id:int}/statuses", guards=[allows(USE)])
async def list_statuses(message_id: int, db: Database, caller: Principal) -> Ok[list[StatusEntry]]:
    """What the provider has said of a message that was sent: each status with its time, price and errors."""
    await fetch_message(db, caller.id, message_id)
    return Ok(await list_entries(db, message_id))


@post("/messages/{message_id:int}/media/fetch", guards=[allows(USE)], status_code=202)
async def fetch_media_again(message_id: int, db: Database, caller: Principal) -> Ok[Message]:
    """Fetch the file of a customer's message again; the message says what became of it."""
    async with db.transaction(caller) as tx:
        message = await media.fetch_again(tx, caller, message_id)
    return Ok(message, version=message.version)


ITEMS = Router(
    PREFIX,
    route_handlers=[list_webhook_items, show_webhook_item, list_statuses, fetch_media_again],
    tags=[Tag("Webhooks", "What the provider has sent, as it came, and what became of it.")],
)
