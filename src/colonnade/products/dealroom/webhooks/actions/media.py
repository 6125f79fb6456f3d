"""Says on messages what has become of their files, and has files fetched again."""

from __future__ import annotations

from typing import Literal

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.queries import fetch_message
from colonnade.products.dealroom.messages.queries.revising import revise_message
from colonnade.products.dealroom.messages.schemas import MediaState, Message
from colonnade.products.dealroom.webhooks.queries.told import find_file_place
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA, FetchMedia, NothingToFetch

__all__ = ["fetch_again", "note_media"]


async def note_media(
    tx: Transaction,
    message: Message,
    state: MediaState,
    reason: str | None,
    *,
    by: Principal | str | Literal["caller"] = "caller",
) -> Message:
    """Write the state of a message's file, and why; tell the session's clients."""
    values = {"media_state": state, "media_error": reason}
    noted = await revise_message(tx, message.id, values, kind="media", by=by)
    assert noted is not None, "it is locked"
    await publish_change(tx, noted)
    return noted


async def fetch_again(tx: Transaction, caller: Principal, message_id: int) -> Message:
    """Fetch the file of a customer's message once more; one that is being fetched is tried at once.

    Raise MessageNotFound, NothingToFetch.
    """
    await fetch_message(tx, caller.id, message_id)
    message = await contacts.lock_incoming(tx, message_id)
    place = await find_file_place(tx, message_id)
    if message is None or place is None or message.media_state not in ("failed", "fetching"):
        raise NothingToFetch
    await tx.enqueue(FETCH_MEDIA, FetchMedia(message_id, *place, caller.id))
    return await note_media(tx, message, "fetching", None) if message.media_state == "failed" else message
