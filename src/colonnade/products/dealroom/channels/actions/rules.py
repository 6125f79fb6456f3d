"""Changes the rules of a channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import changed_fields, check_version, now
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.queries.channels import lock_channel, update_channel
from colonnade.products.dealroom.channels.queries.rules import columns_of_rules, fetch_rules
from colonnade.products.dealroom.channels.rules.opening import check_rules, opens_earlier
from colonnade.products.dealroom.channels.schemas import (
    HOURS_CHANGED,
    NOT_AUDITED,
    ChannelRules,
    HoursChanged,
)

__all__ = ["change_rules"]


async def change_rules(
    tx: Transaction,
    caller: Principal,
    channel_id: int,
    given: Mapping[str, Any],
    *,
    expected: int | None,
    origin: Origin | None = None,
) -> tuple[ChannelRules, int]:
    """Change these fields of a channel's rules; return them with the channel's version.

    Raise ChannelNotFound, PreconditionFailed, Invalid.
    """
    await lock_channel(tx, caller.id, channel_id)
    before, version = await fetch_rules(tx, caller.id, channel_id)
    check_version(expected, version)
    if given.get("opening_hours") == []:
        given = {**given, "opening_hours": None}
    values = changed_fields(before, given)
    if not values:
        return before, version
    after = structs.replace(before, **values)
    check_rules(after)
    channel = await update_channel(tx, channel_id, columns_of_rules(values))
    if opens_earlier(before, after, now()):
        await tx.enqueue(HOURS_CHANGED, HoursChanged(channel_id))
    await record(
        tx,
        action="channel.updated",
        target=("channel", channel_id),
        before=before,
        after=after,
        hide=NOT_AUDITED,
        origin=origin,
    )
    return after, channel.version
