"""Fetches the files that customers send: the webhook names them, the provider keeps them for some days."""

from __future__ import annotations

import structlog

from colonnade.kernel.core import FileName, Problem, Unavailable
from colonnade.kernel.db import Database
from colonnade.kernel.images import Images
from colonnade.kernel.jobs import RetryLater, job
from colonnade.kernel.storage import (
    Storage,
    discard_file,
    keep_file,
    uploaded,
)
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, Refused, TryAgain
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.messages.actions import prepare_media, publish_change
from colonnade.products.dealroom.messages.queries.revising import revise_message
from colonnade.products.dealroom.messages.rules.media import (
    MAX_MEDIA_BYTES,
    PreparedMedia,
)
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA, FetchMedia

__all__ = ["fetch_media"]

log = structlog.get_logger(__name__)

ACTOR = "job:channels.media"


@job(FETCH_MEDIA, max_attempts=8, timeout_seconds=180.0)
async def fetch_media(
    payload: FetchMedia, db: Database, storage: Storage, images: Images, providers: ProviderFactory
) -> None:
    """Store the file of a customer's message; if it cannot be fetched or stored, the message stays as it is."""
    try:
        channel = await queries.fetch_sealed(db, payload.channel_id)
        data = await providers.open(channel).fetch_media(
            payload.media_id, channel.phone_number_id, limit_bytes=MAX_MEDIA_BYTES
        )
        media = await prepare_media(
            images, data, payload.file_name or "", owner=f"channel {payload.channel_id}"
        )
    except TryAgain as failure:
        raise RetryLater(30.0, failure.reason) from failure
    except Unavailable:
        raise
    except (Refused, Problem) as error:
        log.warning("customer's file not stored", message=payload.message_id, error=type(error).__name__)
        return
    await _attach(db, storage, payload, media)


async def _attach(db: Database, storage: Storage, payload: FetchMedia, media: PreparedMedia) -> None:
    async with (
        uploaded(db, storage, media, area="private/chat", owner="messages") as stored,
        db.transaction() as tx,
    ):
        message = await contacts.lock_incoming(tx, payload.message_id)
        if message is not None:
            await keep_file(tx, stored.key)
            given = payload.file_name or f"{message.type}-{message.seq}.{media.extension}"
            values = {
                "media_key": stored.key,
                "media_mimetype": media.mimetype,
                "media_name": FileName.of_type(FileName.read(given), media.extension),
                "media_size_bytes": len(media.data),
                "content": None if message.content == f"[{message.type}]" else message.content,
            }
            attached = await revise_message(tx, message.id, values, kind="media", by=ACTOR)
            assert attached is not None, "it is locked"
            await publish_change(tx, attached)
    if message is None:
        await discard_file(db, storage, stored.key)
