"""Messages: write, read in order, search, edit and delete them. Out of scope: live ones (`live.socket`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    QueryParameter,
    Router,
    Tag,
    allows,
    cursor_page,
    decode_cursor,
    delete,
    encode_cursor,
    get,
    mirrored,
    once,
    patch,
    post,
)
from colonnade.kernel.search import SEARCH_CHARACTERS
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.conversation import actions
from colonnade.products.dealroom.messages import actions as messages
from colonnade.products.dealroom.messages import queries
from colonnade.products.dealroom.messages.queries import revisions
from colonnade.products.dealroom.messages.rules.drafts import draft_message
from colonnade.products.dealroom.messages.schemas import (
    FoundMessage,
    Message,
    MessageCreate,
    MessageUpdate,
    Revision,
    StatusUpdate,
)
from colonnade.products.dealroom.shared.rules.cursors import lower_than
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["MESSAGES", "answer_posted"]

USE = "chats:use"

Before = Annotated[
    int | None, QueryParameter(ge=1, le=2**53 - 1, description="Only messages below this number.")
]
After = Annotated[
    int | None, QueryParameter(ge=0, le=2**53 - 1, description="Only messages above this number.")
]
AfterRevision = Annotated[
    int, QueryParameter(ge=0, le=2**53 - 1, description="Only revisions above this number.")
]
Order = Annotated[
    Literal["arrival", "provider"],
    QueryParameter(
        description="By when messages came (`seq`), or by when they were written, as the provider says."
    ),
]
Messages = Annotated[int, QueryParameter(ge=1, le=500, description="Messages, at most 500.")]
LastMessageId = Annotated[
    int, QueryParameter(name="lastMessageId", ge=0, le=2**53 - 1, description="The last id you have.")
]
Words = Annotated[
    str,
    QueryParameter(
        name="q",
        min_length=1,
        max_length=SEARCH_CHARACTERS,
        description='Words to find, the last of which may be a beginning; `"…"`, `-` and `or` work.',
    ),
]
SessionId = Annotated[UUID | None, QueryParameter(name="sessionId", description="Only in this session.")]
Cursor = Annotated[str | None, QueryParameter(max_length=300, description="`nextCursor` of the page before.")]
BeforeId = Annotated[
    int | None,
    QueryParameter(name="beforeId", ge=1, le=2**53 - 1, description="Only messages with a lower id."),
]


def answer_posted(posted: messages.Posted, exchange: Exchange) -> Created[Message]:
    """Return the answer for a message that was written, now or by an earlier request."""
    if posted.repeated:
        exchange.headers.append((b"idempotent-replayed", b"true"))
    return Created(posted.message, version=posted.message.version)


@post("/", guards=[allows(USE)], answers=(404,), request_max_body_size=LONG_BODY_BYTES)
async def post_message(
    data: MessageCreate,
    db: Database,
    settings: AssistantSettings,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Message]:
    """Write a message into a session.

    `clientMessageId` makes the request idempotent: a repeated one is answered with the message that was written first,
    and with 409 if its content differs. `Idempotency-Key` is honoured too.
    """
    draft = draft_message(data)
    if idempotency_key is not None:
        async with once(exchange, db, caller, idempotency_key) as attempt:
            written = await actions.write_message(attempt.tx, settings, caller.id, draft)
            return await attempt.answer(answer_posted(written, exchange))
    async with db.single_statement(caller) as single:
        posted = await actions.write_at_once(single, settings, caller.id, draft)
    if posted is None:
        async with db.transaction(caller) as tx:
            posted = await actions.write_message(tx, settings, caller.id, draft)
    return answer_posted(posted, exchange)


@get("/", guards=[allows(USE)])
async def list_own_messages(
    db: Database, caller: Principal, cursor: Cursor = None, limit: Limit = 20
) -> Page[Message]:
    """The messages of all one's own sessions, the latest first."""
    after = None if cursor is None or cursor == "*" else decode_cursor(cursor, datetime, int)
    found = await queries.list_own_messages(db, caller.id, after=after, limit=limit + 1)
    return cursor_page(found, limit, lambda message: encode_cursor(message.created_at, message.id))


