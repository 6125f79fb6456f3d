"""All SQL of the articles slice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET

from colonnade.kernel.core import NotFound, now, paced
from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion, violation_as
from colonnade.kernel.search import Corpus, Found, find
from colonnade.kernel.trash import TrashKind, rows_in_trash
from colonnade.products.radio.articles.schemas import (
    Article,
    ArticleFilters,
    Author,
    CategoryRef,
    Enclosure,
    SlugTaken,
    SortBy,
    SortOrder,
    UnknownCategory,
)
from colonnade.products.radio.shared.rules.text import plain_text

__all__ = [
    "ARTICLES_OF",
    "CORPUS",
    "TRASH",
    "VISIBLE",
    "count_archived",
    "count_articles",
    "fetch_article",
    "find_archived",
    "find_holder",
    "find_moved",
    "find_next_publication",
    "insert_article",
    "keep_old_slug",
    "list_archived",
    "list_articles",
    "list_similar_slugs",
    "lock_article",
    "search_articles",
    "update_article",
]


def _overtaken(item: Mapping[str, Any], deleted_at: datetime) -> tuple[Mapping[str, Any], str | None]:
    """Return an article that was to appear while it was in the trash as a draft: nobody has seen it appear."""
    planned = item["published_at"] and datetime.fromisoformat(item["published_at"])
    if item["status"] != "published" or not deleted_at < planned <= now():
        return item, None
    said = f"It was to appear at {planned.isoformat()}, while it was deleted, and is a draft now: publish it anew"
    return {**item, "status": "draft", "published_at": None}, said


TRASH = TrashKind(
    name="articles",
    table="articles",
    title="title",
    key=("slug",),
    along={"article_old_slugs": "article_id"},
    invalidates=("articles", "homepage"),
    revision=_overtaken,
)
_ARCHIVED = rows_in_trash(TRASH)

ARTICLES_OF = f"""
SELECT id, title, slug, status, excerpt, content, published_at, created_at, updated_at
FROM (SELECT * FROM articles UNION ALL SELECT * FROM {_ARCHIVED} archived) a WHERE author_id = $1 ORDER BY id
"""
"""The articles of an account, as its export shows them."""

_STATUS = "CASE WHEN a.status = 'published' AND a.published_at > now() THEN 'scheduled' ELSE a.status END"
_SHOWN = """a.id, a.title, a.slug, {content}, a.excerpt, {status} AS status, a.author_id, a.category_id,
    a.featured_image, a.published_at, a.version, a.created_at, a.updated_at,
    u.name AS author_name, c.name AS category_name, c.slug AS category_slug,
    a.enclosure_url, a.enclosure_type, a.enclosure_bytes, a.enclosure_seconds"""
_COLUMNS = _SHOWN.format(status=_STATUS, content="a.content")
_ARCHIVED_COLUMNS = _SHOWN.format(status="'archived'", content="a.content")
_SHORT_COLUMNS = _SHOWN.format(
    status=_STATUS,
    content="CASE WHEN octet_length(a.content) <= {most} THEN a.content ELSE '' END AS content",
)
"""In the order of Article's fields, and after these the names of what it refers to, and its enclosure."""
_OWN, _NAMED, _WIDTH = 13, 16, 20
_JOINS = "JOIN accounts u ON u.id = a.author_id LEFT JOIN categories c ON c.id = a.category_id"
_FROM_ARCHIVED = f"""
FROM {_ARCHIVED} a {_JOINS}
WHERE ($1::text IS NULL OR strpos(lower(a.title), lower($1)) > 0) AND ($2::text IS NULL OR c.slug = $2)
    AND ($3::integer IS NULL OR a.author_id = $3)
"""
VISIBLE = "a.status = 'published' AND a.published_at <= now()"
CORPUS = Corpus(
    "articles", "articles", stemming="indonesian", forms="article_forms", public="status:published"
)


def _article(row: Record, found: Found | None = None) -> Article:
    """Return a row that begins with _COLUMNS as an article, with a snippet if it was found by a search."""
    author_id, category_id = row[6], row[7]
    author_name, category_name, category_slug = row[_OWN:_NAMED]
    enclosure = row[_NAMED:_WIDTH]
    rest = [
        Author(author_id, author_name),
        None if category_id is None else CategoryRef(category_id, category_name, category_slug),
        None if enclosure[0] is None else Enclosure(*enclosure),
        UNSET if found is None else found.snippet(f"{row['title']} … {plain_text(row['content'])}"),
    ]
    return Article(*row[:_OWN], *rest)


