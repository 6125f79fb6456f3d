"""Which messages a search text finds."""

from __future__ import annotations

from colonnade.kernel.db import Executor
from colonnade.kernel.search import Corpus, Found, find
from colonnade.products.radio.livechat.schemas import MessageStatus

__all__ = ["MESSAGES", "search_messages"]

MESSAGES = Corpus(
    "chat_messages", "chat_messages", stemming="indonesian", forms="article_forms", public="shown:yes"
)


async def search_messages(
    db: Executor,
    text: str,
    *,
    status: MessageStatus | None,
    before: int | None,
    after: int | None,
    limit: int,
) -> Found:
    """Find up to `limit` messages by name or words, newest first: those of one `status`, or the public ones."""
    return await find(
        db,
        MESSAGES,
        text,
        for_everybody=status is None,
        scopes=["shown:yes" if status is None else f"status:{status}"],
        further="true" if after is None else "t.id > ($4[1])::integer",
        given=[] if after is None else [str(after)],
        sorting="t.id DESC",
        below=before,
        most=limit,
        limit=limit,
    )
