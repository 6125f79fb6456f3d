"""Binds sessions to contacts."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.queries.channels import fetch_channel
from colonnade.products.dealroom.channels.schemas import Contact, ContactBind, ContactTaken
from colonnade.products.dealroom.sessions.queries import lock_session

__all__ = ["bind_contact"]


async def bind_contact(tx: Transaction, caller: Principal, session_id: UUID, data: ContactBind) -> Contact:
    """Bind one of the caller's sessions to a contact; idempotent.

    Raise SessionNotFound, ChannelNotFound, ContactTaken.
    """
    wa_id = data.phone_number.number.removeprefix("+")
    await fetch_channel(tx, caller.id, data.channel_id)
    await contacts.lock_contact(tx, data.channel_id, wa_id)
    await lock_session(tx, caller.id, session_id)
    for contact in await contacts.find_binding(tx, data.channel_id, wa_id, session_id):
        same = (contact.channel_id, contact.phone_number) == (data.channel_id, f"+{wa_id}")
        if same and contact.session_id == session_id:
            return contact
        raise ContactTaken
    return await contacts.insert_contact(tx, data.channel_id, wa_id, session_id, None)
