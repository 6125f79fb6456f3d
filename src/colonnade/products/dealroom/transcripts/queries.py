"""Reads a session's record, in pages, so that a long one is never in memory as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from colonnade.kernel.db import Database
from colonnade.products.dealroom.messages.queries import list_messages
from colonnade.products.dealroom.messages.queries.revisions import list_session_revisions
from colonnade.products.dealroom.messages.schemas import Message, Revision
from colonnade.products.dealroom.sessions.queries import fetch_session
from colonnade.products.dealroom.sessions.schemas import ChatSession
from colonnade.products.dealroom.storefronts.queries import fetch_storefront
from colonnade.products.dealroom.transcripts.schemas import Transcript

__all__ = ["load_transcript", "read_pages", "read_revisions"]

PAGE_MESSAGES = 500


async def load_transcript(db: Database, owner_id: int, session_id: UUID) -> Transcript:
    """Fetch the record of one of the owner's sessions, without its messages.

    Raise SessionNotFound if there is none.
    """
    session = await fetch_session(db, owner_id, session_id)
    storefront = await fetch_storefront(db, session_id)
    return Transcript(session, storefront.vendor, storefront.sellers)


async def read_pages(db: Database, session: ChatSession) -> AsyncIterator[list[Message]]:
    """Yield the session's messages in order, page by page; messages later than the session's copy are left out."""
    after = 0
    while after < session.last_seq:
        page = await list_messages(
            db, session.user_id, session.id, before=session.last_seq + 1, after=after, limit=PAGE_MESSAGES
        )
        if not page:
            return
        yield page
        after = page[-1].seq


async def read_revisions(db: Database, session: ChatSession) -> AsyncIterator[list[Revision]]:
    """Yield the revisions of the session's messages in order, page by page."""
    after = 0
    while page := await list_session_revisions(db, session.id, after=after, limit=PAGE_MESSAGES):
        yield page
        after = page[-1].number
