"""Tells staff what changes in the moderation queue, whose parts are the tables of several slices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, UnsetType

from colonnade.kernel.core import Event
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import Emit
from colonnade.products.radio.shared.schemas import QUEUE_CHANGED, QueueChange, QueueChanged, QueueKind

__all__ = ["queue_room", "tell_queue"]


def queue_room(kind: QueueKind, *, limited: bool = False) -> str:
    """Return the room of staff who see items of this kind; `limited`: of prayers only those that are read on air."""
    return f"queue:{kind}:on-air" if limited else f"queue:{kind}"


def tell_queue(
    tx: Transaction,
    kind: QueueKind,
    ids: Sequence[object],
    change: QueueChange,
    *,
    on_air: bool = False,
    claimed_by: int | UnsetType = UNSET,
    claimed_until: datetime | UnsetType = UNSET,
) -> None:
    """Tell everybody who works on the queue, once `tx` has committed; `on_air`: those with limited sight as well."""
    if not ids:
        return
    said = QueueChanged(kind, [str(id) for id in ids], change, claimed_by, claimed_until)
    rooms = [queue_room(kind), *([queue_room(kind, limited=True)] if on_air else [])]
    told: list[Event] = [Emit(room=room, event=QUEUE_CHANGED, data=said) for room in rooms]
    for event in told:
        tx.after_commit(event)