def _where(filters: ArticleFilters) -> tuple[str, list[Any]]:
    """Return the WHERE clause for `filters` and its parameters."""
    args: list[Any] = []
    clauses = [] if filters.unpublished else [VISIBLE]

    def parameter(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    if filters.unpublished and filters.status == "scheduled":
        clauses.append("a.status = 'published' AND a.published_at > now()")
    elif filters.unpublished and filters.status == "published":
        clauses.append(VISIBLE)
    elif filters.unpublished and filters.status is not None:
        clauses.append(f"a.status = {parameter(filters.status)}")
    if filters.author is not None:
        clauses.append(f"a.author_id = {parameter(filters.author)}")
    if filters.category is not None:
        clauses.append(
            f"a.category_id = (SELECT id FROM categories WHERE slug = {parameter(filters.category)})"
        )
    if filters.recorded:
        clauses.append("a.enclosure_url IS NOT NULL")
    return " AND ".join(clauses) or "true", args


def _ordering(table: str, sort_by: SortBy, order: SortOrder) -> str:
    direction = "ASC" if order == "asc" else "DESC"
    nulls = "NULLS LAST" if sort_by == "published_at" else ""
    return f"{table}.{sort_by} {direction} {nulls}, {table}.id {direction}"


async def list_articles(
    db: Executor,
    filters: ArticleFilters,
    *,
    sort_by: SortBy,
    order: SortOrder,
    limit: int,
    offset: int,
    most_bytes: int | None = None,
) -> list[Article]:
    """Return one page; a content of more than `most_bytes` is not even read, and is empty."""
    where, args = _where(filters)
    ordering = _ordering("a", sort_by, order)
    args += [limit, offset]
    limit_and_offset, columns = f"${len(args) - 1} OFFSET ${len(args)}", _COLUMNS
    if most_bytes is not None:
        args.append(most_bytes)
        columns = _SHORT_COLUMNS.format(most=f"${len(args)}")
    # The page is chosen by id first, so that sorting never carries the articles' contents.
    rows = await db.fetch(
        f"""
        WITH page AS MATERIALIZED (
            SELECT a.id, row_number() OVER (ORDER BY {ordering}) AS position
            FROM articles a WHERE {where}
            ORDER BY {ordering} LIMIT {limit_and_offset}
        )
        SELECT {columns} FROM page p JOIN articles a ON a.id = p.id {_JOINS} ORDER BY p.position
        """,
        *args,
    )
    return [_article(row) for row in rows]


async def search_articles(
    db: Executor,
    text: str,
    filters: ArticleFilters,
    *,
    sort_by: SortBy | None,
    order: SortOrder,
    limit: int,
    offset: int,
) -> tuple[list[Article], Found]:
    """Return one page of what is found, with snippets, by rank unless `sort_by` is given; in two statements.

    A third one finds the category of `filters`.
    """
    scopes, further = await _scopes(db, filters)
    sorting = None if sort_by is None else _ordering("t", sort_by, order)
    found = await find(
        db,
        CORPUS,
        text,
        for_everybody=not filters.unpublished,
        scopes=scopes,
        further=further,
        sorting=sorting,
        limit=limit,
        offset=offset,
    )
    if not found.keys:
        return [], found
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM articles a {_JOINS} WHERE a.id = ANY($1)", found.keys)
    # Finding the words in long texts takes some milliseconds for each.
    return [_article(row, found) async for row in paced(found.in_order(rows))], found


async def _scopes(db: Executor, filters: ArticleFilters) -> tuple[list[str], str]:
    """Return the scopes of `filters`, and the condition that no scope expresses."""
    status = filters.status if filters.unpublished else "published"
    scopes = [] if status is None else [f"status:{'published' if status == 'scheduled' else status}"]
    further = {"published": "t.published_at <= now()", "scheduled": "t.published_at > now()"}
    if filters.author is not None:
        scopes.append(f"author:{filters.author}")
    if filters.category is not None:
        category = await db.fetch_value("SELECT id FROM categories WHERE slug = $1", filters.category)
        scopes.append(f"category:{category}")
    return scopes, further.get(status or "", "true")


async def count_articles(db: Executor, filters: ArticleFilters) -> int:
    """Count the articles that match `filters`."""
    where, args = _where(filters)
    count: int = await db.fetch_value(f"SELECT count(*) FROM articles a WHERE {where}", *args)
    return count


async def find_next_publication(db: Executor) -> datetime | None:
    """Return when the next scheduled article appears, if any."""
    moment: datetime | None = await db.fetch_value(
        "SELECT min(published_at) FROM articles WHERE status = 'published' AND published_at > now()"
    )
    return moment


async def fetch_article(db: Executor, slug: str, *, unpublished: bool = False) -> Article:
    """Return the article at this address. Raise NotFound, also for one that is not public, unless `unpublished`."""
    visible = "" if unpublished else f"AND {VISIBLE}"
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM articles a {_JOINS} WHERE a.slug = $1 {visible}", slug)
    if row is None:
        raise NotFound("There is no article at this address.")
    return _article(row)


async def find_moved(db: Executor, old_slug: str, *, unpublished: bool = False) -> str | None:
    """Return the current slug of the article that was once at `old_slug`, or None."""
    visible = "" if unpublished else f"AND {VISIBLE}"
    slug: str | None = await db.fetch_value(
        f"SELECT a.slug FROM article_old_slugs o JOIN articles a ON a.id = o.article_id WHERE o.slug = $1 {visible}",
        old_slug,
    )
    return slug


async def list_archived(db: Executor, filters: ArticleFilters, *, limit: int, offset: int) -> list[Article]:
    """Return a page of the archived articles, newest first; of a search only the title counts."""
    rows = await db.fetch(
        f"SELECT {_ARCHIVED_COLUMNS} {_FROM_ARCHIVED} ORDER BY a.created_at DESC, a.id DESC LIMIT $4 OFFSET $5",
        *(filters.search, filters.category, filters.author),
        limit,
        offset,
    )
    return [_article(row) for row in rows]


async def count_archived(db: Executor, filters: ArticleFilters) -> int:
    """Count the archived articles that match `filters`."""
    args = (filters.search, filters.category, filters.author)
    count: int = await db.fetch_value(f"SELECT count(*) {_FROM_ARCHIVED}", *args)
    return count


async def find_archived(db: Executor, slug: str) -> Article | None:
    """Return the article that had this address and was archived last, or None."""
    row = await db.fetch_row(
        f"SELECT {_ARCHIVED_COLUMNS} FROM {_ARCHIVED} a {_JOINS} WHERE a.slug = $1 "
        "ORDER BY a.updated_at DESC, a.id DESC LIMIT 1",
        slug,
    )
    return _article(row) if row else None


async def lock_article(tx: Transaction, slug: str) -> Article:
    """Return the article at this address, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM articles a {_JOINS} WHERE a.slug = $1 FOR UPDATE OF a", slug
    )
    if row is None:
        raise NotFound("There is no article at this address.")
    return _article(row)


async def list_similar_slugs(db: Executor, slug: str) -> set[str]:
    """Return those of `slug` and its numbered forms that are or were in use."""
    rows = await db.fetch(
        """
        SELECT slug FROM articles WHERE slug = $1 OR slug ~ ('^' || $1 || '-[0-9]+$')
        UNION ALL
        SELECT slug FROM article_old_slugs WHERE slug = $1 OR slug ~ ('^' || $1 || '-[0-9]+$')
        """,
        slug,
    )
    return {row["slug"] for row in rows}


def _no_category() -> UnknownCategory:
    return UnknownCategory(fields={"category_id": "There is no such category"})


async def find_holder(db: Executor, slug: str) -> Article | None:
    """Return the article that has this slug, whoever may see it, or None."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM articles a {_JOINS} WHERE a.slug = $1", slug)
    return _article(row) if row else None


