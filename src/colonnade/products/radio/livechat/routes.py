"""Live chat over HTTP: guests' sessions, history, moderation, settings. Out of scope: guests' messages (`socket`)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET

from colonnade.kernel.access import Principal, may
from colonnade.kernel.core import NotFound, Settings, Unauthorized
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    HeaderParameter,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    Router,
    SearchText,
    Tag,
    allows,
    anyone,
    cursor_page,
    device_of,
    found_page,
    get,
    post,
    put,
    spends,
)
from colonnade.kernel.identity import Tokens, check_visitor_code, request_visitor_code
from colonnade.kernel.limits import address_bucket
from colonnade.kernel.search import wanted_text
from colonnade.products.radio.livechat import actions, queries
from colonnade.products.radio.livechat.actions import blocks, moderation
from colonnade.products.radio.livechat.actions.guests import find_guest
from colonnade.products.radio.livechat.queries import guests as guest_queries
from colonnade.products.radio.livechat.queries import settings as settings_queries
from colonnade.products.radio.livechat.queries.searching import search_messages
from colonnade.products.radio.livechat.schemas import (
    ChatMessage,
    ChatSettings,
    FlagCreate,
    Flagged,
    GuestCreate,
    GuestRecord,
    GuestSession,
    GuestStatus,
    MessageStatus,
    Moderation,
    Posted,
    SettingsUpdate,
    StationMessage,
)
from colonnade.products.radio.livechat.schemas.blocks import Blocked, GuestBlock
from colonnade.products.radio.livechat.schemas.confirming import (
    CONFIRMS,
    ConfirmationRequest,
    LivechatSettings,
)

__all__ = ["ROUTES", "ChatToken"]

ChatToken = Annotated[
    str | None,
    HeaderParameter(name="X-Chat-Token", max_length=4096, description="The token of a guest of the chat."),
]

MAY_SEE_ALL = "chat:read-hidden"
MessageCursor = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Id of a message.")]
HistoryLimit = Annotated[int, QueryParameter(ge=1, le=100, description="Messages, at most 100.")]


@post(
    "/session",
    guards=[anyone(), spends("chat-sessions", by_address=True, gives_device=True)],
    answers=(400, 403),
)
async def open_session(
    data: GuestCreate,
    db: Database,
    tokens: Tokens,
    settings: Settings,
    chat: LivechatSettings,
    visitor: Principal | None,
    exchange: Exchange,
) -> Created[GuestSession]:
    """Start a chat session of 24 hours; its token opens the socket (`auth: {token}`).

    Where the address is blocked for somebody else's sake (403, `details.confirm`), `confirmation` lets in: an e-mail
    address and the code that `POST /livechat/confirmation` has sent there.
    """
    proof = None
    if data.confirmation is not None and chat.chat_confirm_by_email:
        email, code = data.confirmation.email, data.confirmation.code
        proof = await check_visitor_code(
            db, settings, email=email, purpose=CONFIRMS, code=code, asker=exchange.address
        )
    async with db.transaction(visitor) as tx:
        session = await actions.open_session(
            tx,
            tokens,
            data,
            address=address_bucket(exchange.address),
            device=device_of(exchange),
            staff=visitor is not None,
            proof=proof,
            confirmable=chat.chat_confirm_by_email,
        )
    return Created(session, message="Chat session started")


@post(
    "/confirmation",
    guards=[anyone(), spends("chat-confirmations", by_address=True, gives_device=True)],
    status_code=200,
)
async def send_confirmation(
    data: ConfirmationRequest, db: Database, settings: Settings, chat: LivechatSettings, exchange: Exchange
) -> Ok[None]:
    """Send a code to an e-mail address, for guests whose address is blocked: good for ten minutes and five tries.

    A network may ask for three codes to an e-mail address in a quarter of an hour, a minute apart, all together for
    ten in an hour; others than the one that asked have two tries. 404 where the station does not do this.
    """
    if not chat.chat_confirm_by_email:
        raise NotFound
    async with db.transaction() as tx:
        await request_visitor_code(
            tx,
            settings,
            email=data.email,
            purpose=CONFIRMS,
            language=exchange.language,
            asker=exchange.address,
        )
    return Ok(None, message="A code is on its way")


@get("/messages", guards=[anyone()])
async def list_messages(
    db: Database,
    visitor: Principal | None,
    before: MessageCursor = None,
    after: MessageCursor = None,
    limit: HistoryLimit = 50,
    status: MessageStatus | None = None,
    search: SearchText = None,
) -> Page[ChatMessage]:
    """Messages before a message (newest first) or after one (oldest first; with both: in between).

    Without either, the newest. `nextCursor` is the id to continue from in the same direction. Moderators may ask for
    one `status`; everybody else sees public messages only, whatever they ask for. To miss nothing, join the room
    first and load afterwards. What a `search` finds by name or words comes newest first.
    """
    moderator = may(visitor, MAY_SEE_ALL)
    if (text := wanted_text(search)) is not None:
        status = status if moderator else None
        found = await search_messages(db, text, status=status, before=before, after=after, limit=limit + 1)
        listed = await queries.list_found_messages(db, found, moderator=moderator)
        return cursor_page(listed, limit, lambda message: message.id, is_similar=found.is_similar)
    messages = await queries.list_messages(
        db, moderator=moderator, status=status, before=before, after=after, limit=limit + 1
    )
    return cursor_page(messages, limit, lambda message: message.id)


@post("/messages", guards=[allows("chat:moderate")])
async def post_station_message(data: StationMessage, db: Database, caller: Principal) -> Created[Posted]:
    """Write in the station's name; `clientMessageId` makes a repeated request harmless."""
    async with db.single_statement(caller) as tx:
        posted = await actions.post_station_message(tx, caller, data.message, data.client_message_id)
    if posted is None:
        posted = await queries.find_posted(db, caller.id, data.client_message_id)
    return Created(posted, message="Message sent")


