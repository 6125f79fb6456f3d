"""Shapes of articles and categories, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, Invalid, Line, Token
from colonnade.kernel.text import RichText, as_html
from colonnade.products.radio.shared.schemas import NO_TAGS, SAFE_HTML, Id, ImageUrl, Moment, Slug

__all__ = [
    "Article",
    "ArticleArchived",
    "ArticleCreate",
    "ArticleFilters",
    "ArticleUpdate",
    "Author",
    "CategoryRef",
    "Enclosure",
    "SlugTaken",
    "SortBy",
    "SortOrder",
    "StatusFilter",
    "UnknownCategory",
]

Content = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=500_000,
        description="Safe HTML. What is sent may be any HTML, or a text with `format: text`.",
        examples=["<p>Shalom, sahabat El Shaddai.</p>"],
        extra=as_html(SAFE_HTML),
    ),
]
Status = Literal["draft", "published"]
StatusFilter = Literal["draft", "scheduled", "published", "archived"]
SortBy = Literal["created_at", "updated_at", "published_at", "title"]
SortOrder = Literal["asc", "desc"]


class Title(Line, min_length=5, max_length=500, examples=["Kebaktian Pagi Bersama Keluarga"]):
    """The title of an article."""


Excerpt = Annotated[
    str,
    Meta(
        max_length=500,
        description="What lists show of an article: text without tags, encoded as in HTML (`&amp;`, `&lt;`).",
        examples=["Tuhan &amp; kita, setiap pagi."],
        extra=as_html(NO_TAGS),
    ),
]


class Author(Struct, frozen=True):
    """The author of an article."""

    id: int
    name: str


class CategoryRef(Struct, frozen=True):
    """The category of an article."""

    id: int
    name: str
    slug: str


class RecordingType(
    Token,
    pattern=r"(?:audio|video)/[a-z0-9][a-z0-9.+-]{0,80}",
    rule="must be a media type of sound or video, such as audio/mpeg",
    max_length=100,
    examples=["audio/mpeg"],
):
    """The media type of a recording."""


class Enclosure(Struct, frozen=True):
    """The recording that goes with an article, as podcasts have one: its media type, length in bytes, and duration."""

    url: ImageUrl
    type: RecordingType
    bytes: Annotated[int, Meta(ge=1, le=2**40)]
    seconds: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class Article(Struct, frozen=True):
    """An article; `status` is `scheduled` while its `published_at` lies ahead.

    `content` is safe HTML, `excerpt` a text that is encoded as in HTML (`&amp;`, `&lt;`), and `snippet` (search results
    only) such a text with the found words in `<mark>`.
    """

    id: int
    title: str
    slug: str
    content: str
    excerpt: str
    status: StatusFilter
    author_id: int
    category_id: int | None
    featured_image: str | None
    published_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    author: Author
    category: CategoryRef | None
    enclosure: Enclosure | None
    snippet: str | UnsetType = UNSET


class ArticleCreate(RichText, frozen=True):
    """A new article; `format` says what `content` and `excerpt` are sent as."""

    title: Title
    content: Content
    slug: Slug | None = None
    status: Status = "draft"
    category_id: Id | None = None
    excerpt: Excerpt | None = None
    featured_image: ImageUrl | None = None
    published_at: Moment | None = None
    enclosure: Enclosure | None = None


class ArticleUpdate(RichText, frozen=True):
    """The changes of an article; absent fields stay, `null` clears a field that may be empty."""

    title: Title | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    category_id: Id | UnsetType | None = UNSET
    excerpt: Excerpt | UnsetType | None = UNSET
    featured_image: ImageUrl | UnsetType | None = UNSET
    published_at: Moment | UnsetType | None = UNSET
    enclosure: Enclosure | UnsetType | None = UNSET


class ArticleFilters(Struct, frozen=True):
    """The filters of a list of articles; `recorded` asks for those that have a recording."""

    status: StatusFilter | None = None
    category: str | None = None
    search: str | None = None
    author: int | None = None
    unpublished: bool = False
    recorded: bool = False


class SlugTaken(Conflict):
    """Another article has the requested slug; `details.holder` says which, as far as the caller may know."""

    code = "SLUG_TAKEN"
    message = "Another article already uses this slug."


class ArticleArchived(Conflict):
    """No update reaches an archived article; for those who may restore it."""

    code = "ARTICLE_ARCHIVED"
    message = "This article is archived: restore it first."


class UnknownCategory(Invalid):
    """`category_id` names no category."""

    code = "VALIDATION_ERROR"
