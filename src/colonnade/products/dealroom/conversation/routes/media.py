"""Files in messages: uploaded, and served to the session's owner or by a link that expires."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.access import Principal
from colonnade.kernel.core import FileName, NotFound, Phone, Unauthorized, now
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    IdempotencyKey,
    Ok,
    QueryParameter,
    Router,
    Stream,
    UploadFile,
    allows,
    anyone,
    get,
    once,
    post,
    spends,
)
from colonnade.kernel.images import Images
from colonnade.kernel.storage import (
    Storage,
    discard_file,
    uploaded,
)
from colonnade.kernel.tokens import Tokens
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.conversation.actions import write_message
from colonnade.products.dealroom.conversation.routes.messages import answer_posted
from colonnade.products.dealroom.messages import queries
from colonnade.products.dealroom.messages.actions import prepare_media
from colonnade.products.dealroom.messages.clients.scanning import VirusScan
from colonnade.products.dealroom.messages.rules.drafts import draft_upload, fingerprint_of
from colonnade.products.dealroom.messages.rules.links import LINK, LINK_TTL, media_link
from colonnade.products.dealroom.messages.rules.media import MAX_MEDIA_BYTES
from colonnade.products.dealroom.messages.schemas import (
    ClientId,
    Content,
    MediaInfected,
    Message,
    MessageCreate,
    MessageId,
    Sender,
    StoredMedia,
)
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.shared.schemas.fields import Name

__all__ = ["MEDIA"]

USE = "chats:use"
FORM_LIMIT_BYTES = MAX_MEDIA_BYTES + 64 * 1024

LinkToken = Annotated[
    str | None, QueryParameter(name="token", max_length=4096, description="The token in the link.")
]


class MediaUpload(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A message with a file of at most 16 MiB (pictures: 5 MiB), and a caption in `content` if there is one."""

    session_id: UUID
    sender: Sender
    file: UploadFile
    content: Content | None = None
    sender_name: Name | None = None
    phone_number: Phone | None = None
    reply_to_id: MessageId | None = None
    client_message_id: ClientId | None = None


class MediaLink(Struct, frozen=True, rename="camel"):
    """An address from which a message's file can be fetched without other credentials, and its expiry."""

    url: str
    expires_at: datetime


@post(
    "/media",
    guards=[allows(USE), spends("uploads", unless_repeated=True)],
    form=MediaUpload,
    request_max_body_size=FORM_LIMIT_BYTES,
    answers=(404,),
)
async def post_media(
    data: MediaUpload,
    db: Database,
    storage: Storage,
    images: Images,
    scan: VirusScan,
    settings: AssistantSettings,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Message]:
    """Write a message with a file: a picture, a recording, a video or a document, identified by its bytes."""
    await fetch_session(db, caller.id, data.session_id)
    name = data.file.filename
    raw = await data.file.read()
    digest = hashlib.sha256(raw).digest()
    await _check_clean(scan, raw)
    sent = data.sender in ("human", "assistant") and await queries.has_receiver(db, data.session_id)
    media = await prepare_media(images, raw, name, owner=caller.id, sent=sent)
    text = MessageCreate(
        session_id=data.session_id,
        sender=data.sender,
        content=data.content,
        type=media.type,
        sender_name=data.sender_name,
        phone_number=data.phone_number,
        reply_to_id=data.reply_to_id,
        client_message_id=data.client_message_id,
    )
    async with uploaded(db, storage, media, area="private/chat", owner="messages") as stored:
        file = StoredMedia(
            stored.key,
            media.type,
            media.mimetype,
            FileName.of_type(name, media.extension),
            len(media.data),
        )
        draft = draft_upload(text, file, digest)
        async with once(exchange, db, caller, idempotency_key, of=fingerprint_of(text, digest)) as attempt:
            posted = await write_message(attempt.tx, settings, caller.id, draft)
            answer = await attempt.answer(answer_posted(posted, exchange))
    if posted.repeated:
        await discard_file(db, storage, stored.key)
    return answer


async def _check_clean(scan: VirusScan, raw: bytes) -> None:
    """Have an uploaded file scanned. Raise MediaInfected, Unavailable."""
    found = await scan.find(io.BytesIO(raw))
    if found is not None:
        raise MediaInfected(details={"found": found})


@get("/{message_id:int}/media-link", guards=[allows(USE)])
async def show_media_link(
    message_id: int, db: Database, tokens: Tokens, caller: Principal, exchange: Exchange
) -> Ok[MediaLink]:
    """An address of a message's file, valid for an hour for anyone who has it."""
    found = await queries.find_media(db, message_id)
    if found is None or found[0] != caller.id:
        raise NotFound("This message has no file.")
    url = f"{exchange.root_path}{media_link(tokens, message_id, found[1])}"
    return Ok(MediaLink(url, now() + LINK_TTL))


@get("/{message_id:int}/media", guards=[anyone()], answers=(403,))
async def show_media(
    message_id: int,
    db: Database,
    storage: Storage,
    tokens: Tokens,
    visitor: Principal | None,
    token: LinkToken = None,
) -> Stream:
    """A message's file, for the session's owner or anyone who has a link."""
    if visitor is None and token is None:
        raise Unauthorized
    found = await queries.find_media(db, message_id)
    if found is None or not _may_see(tokens, message_id, found, visitor, token):
        raise NotFound("This message has no file.")
    _, key, mimetype, name = found
    headers = {
        "content-disposition": f"{_disposition(mimetype)}; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, max-age=3600, immutable",
        "content-security-policy": "default-src 'none'; sandbox",
        "referrer-policy": "no-referrer",
    }
    parts = storage.stream(key)
    first = await anext(parts, b"")  # a file that is not there is a 404, not half an answer
    return Stream(_behind(first, parts), media_type=mimetype, headers=headers)


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


def _may_see(
    tokens: Tokens,
    message_id: int,
    found: tuple[int, str, str, str],
    visitor: Principal | None,
    token: str | None,
) -> bool:
    if token is None:
        return visitor is not None and visitor.id == found[0]
    try:
        claims = tokens.verify(LINK, token)
    except Unauthorized:
        return False
    return claims["sub"] == str(message_id) and claims.get("key") == found[1]


def _disposition(mimetype: str) -> str:
    """Return `inline` for pictures and recordings, which browsers show, and `attachment` for everything else."""
    return "inline" if mimetype.startswith(("image/", "audio/", "video/")) else "attachment"


MEDIA = Router(
    f"{PREFIX}/messages", route_handlers=[post_media, show_media_link, show_media], tags=["Messages"]
)
