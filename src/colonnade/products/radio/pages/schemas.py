"""Shapes of static pages, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, Line
from colonnade.kernel.text import RichText, as_html
from colonnade.products.radio.shared.schemas import SAFE_HTML, ShortText, Slug

__all__ = ["Page", "PageCreate", "PageSlugTaken", "PageSummary", "PageUpdate"]

PageContent = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500_000,
        description="Safe HTML. What is sent may be any HTML, or a text with `format: text`.",
        examples=["<p>El Shaddai FM mengudara sejak 1998.</p>"],
        extra=as_html(SAFE_HTML),
    ),
]


class Description(Line, max_length=500):
    """One sentence for search engines."""


class PageSummary(Struct, frozen=True):
    """A static page without its content."""

    id: int
    title: str
    slug: str
    description: str | None
    created_at: datetime
    updated_at: datetime


class Page(Struct, frozen=True):
    """A static page; `content` is safe HTML."""

    id: int
    title: str
    slug: str
    content: str
    description: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class PageCreate(RichText, frozen=True):
    """A new page; its slug is made from the title when none is given."""

    title: ShortText
    content: PageContent
    slug: Slug | None = None
    description: Description | None = None


class PageUpdate(RichText, frozen=True):
    """The changes of a page."""

    title: ShortText | UnsetType = UNSET
    content: PageContent | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET


class PageSlugTaken(Conflict):
    """Another page has the requested slug."""

    code = "PAGE_SLUG_TAKEN"
    message = "Another page already uses this slug."
