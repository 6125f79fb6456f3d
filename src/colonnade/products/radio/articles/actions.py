"""Creates, edits and archives articles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import (
    Forbidden,
    Invalidate,
    NotFound,
    changed_fields,
    check_version,
    given_fields,
)
from colonnade.kernel.db import NOW, Transaction
from colonnade.kernel.trash import move_to_trash
from colonnade.products.radio.articles import queries
from colonnade.products.radio.articles.schemas import (
    Article,
    ArticleArchived,
    ArticleCreate,
    ArticleUpdate,
    Enclosure,
    SlugTaken,
)
from colonnade.products.radio.shared.rules.clock import check_moment
from colonnade.products.radio.shared.rules.text import MAX_SLUG_ATTEMPTS, make_excerpt, slugify

__all__ = [
    "RESTORE",
    "SEE_ALL",
    "access_article",
    "archive_article",
    "create_article",
    "unname_author",
    "update_article",
]

CHANGED = Invalidate(("articles", "homepage"))
SEE_ALL = "articles:read-unpublished"
RESTORE = "trash:restore"


async def create_article(tx: Transaction, caller: Principal, data: ArticleCreate) -> Article:
    """Create an article by `caller`. Raise SlugTaken, UnknownCategory.

    A missing slug is made from the title and numbered (-1, -2 …) if it is in use; a given one is used unchanged, or
    refused.
    """
    values: dict[str, Any] = {
        "title": data.title,
        "content": data.content,
        "excerpt": data.excerpt or make_excerpt(data.content),
        "status": data.status,
        "author_id": caller.id,
        "category_id": data.category_id,
        "featured_image": data.featured_image,
        "published_at": _publication(data.status, data.published_at),
        **_columns(data.enclosure),
    }
    if data.slug is not None:
        article = await queries.insert_article(tx, {**values, "slug": data.slug})
        if article is None:
            raise await _slug_taken(tx, caller, data.slug)
    else:
        article = await _insert_numbered(tx, values, slugify(data.title))
    tx.after_commit(CHANGED)
    return article


def _columns(enclosure: Enclosure | None) -> dict[str, Any]:
    """Return the columns of an enclosure, or of none."""
    return {
        "enclosure_url": enclosure and enclosure.url,
        "enclosure_type": enclosure and enclosure.type,
        "enclosure_bytes": enclosure and enclosure.bytes,
        "enclosure_seconds": enclosure and enclosure.seconds,
    }


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


async def _slug_taken(tx: Transaction, caller: Principal, slug: str) -> SlugTaken:
    """Return the refusal of a slug, which tells of its holder what the caller may see."""
    holder = await queries.find_holder(tx, slug)
    if holder is None:  # it has been given up since
        return SlugTaken(field="slug")
    if holder.status == "published" or holder.author_id == caller.id or caller.may(SEE_ALL):
        known = {"id": holder.id, "title": holder.title, "status": holder.status}
        message = f"“{holder.title}” ({holder.status}) already uses this slug."
    else:
        known = {"status": "unpublished"}
        message = "An article that is not published yet, and that you cannot see, already uses this slug."
    return SlugTaken(message, field="slug", details={"slug": message, "holder": known})


def _publication(status: str, wanted: datetime | None) -> Any:
    """Return when an article of this status appears: as wanted, or at once. Raise Invalid for an implausible time."""
    check_moment("published_at", wanted)
    return wanted if wanted is not None or status != "published" else NOW


async def _lock_article(tx: Transaction, caller: Principal, slug: str) -> Article:
    try:
        return await queries.lock_article(tx, slug)
    except NotFound:
        if caller.may(RESTORE) and await queries.find_archived(tx, slug) is not None:
            raise ArticleArchived from None
        raise


async def access_article(tx: Transaction, caller: Principal, slug: str) -> Article:
    """Return the article, locked, if the caller may edit it: its author, or one who may edit everybody's.

    Raise NotFound, Forbidden, and ArticleArchived to those who may restore it.
    """
    article = await _lock_article(tx, caller, slug)
    if article.author_id != caller.id and not caller.may("articles:update-any"):
        raise Forbidden("You can edit your own articles only.")
    return article


async def update_article(
    tx: Transaction, caller: Principal, slug: str, data: ArticleUpdate, *, expected: int | None
) -> Article:
    """Change the given fields.

    Raise NotFound, Forbidden, ArticleArchived, PreconditionFailed, SlugTaken, UnknownCategory.
    """
    before = await access_article(tx, caller, slug)
    check_version(expected, before.version)
    values = _changes(before, data)
    if not values:
        return before
    if "slug" in values:
        if await queries.find_holder(tx, values["slug"]) is not None:
            raise await _slug_taken(tx, caller, values["slug"])
        await queries.keep_old_slug(tx, before.id, before.slug, values["slug"])
    article = await queries.update_article(tx, before.id, values)
    tx.after_commit(CHANGED)
    return article


def _changes(before: Article, data: ArticleUpdate) -> dict[str, Any]:
    given = given_fields(data, "title", "slug", "status", "category_id", "featured_image", "enclosure")
    if data.content is not UNSET:
        given["content"] = data.content
    if data.excerpt is not UNSET:
        given["excerpt"] = data.excerpt or make_excerpt(given.get("content", before.content))
    elif "content" in given and before.excerpt == make_excerpt(before.content):
        given["excerpt"] = make_excerpt(given["content"])
    given["published_at"] = _moment(before, data)
    changed = changed_fields(before, given)
    if changed.get("status") == "published" and before.status == "scheduled":
        del changed["status"]  # it is stored as published, and only its time lies ahead
    if "enclosure" in changed:
        changed |= _columns(changed.pop("enclosure"))
    return changed


def _moment(before: Article, data: ArticleUpdate) -> Any:
    """Return when the article appears after this change. Raise Invalid for an implausible time.

    `{"status": "published"}` publishes a scheduled article now; with a time beside it that lies ahead, it is planned.
    """
    if data.status == "published" and data.published_at is UNSET and before.status == "scheduled":
        return NOW
    wanted = data.published_at if data.published_at is not UNSET else before.published_at
    status = "published" if before.status == "scheduled" and data.status is UNSET else before.status
    return _publication(status if data.status is UNSET else data.status, wanted)


async def archive_article(tx: Transaction, caller: Principal, slug: str, *, expected: int | None) -> None:
    """Archive an article: it is kept in the trash, with its former addresses. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_article(tx, slug)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.TRASH, before.id, by=caller)
    tx.after_commit(CHANGED)


async def unname_author(tx: Transaction, account_id: int) -> None:
    """Remove the author's name from the articles of an account that is being deleted; the station keeps them."""
    tx.after_commit(CHANGED)
