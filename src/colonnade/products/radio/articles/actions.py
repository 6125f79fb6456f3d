"""Creates, edits and archives articles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Forbidden, Invalid, Invalidate, NotFound, check_version, given_fields
from colonnade.kernel.db import NOW, Transaction
from colonnade.products.radio.articles import queries
from colonnade.products.radio.articles.schemas import (
    Article,
    ArticleCreate,
    ArticleUpdate,
    SlugTaken,
)
from colonnade.products.radio.shared.rules.clock import check_moment
from colonnade.products.radio.shared.rules.text import MAX_SLUG_ATTEMPTS, make_excerpt, slugify

__all__ = ["access_article", "archive_article", "create_article", "unname_author", "update_article"]

CHANGED = Invalidate(("articles", "homepage"))


async def create_article(tx: Transaction, caller: Principal, data: ArticleCreate) -> Article:
    """Create an article by `caller`. Raise SlugTaken, UnknownCategory.

    A missing slug is made from the title and numbered (-1, -2 …) if it is in use; a given one is used unchanged, or
    refused.
    """
    content = _visible(data.content)
    values: dict[str, Any] = {
        "title": data.title,
        "content": content,
        "excerpt": data.excerpt or make_excerpt(content),
        "status": data.status,
        "author_id": caller.id,
        "category_id": data.category_id,
        "featured_image": data.featured_image,
        "published_at": _publication(data.status, data.published_at),
    }
    if data.slug is not None:
        article = await queries.insert_article(tx, {**values, "slug": data.slug})
        if article is None:
            raise SlugTaken(field="slug")
    else:
        article = await _insert_numbered(tx, values, slugify(data.title))
    tx.after_commit(CHANGED)
    return article


async def _insert_numbered(tx: Transaction, values: dict[str, Any], base: str) -> Article:
    for _ in range(MAX_SLUG_ATTEMPTS):
        taken = await queries.list_similar_slugs(tx, base)
        slug, number = base, 0
        while slug in taken:
            number += 1
            slug = f"{base}-{number}"
        article = await queries.insert_article(tx, {**values, "slug": slug})
        if article is not None:
            return article
    raise SlugTaken


def _visible(content: str) -> str:
    if not content.strip():
        raise Invalid(fields={"content": "Nothing is left of the content without its unsafe HTML"})
    return content


def _publication(status: str, wanted: datetime | None) -> Any:
    """Return when an article of this status appears: as wanted, or at once. Raise Invalid for an implausible time."""
    check_moment("published_at", wanted)
    return wanted if wanted is not None or status != "published" else NOW


async def access_article(tx: Transaction, caller: Principal, slug: str) -> Article:
    """Return the article, locked, if the caller may edit it: its author, or one who may edit everybody's."""
    article = await queries.lock_article(tx, slug)
    if article.author_id != caller.id and not caller.may("articles:update-any"):
        raise Forbidden("You can edit your own articles only.")
    return article


async def update_article(
    tx: Transaction, caller: Principal, slug: str, data: ArticleUpdate, *, expected: int | None
) -> Article:
    """Change the given fields. Raise NotFound, Forbidden, PreconditionFailed, SlugTaken, UnknownCategory."""
    before = await access_article(tx, caller, slug)
    check_version(expected, before.version)
    values = _changes(before, data)
    if data.slug and data.slug != before.slug:
        await queries.keep_old_slug(tx, before.id, before.slug, data.slug)
    article = await queries.update_article(tx, before.id, values)
    tx.after_commit(CHANGED)
    return article


def _changes(before: Article, data: ArticleUpdate) -> dict[str, Any]:
    given = given_fields(data, "title", "slug", "status", "category_id", "featured_image")
    if data.content is not UNSET:
        given["content"] = _visible(data.content)
    if data.excerpt is not UNSET:
        given["excerpt"] = data.excerpt or make_excerpt(given.get("content", before.content))
    elif "content" in given and before.excerpt == make_excerpt(before.content):
        given["excerpt"] = make_excerpt(given["content"])
    status = given.get("status", "published" if before.status == "scheduled" else before.status)
    wanted = data.published_at if data.published_at is not UNSET else before.published_at
    given["published_at"] = _publication(status, wanted)
    return given


async def archive_article(tx: Transaction, slug: str, *, expected: int | None) -> None:
    """Archive an article: it is kept, but no longer shown. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_article(tx, slug)
    check_version(expected, before.version)
    if not await queries.archive_article(tx, before.id):
        raise NotFound("There is no article at this address.")
    tx.after_commit(CHANGED)


async def unname_author(tx: Transaction, account_id: int) -> None:
    """Remove the author's name from the articles of an account that is being deleted; the station keeps them."""
    tx.after_commit(CHANGED)
