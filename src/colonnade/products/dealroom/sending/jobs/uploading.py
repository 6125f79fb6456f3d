"""Uploads files of ours to the provider before the messages with them are sent, so that nobody has to fetch them here.

The run that meets such a message leaves the contact's claim to this job, in the lane of media: later messages to the
contact wait, those to others do not. What becomes of an upload is recorded as of a sending; one that is broken off is
made again, which nobody notices.
"""

from __future__ import annotations

from colonnade.kernel.core import NotFound, Unavailable
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import job
from colonnade.kernel.outbound import OutgoingFile
from colonnade.kernel.storage import Storage
from colonnade.products.dealroom.channels.clients.provider import (
    FILE_TIMEOUT_SECONDS,
    ChannelFault,
    ProviderFactory,
    ProviderFailed,
    TryAgain,
)
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.schemas import RESUME_SENDING, ChannelSettings, ResumeSending
from colonnade.products.dealroom.messages.actions import enqueue_sending
from colonnade.products.dealroom.sending.actions.pauses import pause_sending
from colonnade.products.dealroom.sending.jobs.runs import Run, Withheld, check_sendable, note_outcome
from colonnade.products.dealroom.sending.queries import claims, pauses
from colonnade.products.dealroom.sending.schemas import UPLOAD_FILE, UploadFile

__all__ = ["upload_file"]

UNTYPED = "application/octet-stream"


@job(UPLOAD_FILE, max_attempts=10, timeout_seconds=2 * FILE_TIMEOUT_SECONDS)
async def upload_file(
    payload: UploadFile,
    db: Database,
    storage: Storage,
    providers: ProviderFactory,
    settings: ChannelSettings,
) -> None:
    """Upload the file of the contact's next message, if the provider does not have it, and have the message sent."""
    run = Run(
        payload.contact_id,
        payload.run,
        db,
        providers,
        settings.silence,
        payload.account_id,
        payload.probing,
    )
    is_probing = run.probing is not None
    waiting = await claims.find_next(db, run.contact_id, run.id, probing=is_probing, uploading=True)
    if waiting is not None and waiting.lacks_file:
        failure = await _upload(run, waiting, storage)
        if isinstance(failure, TryAgain):
            await _wait(run, waiting, failure)
            return
    async with db.transaction() as tx:
        await claims.end_run(tx, run.contact_id, run.id)
        if not is_probing:
            await enqueue_sending(tx, run.contact_id, run.owner_id)
        elif (channel_id := await pauses.end_probe(tx, run.contact_id)) is not None:
            await tx.enqueue(RESUME_SENDING, ResumeSending(channel_id))


async def _upload(run: Run, waiting: claims.NextMessage, storage: Storage) -> ProviderFailed | None:
    """Upload a message's file and store the provider's id of it, or record and return why that failed."""
    try:
        channel = await check_sendable(run, waiting)
        media_id = await _give(run, waiting, channel, storage)
    except ProviderFailed as failure:
        await note_outcome(run, waiting, failure)
        return failure
    async with run.db.transaction() as tx:
        await claims.note_upload(tx, waiting.message.id, media_id)
    return None


async def _give(run: Run, waiting: claims.NextMessage, channel: Sealed, storage: Storage) -> str:
    assert waiting.media_key is not None
    mimetype = waiting.message.media_mime_type or UNTYPED
    try:
        found = await storage.find(waiting.media_key)
        if found is None:
            raise Withheld("The file is not here any more", "FILE_MISSING")
        # The name that customers see is the message's.
        name = f"file.{waiting.media_key.rpartition('.')[2]}"
        file = OutgoingFile(name, mimetype, found.size_bytes, storage.stream(waiting.media_key))
        return await run.providers.open(channel).upload(channel.phone_number_id, file)
    except NotFound:
        raise Withheld("The file is not here any more", "FILE_MISSING") from None
    except Unavailable as failure:
        raise TryAgain(failure.message) from None


async def _wait(run: Run, waiting: claims.NextMessage, failure: TryAgain) -> None:
    """Let the pause that was probed last longer; a fault of the channel, and the contact's wait, are recorded."""
    if run.probing is None or isinstance(failure, ChannelFault):
        return
    async with run.db.transaction() as tx:
        await pause_sending(
            tx,
            waiting.channel_id,
            run.probing,
            failure.reason,
            wait_seconds=failure.wait_seconds,
            probed=True,
        )
