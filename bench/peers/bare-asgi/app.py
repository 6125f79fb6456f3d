"""The limit: uvicorn, a prepared statement of asyncpg, msgspec; no framework, no middleware, no validation, no log.

It answers `/categories/<id>` and `/articles/<slug>` with our statements, and `/categories` with bytes made at start.
What a server adds to this is what a framework and its middleware cost.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

Connection = dict[str, Any]

_JSON = (b"content-type", b"application/json")
_CATEGORY = "SELECT id, name, slug, description, version, created_at FROM categories"
_ARTICLE = """
SELECT a.id, a.title, a.slug, a.content, a.excerpt,
    CASE WHEN a.status = 'published' AND a.published_at > now() THEN 'scheduled' ELSE a.status END AS status,
    a.author_id, a.category_id, a.featured_image, a.published_at, a.version, a.created_at, a.updated_at,
    u.name AS author_name, c.name AS category_name, c.slug AS category_slug
FROM articles a JOIN accounts u ON u.id = a.author_id LEFT JOIN categories c ON c.id = a.category_id
WHERE a.slug = $1 AND a.status = 'published' AND a.published_at <= now()
"""
_encode = msgspec.json.Encoder().encode
# The connections, as their prepared statements by name; the last one given back is the next one taken.
_free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
_constant = b""


async def _start() -> None:
    global _constant
    for _ in range(int(os.environ.get("DB_POOL_SIZE", "10"))):
        connection = await asyncpg.connect(os.environ["DATABASE_URL"])
        _free.put_nowait(
            {
                "category": await _prepare(connection, f"{_CATEGORY} WHERE id = $1", 0),
                "article": await _prepare(connection, _ARTICLE, ""),
            }
        )
    rows = await connection.fetch(f"{_CATEGORY} ORDER BY name, id")
    _constant = _encode({"success": True, "data": [dict(row) for row in rows]})


async def _prepare(connection: Any, statement: str, value: Any) -> Any:
    """Prepare a statement and run it once: until then asyncpg leaves the backend waiting, busy in PostgreSQL's eyes."""
    prepared = await connection.prepare(statement)
    await prepared.fetchrow(value)
    return prepared


async def _fetch(statement: str, value: Any) -> Any:
    connection = await _free.get()
    try:
        return await connection[statement].fetchrow(value)
    finally:
        _free.put_nowait(connection)


async def _body(path: str) -> bytes | None:
    """Return the JSON at `path`, or None."""
    if path == "/categories":
        return _constant
    if path.startswith("/categories/"):
        row = await _fetch("category", int(path[12:]))
        return row and _encode({"success": True, "data": dict(row)})
    if path.startswith("/articles/"):
        row = await _fetch("article", path[10:])
        if row is None:
            return None
        article = dict(row)
        article["author"] = {"id": row["author_id"], "name": article.pop("author_name")}
        name, slug = article.pop("category_name"), article.pop("category_slug")
        article["category"] = name and {"id": row["category_id"], "name": name, "slug": slug}
        return _encode({"success": True, "data": article})
    return b"{}" if path == "/health/ready" else None


async def _lifespan(receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    await receive()
    await _start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer a request, or start and stop."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    body = await _body(scope["path"])
    headers = [_JSON, (b"content-length", str(len(body or b"")).encode())]
    await send({"type": "http.response.start", "status": 404 if body is None else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body or b""})
