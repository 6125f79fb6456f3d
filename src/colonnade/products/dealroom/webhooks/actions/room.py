"""Keeps what is kept of webhooks within what its owner may have: the account lives, its channels and items come and go.

The first thing to go are the oldest items that are in no message; where that is not enough, new ones are kept without
their text. The channels of the owner say when that has happened.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from msgspec import Struct

from colonnade.kernel.db import Database
from colonnade.products.dealroom.channels.queries.channels import mark_items_cut
from colonnade.products.dealroom.webhooks.queries.items import drop_oldest, weigh_items

__all__ = ["make_room"]

MAX_ITEMS_KEPT = 1_000_000
STEP_BYTES = 2**20
STEP_ITEMS = 2_000
"""What may come between two looks at an owner's items, in each process."""
MAX_REMEMBERED = 10_000
MAX_DROPS = 20


class _Look(Struct):
    """What was found at the last look, and what has come since."""

    room: bool
    size_bytes: int = 0
    count: int = 0


_looks: WeakKeyDictionary[Database, dict[int, _Look]] = WeakKeyDictionary()


async def make_room(db: Database, owner_id: int, limit_bytes: int, *, size_bytes: int, count: int) -> bool:
    """Return whether so many items of this size are kept with their texts; drop old ones if that makes room."""
    looks = _looks.setdefault(db, {})
    last = looks.get(owner_id)
    if last is not None:
        last.size_bytes += size_bytes
        last.count += count
        if last.size_bytes < min(STEP_BYTES, limit_bytes // 8) and last.count < STEP_ITEMS:
            return last.room
    if len(looks) >= MAX_REMEMBERED:
        looks.clear()
    most_bytes, most = limit_bytes - size_bytes, MAX_ITEMS_KEPT - count
    over_bytes, over = await _weigh_excess(db, owner_id, most_bytes, most)
    cut = over_bytes > 0 or over > 0
    for _ in range(MAX_DROPS):
        if over_bytes <= 0 and over <= 0:
            break
        # A tenth more, so that this is not to be done for each body.
        gone_bytes, gone = await drop_oldest(
            db,
            owner_id,
            over_bytes + limit_bytes // 10 if over_bytes > 0 else 0,
            over + MAX_ITEMS_KEPT // 10 if over > 0 else 0,
        )
        if not gone:  # there is nothing to drop, or somebody else has dropped it meanwhile
            over_bytes, over = await _weigh_excess(db, owner_id, most_bytes, most)
            break
        over_bytes -= gone_bytes
        over -= gone
    looks[owner_id] = _Look(over_bytes <= 0)
    if cut:
        await mark_items_cut(db, owner_id)
    return over_bytes <= 0


async def _weigh_excess(db: Database, owner_id: int, most_bytes: int, most: int) -> tuple[int, int]:
    """Return by how many bytes and items an owner has more than this; negative numbers are room."""
    have_bytes, have = await weigh_items(db, owner_id)
    return have_bytes - most_bytes, have - most