async def insert_article(tx: Transaction, values: dict[str, Any]) -> Article | None:
    """Insert an article; return None if its slug was taken meanwhile (a race). Raise UnknownCategory."""
    names, marks, args = insertion(values)
    with violation_as(_no_category(), "articles_category_id_fkey"):
        row = await tx.fetch_row(
            f"""
            WITH a AS (INSERT INTO articles ({names}) VALUES ({marks}) ON CONFLICT (slug) DO NOTHING RETURNING *)
            SELECT {_COLUMNS} FROM a {_JOINS}
            """,
            *args,
        )
    return _article(row) if row else None


async def update_article(tx: Transaction, article_id: int, values: dict[str, Any]) -> Article:
    """Write `values` and increase the version. Raise SlugTaken, UnknownCategory."""
    changes, args = assignments(values, first=2)
    with (
        violation_as(SlugTaken(field="slug"), "articles_slug_key"),
        violation_as(_no_category(), "articles_category_id_fkey"),
    ):
        row = await tx.fetch_row(
            f"""
            WITH a AS (UPDATE articles SET {changes} version = version + 1, updated_at = now()
                       WHERE id = $1 RETURNING *)
            SELECT {_COLUMNS} FROM a {_JOINS}
            """,
            article_id,
            *args,
        )
    assert row is not None
    return _article(row)


async def keep_old_slug(tx: Transaction, article_id: int, old: str, new: str) -> None:
    """Redirect `old` to the article from now on, and no longer redirect `new`."""
    await tx.execute("DELETE FROM article_old_slugs WHERE slug = $1", new)
    await tx.execute(
        "INSERT INTO article_old_slugs (slug, article_id) VALUES ($1, $2) "
        "ON CONFLICT (slug) DO UPDATE SET article_id = excluded.article_id",
        old,
        article_id,
    )
