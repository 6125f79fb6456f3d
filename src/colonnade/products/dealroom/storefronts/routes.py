"""What holds in a session: its own vendor and sellers, else its channel's, and the channel's rules."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Ok, Router, Tag, allows, get
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.storefronts.queries import fetch_storefront
from colonnade.products.dealroom.storefronts.schemas import Storefront

__all__ = ["ROUTES"]

USE = "chats:use"


@get("/sessions/{session_id:uuid}/storefront", guards=[allows(USE)])
async def show_storefront(session_id: UUID, db: Database, caller: Principal) -> Ok[Storefront]:
    """In whose name a session is answered, from which products, and by which rules, as of now."""
    await fetch_session(db, caller.id, session_id)
    return Ok(await fetch_storefront(db, session_id))


ROUTES = Router(
    PREFIX,
    route_handlers=[show_storefront],
    tags=[Tag("Storefronts", "What holds in a chat session: its own vendor and sellers, or its channel's.")],
)
