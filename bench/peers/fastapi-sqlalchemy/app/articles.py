"""Reads of articles and categories through the ORM."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from .errors import Problem
from .models import Article, Category, User
from .schemas import ArticleFilters, ArticleOut, CategoryOut, Ok, Page, Pagination

_WHOLE = (
    joinedload(Article.author, innerjoin=True).load_only(User.name),
    joinedload(Article.category).load_only(Category.name, Category.slug),
)


def _words(search: str) -> Any:
    """Return the query of `search` as a subquery, so that PostgreSQL reads the words once instead of once per row."""
    forms = (
        func.websearch_to_tsquery(literal_column(f"'{name}'::regconfig"), search)
        for name in ("indonesian", "simple")
    )
    first, second = forms
    return select(first.op("||")(second)).scalar_subquery()


def _matching(statement: Select[Any], filters: ArticleFilters) -> Select[Any]:
    """Add the filters; anonymous callers see published articles whatever they ask for."""
    statement = statement.where(Article.status == "published")
    if filters.search:
        statement = statement.where(Article.search_vector.op("@@")(_words(filters.search)))
    if filters.category:
        chosen = select(Category.id).where(Category.slug == filters.category).scalar_subquery()
        statement = statement.where(Article.category_id == chosen)
    if filters.author:
        statement = statement.where(Article.author_id == filters.author)
    return statement


def _ordered(statement: Select[Any], filters: ArticleFilters) -> Select[Any]:
    if filters.search:
        rank = func.ts_rank(Article.search_vector, _words(filters.search))
        return statement.order_by(rank.desc(), Article.id.desc())
    chosen = (getattr(Article, filters.sort_by), Article.id)
    return statement.order_by(
        *(column.asc() if filters.sort_order == "asc" else column.desc() for column in chosen)
    )


async def list_articles(session: AsyncSession, filters: ArticleFilters) -> Page[ArticleOut]:
    """Return a page. A search chooses it by id first, so that ranking never carries the articles' contents."""
    paged = _ordered(_matching(select(Article.id), filters), filters)
    paged = paged.limit(filters.limit).offset((filters.page - 1) * filters.limit)
    ids = (await session.scalars(paged)).all()
    found = await session.scalars(select(Article).options(*_WHOLE).where(Article.id.in_(ids)))
    by_id = {article.id: article for article in found}
    total = await session.scalar(_matching(select(func.count(Article.id)), filters)) or 0
    return Page[ArticleOut](
        data=[ArticleOut.model_validate(by_id[number]) for number in ids],
        pagination=Pagination(
            page=filters.page,
            limit=filters.limit,
            total=total,
            total_pages=math.ceil(total / filters.limit),
            has_next=filters.page * filters.limit < total,
            has_prev=filters.page > 1,
        ),
    )


async def fetch_article(session: AsyncSession, slug: str) -> dict[str, Any]:
    """Return a published article. Raise Problem."""
    article = await session.scalar(
        select(Article).options(*_WHOLE).where(Article.slug == slug, Article.status == "published")
    )
    if article is None:
        raise Problem(404, "NOT_FOUND", "Article not found")
    return {"data": article}


async def fetch_category(session: AsyncSession, category_id: int) -> dict[str, Any]:
    """Return a category. Raise Problem."""
    category = await session.get(Category, category_id)
    if category is None:
        raise Problem(404, "NOT_FOUND", "Category not found")
    return {"data": category}


async def list_categories(session: AsyncSession) -> Ok[list[CategoryOut]]:
    """Return all categories, by name."""
    found = await session.scalars(select(Category).order_by(Category.name, Category.id))
    return Ok[list[CategoryOut]](data=[CategoryOut.model_validate(category) for category in found])