@post("/messages/{message_id:int}/moderate", guards=[allows("chat:moderate")], answers=(412,))
async def moderate_message(
    message_id: int, data: Moderation, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[ChatMessage]:
    """Hide, delete, flag or approve a message; of two moderators at once, one gets 409.

    With the message's version in `If-Match`, a decision on a message that has changed since is refused (412).
    """
    async with db.transaction(caller) as tx:
        message = await moderation.moderate_message(tx, caller, message_id, data, expected=expected)
    return Ok(message, message="Message moderated")


@post("/messages/{message_id:int}/flag", guards=[anyone(), spends("chat-flags")], answers=(403,))
async def flag_message(
    message_id: int, data: FlagCreate, db: Database, tokens: Tokens, chat_token: ChatToken = None
) -> Created[Flagged]:
    """Object to a message, once per guest; the guest token is in the header X-Chat-Token or in `token`."""
    guest = await find_guest(db, tokens, chat_token, data.token)
    if guest is None:
        raise Unauthorized("A chat token is required.")
    async with db.transaction() as tx:
        flagged = await moderation.flag_message(tx, guest.session_id, message_id, data.reason)
    return Created(flagged, message="Thank you, a moderator will look at it")


@get("/sessions", guards=[allows("chat:moderate")])
async def list_sessions(
    db: Database,
    settings: Settings,
    status: GuestStatus | None = None,
    search: SearchText = None,
    page: PageNumber = 1,
    limit: Limit = 20,
) -> Page[GuestRecord]:
    """The chat's guests, newest first; those with the same `device` or `network` belong together.

    Those that a search finds by name or place come best first.
    """
    if (text := wanted_text(search)) is not None:
        found, hits = await guest_queries.search_sessions(
            db, text, status, limit=limit, offset=(page - 1) * limit
        )
        seen = [blocks.shown(settings, session) for session in found]
        return found_page(seen, hits, page=page, limit=limit)
    sessions = await guest_queries.list_sessions(db, status, limit=limit, offset=(page - 1) * limit)
    total = await guest_queries.count_sessions(db, status)
    seen = [blocks.shown(settings, session) for session in sessions]
    return Page.of(seen, page=page, limit=limit, total=total)


@get("/sessions/{session_id:uuid}/related", guards=[allows("chat:moderate")])
async def list_related_sessions(
    session_id: UUID, db: Database, settings: Settings, limit: Limit = 20
) -> Ok[list[GuestRecord]]:
    """The other sessions of a guest's device or address, newest first; none once these have been forgotten."""
    guest = await guest_queries.fetch_session(db, session_id)
    related = await guest_queries.list_related(db, guest, limit=limit)
    return Ok([blocks.shown(settings, each) for each in related])


@post("/sessions/{session_id:uuid}/block", guards=[allows("chat:block")])
async def block_session(
    session_id: UUID,
    data: GuestBlock,
    db: Database,
    settings: Settings,
    caller: Principal,
    exchange: Exchange,
) -> Ok[Blocked]:
    """Block a guest for some minutes: the sockets close everywhere, and with `hide_messages` the messages go.

    With the scope `address` (the default) the guest's device is blocked as well, and the address gets no new session.
    """
    async with db.transaction(caller) as tx:
        guest = await blocks.block_guest(tx, caller, session_id, data, settings=settings, origin=exchange)
    return Ok(guest, message="Guest blocked")


@post("/sessions/{session_id:uuid}/unblock", guards=[allows("chat:block")])
async def unblock_session(
    session_id: UUID, db: Database, settings: Settings, caller: Principal, exchange: Exchange
) -> Ok[GuestRecord]:
    """Lift a block, of all that were blocked at once; 409 when there is none."""
    async with db.transaction(caller) as tx:
        guest = await blocks.unblock_guest(tx, session_id, settings=settings, origin=exchange)
    return Ok(guest, message="Guest unblocked")


@get("/settings", guards=[anyone()])
async def show_settings(db: Database, visitor: Principal | None) -> Ok[ChatSettings]:
    """Whether the chat is open, and its slow mode; all settings for those who may configure it."""
    settings = await settings_queries.fetch_settings(db)
    if not may(visitor, "chat:configure"):
        return Ok(actions.public_settings(settings))
    assert settings.version is not UNSET
    return Ok(settings, version=settings.version)


@put("/settings", guards=[allows("chat:configure")])
async def change_settings(
    data: SettingsUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[ChatSettings]:
    """Open or close the chat, slow it down, moderate before publishing, block terms; in force everywhere at once."""
    async with db.transaction(caller) as tx:
        settings = await actions.change_settings(tx, caller, data, expected=expected)
    assert settings.version is not UNSET
    return Ok(settings, message="Chat settings changed", version=settings.version)


ROUTES = Router(
    "/livechat",
    route_handlers=[
        open_session,
        send_confirmation,
        list_messages,
        post_station_message,
        moderate_message,
        flag_message,
        list_sessions,
        list_related_sessions,
        block_session,
        unblock_session,
        show_settings,
        change_settings,
    ],
    tags=[
        Tag(
            "Live chat",
            "Guest sessions, history and moderation of the chat; new messages arrive over Socket.IO.",
        )
    ],
)
