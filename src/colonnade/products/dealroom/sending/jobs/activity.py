"""Shows customers that their messages are read, and that an answer is written. Best effort: nothing waits for it."""

from __future__ import annotations

import structlog

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import job
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, ProviderFailed
from colonnade.products.dealroom.channels.queries.channels import fetch_sealed
from colonnade.products.dealroom.channels.schemas import ChannelNotFound
from colonnade.products.dealroom.sending.queries import activity
from colonnade.products.dealroom.sessions.schemas import SHOW_ACTIVITY, ShowActivity

__all__ = ["show_activity"]

log = structlog.get_logger(__name__)

SECONDS = 5.0
"""The longest time of a call: what is shown later is not true any more."""


@job(SHOW_ACTIVITY, max_attempts=2)
async def show_activity(payload: ShowActivity, db: Database, providers: ProviderFactory) -> None:
    """Tell the provider once; what it does not take is not repeated."""
    shown = await activity.find_shown(db, payload.session_id, typing=payload.typing)
    if shown is None:
        return
    try:
        channel = await fetch_sealed(db, shown.channel_id)
        await providers.open(channel).mark_read(
            channel.phone_number_id, shown.provider_message_id, typing=payload.typing, seconds=SECONDS
        )
    except ChannelNotFound:
        return
    except ProviderFailed as failure:
        log.info("activity not shown", channel=shown.channel_id, reason=failure.reason)
        return
    await activity.note_receipt(db, shown)
