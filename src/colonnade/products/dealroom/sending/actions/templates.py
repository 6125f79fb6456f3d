"""Sends messages by template, which reach customers who have not written for a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.assistant.actions import publish_overtaken
from colonnade.products.dealroom.messages.actions import Posted, post_message
from colonnade.products.dealroom.messages.rules.drafts import draft_message
from colonnade.products.dealroom.messages.schemas import Content, MessageCreate
from colonnade.products.dealroom.sending.queries import templates as queries
from colonnade.products.dealroom.sending.rules.templates import fill, render
from colonnade.products.dealroom.sending.schemas import (
    MarketingStopped,
    NoContact,
    StoredTemplate,
    TemplateNotApproved,
    TemplateSend,
)
from colonnade.products.dealroom.sessions.actions import show_activity
from colonnade.products.dealroom.sessions.queries import fetch_session

__all__ = ["APPROVED", "send_template", "store_templates"]

APPROVED = "APPROVED"
MARKETING = "MARKETING"
STORED_AT_ONCE = 100


async def store_templates(tx: Transaction, channel_id: int, found: Sequence[StoredTemplate]) -> None:
    """Replace the copies of a channel's templates by what the provider has listed."""
    await queries.delete_templates(tx, channel_id)
    for start in range(0, len(found), STORED_AT_ONCE):
        await queries.insert_templates(tx, channel_id, found[start : start + STORED_AT_ONCE])


async def send_template(
    tx: Transaction, caller: Principal, data: TemplateSend, *, lease: timedelta
) -> Posted:
    """Write the filled template into the session as a human's message, and send it to the session's contact.

    Raise SessionNotFound, SessionClosed, NoContact, TemplateNotFound, TemplateNotApproved, MarketingStopped,
    TemplateUnsent, TemplateInvalid, MessageReused.
    """
    await fetch_session(tx, caller.id, data.session_id)
    channel_id = await queries.find_channel(tx, caller.id, data.session_id)
    if channel_id is None:
        raise NoContact
    template = await queries.fetch_template(tx, channel_id, data.name, data.language)
    if template.state != APPROVED:
        raise TemplateNotApproved(details={"state": template.state})
    if template.category == MARKETING and await queries.wants_no_marketing(tx, data.session_id):
        raise MarketingStopped
    parameters = fill(template.components, data.variables)
    content = Content(render(template.components, data.variables)[:4096] or f"[{template.name}]")
    draft = draft_message(
        MessageCreate(
            session_id=data.session_id,
            sender="human",
            content=content,
            client_message_id=data.client_message_id,
        )
    )
    posted = await post_message(tx, caller.id, draft, lease=lease)
    if not posted.repeated:
        await publish_overtaken(tx, caller.id, posted)
        await queries.insert_template_message(
            tx, posted.message.id, template.name, template.language, parameters
        )
        await show_activity(tx, data.session_id)
    return posted
