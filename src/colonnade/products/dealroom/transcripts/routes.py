"""A session's complete record: exported as JSON, CSV or HTML, and verified."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import Ok, QueryParameter, Router, Stream, Tag, allows, get
from colonnade.products.dealroom.messages.queries.verifying import verify_session
from colonnade.products.dealroom.messages.schemas import Integrity
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.transcripts.queries import load_transcript, read_pages, read_revisions
from colonnade.products.dealroom.transcripts.rules.writing import WRITERS

__all__ = ["ROUTES"]

USE = "chats:use"
Format = Annotated[Literal["json", "csv", "html"], QueryParameter(description="The format of the file.")]


@get("/{session_id:uuid}/export", guards=[allows(USE)])
async def export_session(
    session_id: UUID, db: Database, caller: Principal, format: Format = "json"
) -> Stream:
    """The session with its vendor, sellers and messages as a file, as of now; JSON has the messages' revisions too."""
    transcript = await load_transcript(db, caller.id, session_id)
    writer = WRITERS[format]
    headers = {
        "content-disposition": f'attachment; filename="session-{session_id}.{format}"',
        "cache-control": "private, no-store",
    }
    session = transcript.session
    written = writer.write(transcript, read_pages(db, session), read_revisions(db, session))
    return Stream(written, media_type=writer.media_type, headers=headers)


@get("/{session_id:uuid}/integrity", guards=[allows(USE)])
async def check_integrity(session_id: UUID, db: Database, caller: Principal) -> Ok[Integrity]:
    """Whether the session's record is complete: count, gaps, duplicates, order, and the chain of hashes."""
    return Ok(await verify_session(db, caller.id, session_id))


ROUTES = Router(
    f"{PREFIX}/sessions",
    route_handlers=[export_session, check_integrity],
    tags=[
        Tag(
            "Transcripts",
            "A complete chat session: exported as JSON, CSV or HTML, and its integrity verified.",
        )
    ],
)
