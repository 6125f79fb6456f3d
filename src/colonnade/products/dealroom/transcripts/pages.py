"""A session's record, read in pages so that a long one never lies in memory as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from msgspec import Struct

from colonnade.kernel.db import Database
from colonnade.products.dealroom.messages.queries import list_messages
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sellers.queries import list_sellers
from colonnade.products.dealroom.sellers.schemas import Seller
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.sessions.schemas import ChatSession
from colonnade.products.dealroom.vendors.queries import find_session_vendor
from colonnade.products.dealroom.vendors.schemas import Vendor

__all__ = ["Transcript", "load_transcript"]

PAGE = 500


class Transcript(Struct, frozen=True):
    """A session up to its last message at the moment of asking; `pages` reads its messages when they are wanted."""

    session: ChatSession
    vendor: Vendor | None
    sellers: list[Seller]
    db: Database

    async def pages(self) -> AsyncIterator[list[Message]]:
        """The messages in order. One written after the session was loaded is left out."""
        after = 0
        while after < self.session.last_seq:
            page = await list_messages(
                self.db,
                self.session.user_id,
                self.session.id,
                before=self.session.last_seq + 1,
                after=after,
                limit=PAGE,
            )
            if not page:
                return
            yield page
            after = page[-1].seq


async def load_transcript(db: Database, owner_id: int, session_id: UUID) -> Transcript:
    """The record of one of the owner's sessions; raises SessionNotFound."""
    session = await fetch_session(db, owner_id, session_id)
    return Transcript(
        session, await find_session_vendor(db, session_id), await list_sellers(db, session_id), db
    )
