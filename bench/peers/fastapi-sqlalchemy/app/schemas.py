"""What comes in and goes out, as pydantic models."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Shown(BaseModel):
    """Something shown, read from an ORM object."""

    model_config = ConfigDict(from_attributes=True)


class AuthorOut(Shown):
    """The author of an article."""

    id: int
    name: str


class CategoryRef(Shown):
    """The category of an article."""

    id: int
    name: str
    slug: str


class CategoryOut(CategoryRef):
    """A category."""

    description: str | None
    created_at: datetime


class ArticleOut(Shown):
    """An article."""

    id: int
    title: str
    slug: str
    content: str
    excerpt: str | None
    status: str
    author_id: int
    category_id: int | None
    featured_image: str | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    author: AuthorOut
    category: CategoryRef | None


class Pagination(BaseModel):
    """Where a page lies among all."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Ok(Shown, Generic[T]):
    """The envelope of an answer."""

    success: Literal[True] = True
    data: T


class Page(Ok[list[T]], Generic[T]):
    """The envelope of a page."""

    pagination: Pagination


class ArticleFilters(BaseModel):
    """The query of a list of articles."""

    model_config = ConfigDict(alias_generator=to_camel)

    page: int = Field(1, ge=1, le=1_000_000)
    limit: int = Field(10, ge=1, le=50)
    status: Literal["draft", "published", "archived"] | None = None
    category: str | None = Field(None, max_length=500)
    search: str | None = Field(None, max_length=100)
    author: int | None = Field(None, ge=1, le=2**31 - 1)
    sort_by: Literal["created_at", "updated_at", "published_at", "title"] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
