"""Loads the generated rows: into tables of the contract's own shape, or into Colonnade's `radio` tables.

In the second case the peer gets a schema `peer` of plain views named users, categories and articles, so that
both servers read the same rows, through the same indexes, from the same buffers. In both cases the table of
articles gets trigram indexes: without them the peer's substring search reads the whole table every time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from data.generate import Article, articles, authors, categories

SCHEMA_PEER = Path(__file__).parent / "schema_peer.sql"
_WEIGH = "SELECT search_weigh('articles', 'articles')"
"""What our nightly job does with the words of articles."""
PEER_SCHEMA = "peer"
_EPOCH = datetime(2019, 1, 1, tzinfo=UTC)
# Nobody signs in as an author (harness/accounts.py creates the accounts for that): this is not a hash.
_NO_PASSWORD = "!"


class UnknownColumn(Exception):
    """A table demands a value that the generator does not know: the message names the columns."""


def _account_values() -> list[dict[str, Any]]:
    return [
        {
            "id": author.id,
            "email": author.email,
            "password_hash": _NO_PASSWORD,
            "name": author.name,
            "role": author.role,
            "is_active": True,
            "created_at": _EPOCH,
            "updated_at": _EPOCH,
        }
        for author in authors()
    ]


def _category_values() -> list[dict[str, Any]]:
    return [
        {
            "id": category.id,
            "name": category.name,
            "slug": category.slug,
            "description": category.description,
            "created_at": _EPOCH,
            "updated_at": _EPOCH,
        }
        for category in categories()
    ]


def _article_values(rows: Iterable[Article]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "title": row.title,
            "slug": row.slug,
            "content": row.content,
            "content_text": row.text,
            "plain_text": row.text,
            "text": row.text,
            "excerpt": row.excerpt,
            "status": row.status,
            "author_id": row.author_id,
            "category_id": row.category_id,
            "featured_image": None,
            "published_at": row.published_at,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "version": 1,
        }
        for row in rows
    ]


async def load_peer(connection: asyncpg.Connection, rows: list[Article]) -> None:
    """Create the contract's tables in an empty database and fill them."""
    await connection.execute(SCHEMA_PEER.read_text())
    await _fill(connection, "public", "users", _account_values())
    await _fill(connection, "public", "categories", _category_values())
    await _fill(connection, "public", "articles", _article_values(rows))
    await _index_substrings(connection, "public.articles")
    await _settle(connection, ("public.users", "public.categories", "public.articles"))


async def load_radio(connection: asyncpg.Connection, rows: list[Article]) -> None:
    """Empty and fill the migrated `radio` tables, and create the peer's views beside them.

    Raises UnknownColumn if a table demands a column that the generator does not know.
    """
    accounts = await _table(connection, "accounts")
    category_table = await _table(connection, "categories")
    article_table = await _table(connection, "articles")
    tables = (accounts, category_table, article_table)
    await connection.execute("TRUNCATE " + ", ".join(tables) + " RESTART IDENTITY CASCADE")
    for table, values in zip(
        tables, (_account_values(), _category_values(), _article_values(rows)), strict=True
    ):
        schema, name = table.split(".")
        await _fill(connection, schema, name, values)
    await _make_views(connection, accounts, category_table, article_table)
    await _index_substrings(connection, article_table)
    await connection.execute(_WEIGH)
    await _settle(connection, tables)


async def _table(connection: asyncpg.Connection, name: str) -> str:
    schema = await connection.fetchval(
        "SELECT table_schema FROM information_schema.tables WHERE table_name = $1"
        " AND table_type = 'BASE TABLE' AND table_schema <> $2 ORDER BY table_schema LIMIT 1",
        name,
        PEER_SCHEMA,
    )
    if schema is None:
        raise UnknownColumn(f"table {name} is not there: has the database been migrated?")
    return f"{schema}.{name}"


async def _columns(connection: asyncpg.Connection, schema: str, table: str) -> list[asyncpg.Record]:
    return list(
        await connection.fetch(
            "SELECT column_name AS name, is_generated = 'ALWAYS' AS generated,"
            " is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES' AS optional"
            " FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
            " ORDER BY ordinal_position",
            schema,
            table,
        )
    )


async def _fill(
    connection: asyncpg.Connection, schema: str, table: str, values: list[dict[str, Any]]
) -> None:
    columns = [column for column in await _columns(connection, schema, table) if not column["generated"]]
    demanded = [
        column["name"] for column in columns if not column["optional"] and column["name"] not in values[0]
    ]
    if demanded:
        raise UnknownColumn(f"{schema}.{table} demands {', '.join(demanded)}: add them to bench/data/load.py")
    names = [column["name"] for column in columns if column["name"] in values[0]]
    records = [tuple(value[name] for name in names) for value in values]
    # COPY takes the given ids even where the identity is GENERATED ALWAYS.
    await connection.copy_records_to_table(table, schema_name=schema, columns=names, records=records)
    await connection.execute(
        f"SELECT setval(pg_get_serial_sequence('{schema}.{table}', 'id'), max(id)) FROM {schema}.{table}"
    )


async def _make_views(
    connection: asyncpg.Connection, accounts: str, category_table: str, article_table: str
) -> None:
    sessions = await _table(connection, "account_sessions")
    refresh_tokens = await _table(connection, "refresh_tokens")
    found = {column["name"] for column in await _columns(connection, *article_table.split("."))}
    optional = {
        "featured_image": "NULL::text",
        "search_vector": next(
            (name for name in ("search_vector", "search", "tsv", "document") if name in found), None
        ),
    }
    extra = ", ".join(
        f"{name if name in found else fallback} AS {name}" for name, fallback in optional.items() if fallback
    )
    await connection.execute(
        f"""
        DROP SCHEMA IF EXISTS {PEER_SCHEMA} CASCADE;
        CREATE SCHEMA {PEER_SCHEMA};
        CREATE VIEW {PEER_SCHEMA}.users AS
            SELECT id, email, password_hash, name, role, is_active, last_login_at FROM {accounts};
        CREATE VIEW {PEER_SCHEMA}.account_sessions AS SELECT * FROM {sessions};
        CREATE VIEW {PEER_SCHEMA}.refresh_tokens AS SELECT * FROM {refresh_tokens};
        CREATE VIEW {PEER_SCHEMA}.categories AS
            SELECT id, name, slug, description, created_at FROM {category_table};
        CREATE VIEW {PEER_SCHEMA}.articles AS
            SELECT id, title, slug, content, excerpt, status, author_id, category_id,
                   published_at, created_at, updated_at, {extra}
            FROM {article_table};
        """
    )


async def _index_substrings(connection: asyncpg.Connection, table: str) -> None:
    """Create trigram indexes over the three columns that `contains` searches, as a team does when it gets slow."""
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for column in ("title", "content", "excerpt"):
        await connection.execute(
            f"CREATE INDEX bench_{column}_trigrams ON {table} USING gin ({column} gin_trgm_ops)"
        )


async def _settle(connection: asyncpg.Connection, tables: Iterable[str]) -> None:
    """Update statistics, visibility map and pending index entries, so that no round pays for them."""
    for table in tables:
        await connection.execute(f"VACUUM (ANALYZE) {table}")


@functools.cache
def generated() -> list[Article]:
    """Return the articles of every run."""
    return articles()
