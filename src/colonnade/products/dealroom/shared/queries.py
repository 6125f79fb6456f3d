"""Finds messages by their words, for the slices messages (which ones) and sessions (whose).

Each message has the stems of the language that its session had when it was written. An owner's messages are looked for
by the stems of every language that they have, at most MOST_LANGUAGES.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from colonnade.kernel.db import Executor
from colonnade.kernel.search import MAX_FOUND, Corpus, Found, find

__all__ = ["CORPUS", "find_said", "find_speaking_sessions"]

CORPUS: Final = Corpus("messages", "messages", owned=True)
MOST_LANGUAGES: Final = 4

# One step in the index per language, instead of one per message.
_STEMMINGS = """
WITH RECURSIVE spoken AS (
    (SELECT language FROM messages WHERE owner_id = $1 AND language IS NOT NULL ORDER BY language LIMIT 1)
    UNION ALL
    SELECT (SELECT m.language FROM messages m WHERE m.owner_id = $1 AND m.language > s.language
            ORDER BY m.language LIMIT 1)
    FROM spoken s WHERE s.language IS NOT NULL
)
SELECT DISTINCT regexp_replace(message_stemming(language)::text, '^.*\\.', '') AS stemming
FROM (SELECT language FROM spoken WHERE language IS NOT NULL LIMIT 50) AS few
WHERE message_stemming(language) <> 'pg_catalog.simple'::regconfig ORDER BY 1 LIMIT $2
"""
_CORPORA: dict[str, Corpus] = {}


def _corpus(stemming: str) -> Corpus:
    if stemming not in _CORPORA:
        _CORPORA[stemming] = Corpus("messages", "messages", stemming=f"pg_catalog.{stemming}", owned=True)
    return _CORPORA[stemming]


async def find_said(
    db: Executor,
    owner_id: int,
    words: str,
    *,
    session_id: UUID | None = None,
    below: int | None = None,
    limit: int,
) -> list[Found]:
    """Find the owner's messages with these words, the newest `limit` by each language; those of all are meant.

    Similar words count only if nobody said the words themselves.
    """
    scopes = [f"owner:{owner_id}"] + ([] if session_id is None else [f"session:{session_id}"])
    languages = await db.fetch(_STEMMINGS, owner_id, MOST_LANGUAGES)
    corpora: Sequence[Corpus] = [_corpus(row["stemming"]) for row in languages] or [CORPUS]
    found = [
        await find(
            db,
            corpus,
            words,
            owner=owner_id,
            scopes=scopes,
            sorting="t.id DESC",
            below=below,
            most=limit,
            limit=limit,
        )
        for corpus in corpora
    ]
    exactly = [one for one in found if one.keys and not one.is_similar]
    return exactly or [one for one in found if one.keys]


async def find_speaking_sessions(db: Executor, owner_id: int, words: str) -> list[UUID]:
    """Find the owner's sessions in which these words were said, in the newest MAX_FOUND messages with them."""
    keys = {key for one in await find_said(db, owner_id, words, limit=MAX_FOUND) for key in one.keys}
    if not keys:
        return []
    rows = await db.fetch("SELECT DISTINCT session_id FROM messages WHERE id = ANY($1)", list(keys))
    return [row["session_id"] for row in rows]
