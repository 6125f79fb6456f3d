"""Tables of 10^3 to 10^6 rows for the cost curves, out of a few thousand generated rows and their search vectors.

Only the first rows go through the text search parser; PostgreSQL copies them until the table has its size, with its
secondary indexes dropped and made anew afterwards. A search therefore matches the same share of the rows at each size.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg

from data import words
from data.chats import Chat, chats, texts
from data.generate import Article
from data.load import generated, load_radio

ORIGINALS = 10_000
CHARACTERS = 400
SESSIONS = 10

_BARE = """
CREATE TEMPORARY TABLE bench_bare AS
SELECT *, ts_delete(search, tsvector_to_array(search_place(id))) AS bare FROM articles
"""
_COPY_ARTICLES = """
INSERT INTO articles (id, title, slug, content, excerpt, status, author_id, category_id, published_at, created_at,
    updated_at, search)
OVERRIDING SYSTEM VALUE
SELECT copy * $2::bigint + id, title, slug || '-copy-' || copy, content, excerpt, status, author_id, category_id,
    published_at + copy * interval '1 second', created_at + copy * interval '1 second', updated_at,
    bare || search_place(copy * $2::bigint + id)
FROM generate_series(1, $1::integer) AS copy CROSS JOIN bench_bare
"""
"""A vector begins with the zone of its row's key: it alone is made anew."""
_SAY = """
INSERT INTO messages (id, session_id, seq, link, sender, type, content, content_hash, hash, search)
SELECT (turn - 1) * $2::bigint + s.number, s.id, turn, turn, CASE turn % 2 WHEN 0 THEN 'customer' ELSE 'assistant' END,
    'text', t.content, t.digest, t.digest, t.search
FROM generate_series(1, $1::integer) AS turn CROSS JOIN bench_sessions s
JOIN bench_texts t ON t.number = (turn * 7919::bigint + s.number * 104729::bigint) % $3::bigint
ORDER BY 1
"""


def original_articles(count: int) -> list[Article]:
    """Return the articles that a table of `count` rows is made of: short ones, or a million would fill a small disk."""
    return [
        replace(row, content=f"<p>{row.text[:CHARACTERS]}</p>", text=row.text[:CHARACTERS])
        for row in generated()[: min(count, ORIGINALS)]
    ]


def conversations() -> list[Chat]:
    """Return the sessions among which all messages are divided, each with an owner of its own."""
    return chats()[:SESSIONS]


async def grow_articles(connection: asyncpg.Connection, count: int) -> None:
    """Fill the migrated, empty `radio` tables with `count` articles."""
    originals = original_articles(count)
    await load_radio(connection, originals)
    for name in ("title", "content", "excerpt"):
        await connection.execute(f"DROP INDEX bench_{name}_trigrams")
    copies = count // len(originals) - 1
    if copies:
        async with _without_indexes(connection, "articles"):
            await connection.execute(_BARE)
            await connection.execute(
                "ALTER TABLE articles ALTER COLUMN search DROP EXPRESSION, DISABLE TRIGGER USER"
            )
            await connection.execute(_COPY_ARTICLES, copies, len(originals))
    await connection.execute("VACUUM (ANALYZE) articles")


async def grow_messages(connection: asyncpg.Connection, count: int) -> None:
    """Fill the migrated, empty `dealroom` tables with `count` messages, turn by turn, in SESSIONS sessions.

    Their hashes are no chain: nobody verifies them here.
    """
    turns, found, said = count // SESSIONS, conversations(), texts()
    await connection.copy_records_to_table(
        "accounts",
        columns=["id", "email", "name", "role", "password_hash"],
        records=[
            (chat.owner_id, f"owner-{chat.owner_id}@bench.example", words.FIRST_NAMES[0], "user", "!")
            for chat in found
        ],
    )
    await connection.copy_records_to_table(
        "profiles",
        columns=["account_id", "username"],
        records=[(chat.owner_id, f"owner-{chat.owner_id}") for chat in found],
    )
    await connection.copy_records_to_table(
        "chat_sessions",
        columns=["id", "owner_id", "last_seq", "links", "chain_head"],
        records=[(chat.id, chat.owner_id, turns, turns, bytes(32)) for chat in found],
    )
    await connection.execute(
        "CREATE TEMPORARY TABLE bench_sessions (number integer, id uuid);"
        "CREATE TEMPORARY TABLE bench_texts (number integer, content text, digest bytea"
        " GENERATED ALWAYS AS (sha256(content::bytea)) STORED, search tsvector"
        " GENERATED ALWAYS AS (to_tsvector('simple', content)) STORED)"
    )
    await connection.copy_records_to_table(
        "bench_sessions", records=[(number, chat.id) for number, chat in enumerate(found, start=1)]
    )
    await connection.copy_records_to_table(
        "bench_texts", columns=["number", "content"], records=list(enumerate(said))
    )
    async with _without_indexes(connection, "messages"):
        await connection.execute("ALTER TABLE messages ALTER COLUMN search DROP EXPRESSION")
        await connection.execute(_SAY, turns, SESSIONS, len(said))
    await connection.execute("VACUUM (ANALYZE) messages")
    await connection.execute("VACUUM (ANALYZE) chat_sessions")


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Drop the indexes of `table` that serve no constraint for a block, and make them anew at its end."""
    indexes = await connection.fetch(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = $1 AND i.schemaname = 'public'"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
        table,
    )
    await connection.execute("; ".join(f'DROP INDEX "{index["indexname"]}"' for index in indexes))
    yield
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["indexdef"])
