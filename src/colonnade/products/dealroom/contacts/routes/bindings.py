"""Binds sessions to contacts of a channel."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Ok, Router, Tag, allows, post
from colonnade.products.dealroom.contacts.actions.contacts import bind_contact as bind
from colonnade.products.dealroom.contacts.schemas import ContactBind, ContactBinding
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["BINDINGS"]


@post("/sessions/{session_id:uuid}/contact", guards=[allows("channels:use")], status_code=200)
async def bind_contact(
    session_id: UUID, data: ContactBind, db: Database, settings: Settings, caller: Principal
) -> Ok[ContactBinding]:
    """Bind a session to a contact of a channel: their messages go to the session, its answers to them.

    The number may be written in any way, also as it was before Brazil's ninth digit and the like.
    """
    async with db.transaction(caller) as tx:
        binding = await bind(tx, caller, session_id, data, region=settings.phone_region)
    return Ok(binding)


BINDINGS = Router(
    PREFIX,
    route_handlers=[bind_contact],
    tags=[Tag("Contacts", "Your customers, by every number, id and name that they are known by.")],
)
