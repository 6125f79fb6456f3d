"""Routes: validate, answer from the cache or from the database."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import text

from .articles import fetch_article, fetch_category, list_articles, list_categories
from .cache import answer_cached
from .caller import Caller
from .db import Session
from .schemas import ArticleFilters, ArticleOut, CategoryOut, Ok, Page

router = APIRouter()


@router.get("/articles", response_model=Page[ArticleOut])
async def articles(
    filters: Annotated[ArticleFilters, Query()], request: Request, session: Session, _: Caller
) -> Any:
    """A page of articles; pages without a search come from the cache."""
    if filters.search:
        return await list_articles(session, filters)
    return await answer_cached(
        f"articles:{filters.model_dump_json()}", request, partial(list_articles, session, filters)
    )


@router.get("/articles/{slug}", response_model=Ok[ArticleOut])
async def article(slug: Annotated[str, Path(max_length=500)], session: Session, _: Caller) -> Any:
    """One article."""
    return await fetch_article(session, slug)


@router.get("/categories", response_model=Ok[list[CategoryOut]])
async def categories(request: Request, session: Session, _: Caller) -> Response:
    """Every category, from the cache."""
    return await answer_cached("categories", request, partial(list_categories, session))


@router.get("/categories/{category_id}", response_model=Ok[CategoryOut])
async def category(category_id: Annotated[int, Path(ge=1, le=2**31 - 1)], session: Session, _: Caller) -> Any:
    """One category."""
    return await fetch_category(session, category_id)


@router.get("/health/ready")
async def ready(session: Session) -> dict[str, str]:
    """Readiness: the database answers."""
    await session.execute(text("SELECT 1"))
    return {"status": "healthy"}
