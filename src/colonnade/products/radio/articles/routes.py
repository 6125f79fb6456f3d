"""Articles: the public list and pages, and their editing."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from colonnade.kernel.access import Principal, may
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    Router,
    SearchText,
    Tag,
    allows,
    anyone,
    delete,
    found_page,
    get,
    once,
    post,
    put,
)
from colonnade.kernel.search import wanted_text
from colonnade.products.radio.articles import actions, queries
from colonnade.products.radio.articles.schemas import (
    Article,
    ArticleCreate,
    ArticleFilters,
    ArticleUpdate,
    SortBy,
    SortOrder,
    StatusFilter,
)

__all__ = ["ROUTES"]

CACHED = Cached(tags=("articles",), ttl_seconds=1800)

CategorySlug = Annotated[str | None, QueryParameter(max_length=500, description="Slug of a category.")]
AuthorId = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Id of an author.")]


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_articles(
    db: Database,
    counts: CountCache,
    visitor: Principal | None,
    page: PageNumber = 1,
    limit: Limit = 10,
    status: StatusFilter | None = None,
    category: CategorySlug = None,
    search: SearchText = None,
    author: AuthorId = None,
    sort_by: Annotated[SortBy | None, QueryParameter(name="sortBy")] = None,
    sort_order: Annotated[SortOrder, QueryParameter(name="sortOrder")] = "desc",
) -> Page[Article]:
    """A page of articles, newest first; a search is ordered by rank unless `sortBy` is given.

    Visitors see published articles only, whatever status they ask for; archived ones are shown to those who may restore
    them.
    """
    filters = ArticleFilters(
        status=status,
        category=category,
        search=(text := wanted_text(search)),
        author=author,
        unpublished=may(visitor, actions.SEE_ALL),
    )
    if status == "archived" and may(visitor, actions.RESTORE):
        archived = await queries.list_archived(db, filters, limit=limit, offset=(page - 1) * limit)
        number = await queries.count_archived(db, filters)
        return Page.of(archived, page=page, limit=limit, total=number)
    # Queried before the list: an article that appears in between then expires this answer instead of being missed.
    fresh_until = await queries.find_next_publication(db)
    offset = (page - 1) * limit
    if text is not None:
        found, hits = await queries.search_articles(
            db, text, filters, sort_by=sort_by, order=sort_order, limit=limit, offset=offset
        )
        return found_page(found, hits, page=page, limit=limit, fresh_until=fresh_until)
    articles = await queries.list_articles(
        db, filters, sort_by=sort_by or "created_at", order=sort_order, limit=limit, offset=offset
    )
    total = await counts.total(
        ("articles",), partial(queries.count_articles, db, filters), fresh_until=fresh_until
    )
    return Page.of(articles, page=page, limit=limit, total=total, fresh_until=fresh_until)


@get("/{slug:str}", guards=[anyone()], response_cache=CACHED, redirects=True)
async def show_article(slug: str, db: Database, visitor: Principal | None, exchange: Exchange) -> Ok[Article]:
    """One article; a former address of it answers 301. Those who may restore an archived one see it where it was."""
    unpublished = may(visitor, actions.SEE_ALL)
    try:
        article = await queries.fetch_article(db, slug, unpublished=unpublished)
    except NotFound:
        moved_to = await queries.find_moved(db, slug, unpublished=unpublished)
        if moved_to is not None:
            raise exchange.moved(f"/articles/{moved_to}") from None
        archived = await queries.find_archived(db, slug) if may(visitor, actions.RESTORE) else None
        if archived is None:
            raise
        article = archived
    return Ok(article, version=article.version)


@post("/", guards=[allows("articles:create")])
async def create_article(
    data: ArticleCreate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Article]:
    """Write an article; `Idempotency-Key` is honoured."""
    async with once(exchange, db, caller, idempotency_key) as attempt:
        article = await actions.create_article(attempt.tx, caller, data)
        return await attempt.answer(
            Created(article, message="Article created", version=article.version),
            about=[("articles", article.id)],
        )


@put("/{slug:str}", guards=[allows("articles:update")])
async def update_article(
    slug: str, data: ArticleUpdate, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Article]:
    """Edit one's own article (administrators: any); `If-Match` guards against overwriting another's edit."""
    async with db.transaction(caller) as tx:
        article = await actions.update_article(tx, caller, slug, data, expected=expected)
    return Ok(article, message="Article updated", version=article.version)


@delete("/{slug:str}", guards=[allows("articles:delete")])
async def delete_article(slug: str, db: Database, caller: Principal, expected: ExpectedVersion) -> None:
    """Archive an article: it is no longer shown, but kept until it is restored or purged."""
    async with db.transaction(caller) as tx:
        await actions.archive_article(tx, caller, slug, expected=expected)


ROUTES = Router(
    "/articles",
    route_handlers=[list_articles, show_article, create_article, update_article, delete_article],
    tags=[Tag("Articles", "News and devotions with their categories: everybody reads, editors write.")],
)
