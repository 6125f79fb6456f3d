"""Binds sessions to contacts of a channel."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Ok, Router, Tag, allows, get, post
from colonnade.products.dealroom.contacts.actions.contacts import bind_contact as bind
from colonnade.products.dealroom.contacts.queries.bindings import find_binding_of_session
from colonnade.products.dealroom.contacts.schemas import ContactBind, ContactBinding, ContactNotFound
from colonnade.products.dealroom.sessions.queries import fetch_session
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


@get("/sessions/{session_id:uuid}/contact", guards=[allows("channels:use")])
async def show_bound_contact(session_id: UUID, db: Database, caller: Principal) -> Ok[ContactBinding]:
    """Whom a session is bound to, on which channel; 404 when it is bound to nobody."""
    await fetch_session(db, caller.id, session_id)
    binding = await find_binding_of_session(db, session_id)
    if binding is None:
        raise ContactNotFound
    return Ok(binding)


BINDINGS = Router(
    PREFIX,
    route_handlers=[bind_contact, show_bound_contact],
    tags=[Tag("Contacts", "Your customers, by every number, id and name that they are known by.")],
)
