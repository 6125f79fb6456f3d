"""Does what the provider says about an account: states of templates, and channels that pause or go on."""

from __future__ import annotations

from datetime import datetime

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.schemas import RESUME_SENDING, ResumeSending
from colonnade.products.dealroom.sending.actions.pauses import pause_sending
from colonnade.products.dealroom.sending.queries.templates import change_template
from colonnade.products.dealroom.webhooks.rules.accounts import AccountChange, TemplateChange

__all__ = ["change_account"]


async def change_account(
    tx: Transaction,
    channel: Sealed,
    change: AccountChange | TemplateChange,
    at: datetime | None,
    *,
    actor: str,
) -> None:
    """Apply a change to the channel's copies of templates, or to the channel."""
    if isinstance(change, TemplateChange):
        await change_template(
            tx, channel.id, change.name, change.language, state=change.state, category=change.category, at=at
        )
        return
    if change.number and not await queries.has_digits(tx, channel.id, change.number):
        return
    said = {"quality": change.quality, "messaging_limit": change.limit}
    values: dict[str, str | None] = {name: one for name, one in said.items() if one is not None}
    if change.mended or change.restricted:
        values["restriction"] = change.reason if change.restricted else None
    if values:
        await queries.note_words(tx, channel.id, values)
    if change.mended:
        await tx.enqueue(RESUME_SENDING, ResumeSending(channel.id))
    elif change.blocked:
        await pause_sending(tx, channel.id, "blocked", change.reason, actor=actor)
    elif change.reason:
        changed = await queries.mark_degraded(tx, channel.id, change.reason)
        await note_change(tx, channel.id, changed, actor=actor)
