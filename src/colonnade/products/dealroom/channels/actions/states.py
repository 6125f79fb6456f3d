"""Records changes of a channel's state."""

from __future__ import annotations

from colonnade.kernel.audit import record
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.queries.channels import Changed

__all__ = ["note_change"]


async def note_change(tx: Transaction, channel_id: int, changed: Changed | None, *, actor: str) -> None:
    """Record a change of a channel's state in the audit log."""
    if changed is not None and changed.before != changed.after:
        await record(
            tx,
            action=f"channel.{changed.after}",
            actor=actor,
            target=("channel", channel_id),
            before={"state": changed.before},
            after={"state": changed.after},
        )
