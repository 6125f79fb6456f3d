"""Sends messages again, and messages by template."""

from __future__ import annotations

from typing import Annotated, Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import paced
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
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
    encode_cursor,
    get,
    once,
    post,
)
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.clients.provider import ProviderFactory, ProviderFailed
from colonnade.products.dealroom.channels.queries.channels import fetch_channel, fetch_sealed
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sending.actions import templates as actions
from colonnade.products.dealroom.sending.actions.resending import resend_message as resend
from colonnade.products.dealroom.sending.queries import templates
from colonnade.products.dealroom.sending.rules.templates import fill, read_template, render, show_template
from colonnade.products.dealroom.sending.schemas import (
    NoBusinessAccount,
    ProviderUnavailable,
    Template,
    TemplateFilled,
    TemplatePreview,
    TemplateSend,
)
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["ROUTES"]

USE = "chats:use"
CHANNELS_USE = "channels:use"
MAX_PAGE = 50

PageNumber = Annotated[int | None, QueryParameter(ge=1, le=1_000_000, description="The page, from 1.")]
Cursor = Annotated[
    str | None,
    QueryParameter(
        max_length=1_000, description="`*` for the first page, then `nextCursor` of the page before."
    ),
]


@post("/messages/{message_id:int}/resend", guards=[allows(USE)], status_code=200)
async def resend_message(
    message_id: int,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Ok[Message]:
    """Send a message again that failed, or whose outcome is unknown: it becomes `pending`.

    A repeated call changes nothing while it waits; with its `Idempotency-Key`, never. 409 `NOT_RESENDABLE` for a
    message that was sent, and for one that goes to no channel's contact.
    """
    async with once(exchange, db, caller, idempotency_key) as attempt:
        message = await resend(attempt.tx, caller, message_id)
        return await attempt.answer(Ok(message, version=message.version), status=200)


@post("/messages/template", guards=[allows(USE)], answers=(404, 409), request_max_body_size=LONG_BODY_BYTES)
async def send_template(
    data: TemplateSend,
    db: Database,
    settings: AssistantSettings,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Message]:
    """Send a template of the session's channel to its contact, however long ago they have written.

    The message's content is what the customer sees. Values must fit the template's variables. `Idempotency-Key` is
    honoured.
    """
    async with once(exchange, db, caller, idempotency_key) as attempt:
        posted = await actions.send_template(attempt.tx, caller, data, lease=settings.human_lease)
        if posted.repeated:
            exchange.headers.append((b"idempotent-replayed", b"true"))
        return await attempt.answer(Created(posted.message, version=posted.message.version))


@get("/channels/{channel_id:int}/templates", guards=[allows(CHANNELS_USE)])
async def list_templates(
    channel_id: int,
    db: Database,
    caller: Principal,
    page: PageNumber = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Template]:
    """The channel's message templates as they were when they were last fetched from the provider, by name.

    `page` asks for a page by its number, with the total; else `cursor` (`*` at the beginning) for the next one.
    """
    await fetch_channel(db, caller.id, channel_id)
    if page is not None and cursor is None:
        found = await templates.list_templates(db, channel_id, limit=limit, offset=(page - 1) * limit)
        total = await templates.count_templates(db, channel_id)
        return Page.of(
            [show_template(one) async for one in paced(found)], page=page, limit=limit, total=total
        )
    after = None if cursor is None or cursor == "*" else decode_cursor(cursor, str, str)
    return await _page(db, channel_id, limit, after)


async def _page(db: Database, channel_id: int, limit: int, after: tuple[Any, ...] | None) -> Page[Template]:
    found = await templates.list_templates(
        db, channel_id, limit=limit + 1, after=None if after is None else (after[0], after[1])
    )
    page = cursor_page(found, limit, lambda one: encode_cursor(one.name, one.language))
    shown = [show_template(each) async for each in paced(page.data)]
    return Page(shown, next_cursor=page.next_cursor)


@post("/channels/{channel_id:int}/templates/sync", guards=[allows(CHANNELS_USE)], status_code=200)
async def sync_templates(
    channel_id: int, db: Database, providers: ProviderFactory, caller: Principal
) -> Page[Template]:
    """Fetch the channel's templates from the provider, with their approval; the answer is the first page of their list.

    They are those of the channel's business account.
    """
    channel = await fetch_sealed(db, channel_id, caller.id)
    if channel.business_account_id is None:
        raise NoBusinessAccount
    try:
        listed = await providers.open(channel).list_templates(channel.business_account_id)
    except ProviderFailed as failure:
        raise ProviderUnavailable(failure.reason) from None
    found = [template async for item in paced(listed) if (template := read_template(item)) is not None]
    async with db.transaction(caller) as tx:
        await actions.store_templates(tx, channel_id, found)
    return await _page(db, channel_id, MAX_PAGE, None)


@post(
    "/channels/{channel_id:int}/templates/preview",
    guards=[allows(CHANNELS_USE)],
    answers=(409,),
    status_code=200,
    request_max_body_size=LONG_BODY_BYTES,
)
async def preview_template(
    channel_id: int, data: TemplateFilled, db: Database, caller: Principal
) -> Ok[TemplatePreview]:
    """What a customer would see of a filled template; its variables are checked as when it is sent."""
    await fetch_channel(db, caller.id, channel_id)
    template = await templates.fetch_template(db, channel_id, data.name, data.language)
    fill(template.components, data.variables)
    return Ok(TemplatePreview(render(template.components, data.variables)))


ROUTES = Router(
    PREFIX,
    route_handlers=[resend_message, send_template, list_templates, sync_templates, preview_template],
    tags=[Tag("Sending", "Send messages again, and by template where a customer has not written for a day.")],
)
