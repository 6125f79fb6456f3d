"""Asking the provider whether a channel works."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.product import Services
from colonnade.products.dealroom.channels import queries
from colonnade.products.dealroom.channels.outbox import note_change, open_provider, silence_of
from colonnade.products.dealroom.channels.provider import Refused, TryAgain

__all__ = ["probe_channel"]

PROBE_SECONDS = 8.0
ACTOR = "probe:channels"


async def probe_channel(services: Services, caller: Principal, channel_id: int) -> None:
    """Call the provider and note what it says; a disabled channel is left alone. Raises ChannelNotFound."""
    channel = await queries.fetch_sealed(services.db, channel_id, caller.id)
    if channel.state == "disabled":
        return
    failure: Refused | TryAgain | None = None
    try:
        await open_provider(services, channel).check_number(channel.phone_number_id, seconds=PROBE_SECONDS)
    except (Refused, TryAgain) as error:
        failure = error
    async with services.db.transaction(caller) as tx:
        if failure is None:
            changed = await queries.mark_success(tx, channel_id, silence_of(services))
        else:
            refused = isinstance(failure, Refused)
            state = queries.after_refusal(token=refused)
            changed = await queries.mark_failure(tx, channel_id, failure.reason, state=state)
        await note_change(tx, channel_id, changed, actor=ACTOR)