@get("/session/{session_id:uuid}", guards=[allows(USE)])
async def list_messages(
    session_id: UUID,
    db: Database,
    caller: Principal,
    before: Before = None,
    after: After = None,
    limit: Messages = 100,
    order: Order = "arrival",
) -> Page[Message]:
    """A session's messages in ascending order: the latest, those before a message's number, or those after one."""
    by_provider = order == "provider"
    return Page(
        await queries.list_messages(
            db, caller.id, session_id, before=before, after=after, limit=limit, by_provider=by_provider
        )
    )


@get("/batch/{session_id:uuid}", guards=[allows(USE)])
async def list_batch(
    session_id: UUID,
    db: Database,
    caller: Principal,
    last_message_id: LastMessageId = 0,
    limit: Messages = 100,
) -> Page[Message]:
    """Messages after the one with the id `lastMessageId`, in the order of ids.

    Repeated with the last id received, it returns every message once, however many are written concurrently.
    """
    return Page(await queries.list_batch(db, caller.id, session_id, last_id=last_message_id, limit=limit))


@get("/search", guards=[allows(USE)])
async def search_messages(
    q: Words,
    db: Database,
    caller: Principal,
    session_id: SessionId = None,
    before_id: BeforeId = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[FoundMessage]:
    """Messages with these words in one's own sessions, newest first; `nextCursor` is the next `cursor`."""
    found = await queries.search_messages(
        db, caller.id, q, session_id=session_id, before_id=lower_than(before_id, cursor), limit=limit + 1
    )
    return cursor_page(found, limit, lambda message: str(message.id))


@get("/{message_id:int}/revisions", guards=[allows(USE)])
async def list_revisions(
    message_id: int, db: Database, caller: Principal, after: AfterRevision = 0, limit: Messages = 100
) -> Page[Revision]:
    """Who changed a message, when and from what, in order: edits, deletion, status, files that came later."""
    return Page(await revisions.list_revisions(db, caller.id, message_id, after=after, limit=limit))


@get("/{message_id:int}", guards=[allows(USE)])
async def show_message(message_id: int, db: Database, caller: Principal) -> Ok[Message]:
    """One message."""
    message = await queries.fetch_message(db, caller.id, message_id)
    return Ok(message, version=message.version)


@patch("/{message_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def edit_message(
    message_id: int, data: MessageUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Message]:
    """Change the text of a message that was not sent, and is no customer's; `If-Match` guards against overwriting."""
    async with db.transaction(caller) as tx:
        message = await messages.edit_message(tx, caller, message_id, data.content, expected=expected)
    return Ok(message, version=message.version)


@patch("/{message_id:int}/status", guards=[allows(USE)])
async def advance_status(message_id: int, data: StatusUpdate, db: Database, caller: Principal) -> Ok[Message]:
    """Move a delivery status forward: recorded or pending, sent, delivered, read; or failed. Never back (409)."""
    async with db.transaction(caller) as tx:
        message = await messages.advance_status(tx, caller, message_id, data.status)
    return Ok(message, version=message.version)


@delete("/{message_id:int}", guards=[allows(USE)])
async def delete_message(message_id: int, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Delete a message: its number stays, as a tombstone, and its content is erased."""
    async with db.transaction(caller) as tx:
        await actions.delete_message(tx, caller, message_id, expected=expected)


MESSAGES = mirrored(
    Router(
        f"{PREFIX}/messages",
        route_handlers=[
            post_message,
            list_own_messages,
            list_messages,
            list_batch,
            search_messages,
            list_revisions,
            show_message,
            edit_message,
            advance_status,
            delete_message,
        ],
        tags=[Tag("Messages", "Write, read in order, search, edit and delete messages and their media.")],
    )
)
