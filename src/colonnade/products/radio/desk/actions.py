"""Takes items of the queue on, and lets them go."""

from __future__ import annotations

from datetime import timedelta

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.radio.desk import queries
from colonnade.products.radio.desk.schemas import AlreadyClaimed, NotYourClaim, QueueItem, Sight
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.shared.schemas import QueueKind

__all__ = ["LEASE", "claim_item", "release_item", "sight_of"]

LEASE = timedelta(minutes=10)
"""How long an item is somebody's; claiming it again renews that."""

_MAY_SEE: dict[QueueKind, str] = {
    "chat": "chat:read-hidden",
    "song": "songs:read",
    "prayer": "prayers:read-air",
    "testimonial": "testimonials:read-any",
}


def sight_of(caller: Principal) -> Sight:
    """Return what `caller` may see of the queue: each kind by the permission that its own list needs."""
    kinds = tuple(kind for kind, permission in _MAY_SEE.items() if caller.may(permission))
    return Sight(kinds, caller.may("prayers:read"))


async def claim_item(tx: Transaction, caller: Principal, kind: QueueKind, item_id: str) -> QueueItem:
    """Take an item on for ten minutes, or for ten more. Raise NotFound, and AlreadyClaimed: the database decides."""
    sight = sight_of(caller)
    await queries.fetch_item(tx, sight, kind, item_id)
    if await queries.claim_item(tx, kind, item_id, caller.id, LEASE) is None:
        claim = await queries.find_claim(tx, kind, item_id)
        details = {"by": claim.name, "until": claim.until.isoformat()} if claim else None
        raise AlreadyClaimed(details=details)
    item = await queries.fetch_item(tx, sight, kind, item_id)
    assert item.claim is not None
    tell_queue(
        tx,
        kind,
        [item_id],
        "claimed",
        on_air=item.visibility == "on_air",
        claimed_by=caller.id,
        claimed_until=item.claim.until,
    )
    return item


async def release_item(tx: Transaction, caller: Principal, kind: QueueKind, item_id: str) -> None:
    """Let an item go. Raise NotYourClaim."""
    on_air = await queries.release_item(tx, kind, item_id, caller.id)
    if on_air is None:
        raise NotYourClaim
    tell_queue(tx, kind, [item_id], "released", on_air=on_air)
