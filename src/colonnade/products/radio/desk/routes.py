"""The moderation queue, and what presenters hand over. Decisions are made where the items are: chat, songs, …."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
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
    decode_cursor,
    delete,
    encode_cursor,
    get,
    post,
)
from colonnade.products.radio.desk import actions, queries
from colonnade.products.radio.desk.schemas import (
    Claims,
    Filters,
    HandedOver,
    Place,
    QueueItem,
    QueuePlace,
)
from colonnade.products.radio.shared.schemas import QueueKind

__all__ = ["ROUTES"]

WORK = "desk:work"
KINDS: dict[str, QueueKind] = {
    "chat": "chat",
    "song": "song",
    "prayer": "prayer",
    "testimonial": "testimonial",
}
MAX_OPEN_REQUESTS = 500
Kinds = Annotated[
    list[QueueKind] | None, QueryParameter(name="kind", description="What; repeat it for several.")
]
Minutes = Annotated[int | None, QueryParameter(ge=0, le=525_600, description="Age in minutes.")]
ClaimedBy = Annotated[Claims | None, QueryParameter(name="claims", description="Who works on it.")]
Cursor = Annotated[str | None, QueryParameter(max_length=400, description="`nextCursor` of the page before.")]


def _filters(
    caller: Principal,
    kinds: list[QueueKind] | None,
    claims: Claims | None,
    older_than: int | None,
    newer_than: int | None,
) -> Filters:
    seen = actions.sight_of(caller).kinds
    wanted = tuple(kind for kind in seen if kinds is None or kind in kinds)
    return Filters(wanted, claims, older_than, newer_than)


def _kind(text: str) -> QueueKind:
    if text not in KINDS:
        raise NotFound("There is no such item in the queue.")
    return KINDS[text]


@get("/moderation/queue", guards=[allows(WORK)])
async def list_queue(
    db: Database,
    caller: Principal,
    kind: Kinds = None,
    claims: ClaimedBy = None,
    older_than: Minutes = None,
    newer_than: Minutes = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[QueueItem]:
    """What waits for a decision in chat, songs, prayers and testimonials, oldest first: as far as one may see it.

    The order is by age, then kind, then id, and does not change while one works through it. No prayer's text is shown.
    """
    filters = _filters(caller, kind, claims, older_than, newer_than)
    if not filters.kinds:
        return Page([])
    after = Place(*decode_cursor(cursor, datetime, QueueKind, str)) if cursor is not None else None
    items = await queries.list_items(
        db, actions.sight_of(caller), filters, account_id=caller.id, after=after, limit=limit + 1
    )
    return cursor_page(items, limit, lambda item: encode_cursor(item.created_at, item.kind, item.id))


@get("/moderation/queue/counts", guards=[allows(WORK)])
async def count_queue(
    db: Database,
    caller: Principal,
    claims: ClaimedBy = None,
    older_than: Minutes = None,
    newer_than: Minutes = None,
) -> Ok[dict[str, int]]:
    """How much of each kind waits."""
    filters = _filters(caller, None, claims, older_than, newer_than)
    if not filters.kinds:
        return Ok({})
    counts = await queries.count_items(db, actions.sight_of(caller), filters, account_id=caller.id)
    return Ok({str(kind): count for kind, count in counts.items()})


@get("/moderation/queue/{item_kind:str}/{item_id:str}", guards=[allows(WORK)])
async def show_item(
    item_kind: str,
    item_id: str,
    db: Database,
    caller: Principal,
    kind: Kinds = None,
    claims: ClaimedBy = None,
    older_than: Minutes = None,
    newer_than: Minutes = None,
) -> Ok[QueuePlace]:
    """One item, and what is before and after it under the same filters as the list's."""
    sight = actions.sight_of(caller)
    item = await queries.fetch_item(db, sight, _kind(item_kind), item_id)
    filters = _filters(caller, kind, claims, older_than, newer_than)
    place = Place(item.created_at, item.kind, item.id)
    if not filters.kinds:
        return Ok(QueuePlace(item, None, None))
    previous = await queries.find_neighbour(db, sight, filters, place, "<", account_id=caller.id)
    following = await queries.find_neighbour(db, sight, filters, place, ">", account_id=caller.id)
    return Ok(QueuePlace(item, previous, following))


@post("/moderation/queue/{item_kind:str}/{item_id:str}/claim", guards=[allows(WORK)], status_code=200)
async def claim_item(item_kind: str, item_id: str, db: Database, caller: Principal) -> Ok[QueueItem]:
    """Take an item on for ten minutes, or keep it for ten more; of two at once, one gets 409.

    A claim tells the others. It does not keep them from deciding: the first decision stands.
    """
    kind = _kind(item_kind)
    async with db.transaction(caller) as tx:
        item = await actions.claim_item(tx, caller, kind, item_id)
    return Ok(item)


@delete("/moderation/queue/{item_kind:str}/{item_id:str}/claim", guards=[allows(WORK)])
async def release_item(item_kind: str, item_id: str, db: Database, caller: Principal) -> None:
    """Let an item go before its time; 409 without a claim."""
    kind = _kind(item_kind)
    async with db.transaction(caller) as tx:
        await actions.release_item(tx, caller, kind, item_id)


@get("/on-air/handover", guards=[allows("songs:read")])
async def list_handed_over(db: Database, caller: Principal) -> Ok[list[HandedOver]]:
    """What is open for each presenter, by broadcast: the list to hand over at the end of a slot.

    Within a minute of its end the requests are the next presenter's, and say whose they were. Prayers are listed for
    those who may read them on air, without their texts.
    """
    with_prayers = caller.may("prayers:read-air")
    return Ok(await queries.list_handed_over(db, with_prayers=with_prayers, limit=MAX_OPEN_REQUESTS))


ROUTES = Router(
    "/",
    route_handlers=[list_queue, count_queue, show_item, claim_item, release_item, list_handed_over],
    tags=[Tag("Desk", "What waits for staff, in one queue, and what a presenter hands over to the next.")],
)
