"""Fetches the files that customers send: the webhook names them, the provider keeps them for some days.

A file of any type is kept, up to the size that customers can send: pictures are made anew, what is no known recording
or document is served as a download without a type. A file passes through a temporary one on disk, never whole through
memory, and a virus scanner looks at it first, if there is one.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import structlog

from colonnade.kernel.core import FileName, Problem, Unavailable
from colonnade.kernel.db import Database
from colonnade.kernel.images import MAX_IMAGE_BYTES, Images, sniff
from colonnade.kernel.jobs import JobRun, RetryLater, job
from colonnade.kernel.storage import Storage, discard_file, keep_file, uploaded
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, Refused, TryAgain
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.channels.schemas import ChannelNotFound
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.clients.scanning import VirusScan
from colonnade.products.dealroom.messages.queries.revising import revise_message
from colonnade.products.dealroom.messages.rules.media import (
    HEAD_BYTES,
    FileKind,
    received_limit_bytes,
    recognise_received,
)
from colonnade.products.dealroom.messages.schemas import MediaState, Message
from colonnade.products.dealroom.webhooks.actions.media import note_media
from colonnade.products.dealroom.webhooks.schemas import FETCH_MEDIA, FetchMedia

__all__ = ["fetch_media"]

log = structlog.get_logger(__name__)

ACTOR = "job:channels.media"
ATTEMPTS = 8
RETRY_SECONDS = 30.0
CHAT_AREA = "private/chat"
QUARANTINE = "private/quarantine"


class _Fetched(NamedTuple):
    """A file that is ready to be stored, and the name of what a virus scanner has found in it."""

    data: bytes | Path
    mimetype: str
    extension: str
    found: str | None


@job(FETCH_MEDIA, max_attempts=ATTEMPTS, timeout_seconds=420.0)
async def fetch_media(
    payload: FetchMedia,
    run: JobRun,
    db: Database,
    storage: Storage,
    images: Images,
    providers: ProviderFactory,
    scan: VirusScan,
) -> None:
    """Store the file of a customer's message; if it cannot be fetched or stored, the message says why."""
    try:
        with tempfile.NamedTemporaryFile(prefix="colonnade-media-") as file:
            fetched = await _fetch(payload, file, db, images, providers, scan)
            await _attach(db, storage, payload, fetched)
    except TryAgain as failure:
        await _note(db, payload, failure.reason, "fetching" if run.attempt < ATTEMPTS else "failed")
        if run.attempt < ATTEMPTS:
            raise RetryLater(RETRY_SECONDS, failure.reason) from failure
    except Unavailable as failure:
        await _note(db, payload, failure.message, "fetching" if run.attempt < ATTEMPTS else "failed")
        if run.attempt < ATTEMPTS:
            raise
    except ChannelNotFound:
        await _note(db, payload, "The channel was deleted before the file was fetched", "failed")
    except Refused as refused:
        await _note(db, payload, refused.reason, "failed")


async def _fetch(
    payload: FetchMedia,
    file: tempfile._TemporaryFileWrapper[bytes],
    db: Database,
    images: Images,
    providers: ProviderFactory,
    scan: VirusScan,
) -> _Fetched:
    channel = await queries.fetch_sealed(db, payload.channel_id)
    limit = received_limit_bytes(payload.kind)
    target = cast(BinaryIO, file.file)
    await providers.open(channel).fetch_media(
        payload.media_id, channel.phone_number_id, target, limit_bytes=limit
    )
    target.flush()
    found = await scan.find(target)
    target.seek(0)
    head = target.read(HEAD_BYTES)
    if not head:
        raise Refused("The file is empty")
    path = Path(file.name)
    kind = recognise_received(head, payload.file_name or "", whole=len(head) < HEAD_BYTES)
    if found is None and sniff(head) is not None:
        picture = await _prepare(images, path, owner=f"channel {payload.channel_id}")
        if picture is not None:
            return picture
        kind = FileKind.unknown(payload.file_name or "")  # a download
    return _Fetched(path, kind.mimetype, kind.extension, found)


async def _prepare(images: Images, path: Path, *, owner: str) -> _Fetched | None:
    """Make a picture anew; return None for one that is too large for that, damaged, or no picture after all."""
    data = await asyncio.to_thread(_read_picture, path)
    if data is None:
        return None
    try:
        image = await images.prepare(data, owner=owner)
    except Unavailable:
        raise
    except Problem as error:
        log.info("customer's picture kept as it is", error=type(error).__name__)
        return None
    return _Fetched(image.data, image.mimetype, image.extension, None)


def _read_picture(path: Path) -> bytes | None:
    return path.read_bytes() if path.stat().st_size <= MAX_IMAGE_BYTES else None


async def _attach(db: Database, storage: Storage, payload: FetchMedia, fetched: _Fetched) -> None:
    area = CHAT_AREA if fetched.found is None else QUARANTINE
    async with (
        uploaded(db, storage, fetched, area=area, owner="messages") as stored,
        db.transaction() as tx,
    ):
        message = await contacts.lock_incoming(tx, payload.message_id)
        if message is not None:
            await keep_file(tx, stored.key)
            given = payload.file_name or f"{message.type}-{message.seq}.{fetched.extension}"
            quarantined = fetched.found is not None
            values = {
                "media_key": stored.key,
                "media_mimetype": fetched.mimetype,
                "media_name": FileName.of_type(FileName.read(given), fetched.extension),
                "media_size_bytes": stored.size_bytes,
                "content": message.content if quarantined else _caption(message),
                "media_state": "quarantined" if quarantined else None,
                "media_error": clean_reason(f"Virus found: {fetched.found}") if quarantined else None,
            }
            attached = await revise_message(tx, message.id, values, kind="media", by=ACTOR)
            assert attached is not None, "it is locked"
            await publish_change(tx, attached)
    if message is None:
        await discard_file(db, storage, stored.key)


def _caption(message: Message) -> str | None:
    """Return the sender's words: not the placeholder that stood for the file."""
    placeholders = (f"[{message.type}]", f"[{message.kind}]", "[audio]")
    return None if message.content in placeholders else message.content


async def _note(db: Database, payload: FetchMedia, reason: str, state: MediaState) -> None:
    """Say on the message why it has no file (yet)."""
    log.warning("customer's file not fetched", message=payload.message_id, state=state, reason=reason)
    async with db.transaction() as tx:
        message = await contacts.lock_incoming(tx, payload.message_id)
        if message is not None and (message.media_state, message.media_error) != (
            state,
            clean_reason(reason),
        ):
            await note_media(tx, message, state, clean_reason(reason), by=ACTOR)
