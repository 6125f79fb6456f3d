"""The shape of the homepage."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from colonnade.products.radio.announcements.schemas import Announcement
from colonnade.products.radio.articles.schemas import Author, CategoryRef
from colonnade.products.radio.gallery.schemas import Picture
from colonnade.products.radio.programs.schemas import ScheduleDay
from colonnade.products.radio.testimonials.schemas import Testimonial

__all__ = ["HomeArticle", "Homepage"]


class HomeArticle(Struct, frozen=True):
    """An article without its content."""

    id: int
    title: str
    slug: str
    excerpt: str
    featured_image: str | None
    published_at: datetime | None
    author: Author
    category: CategoryRef | None


class Homepage(Struct, frozen=True):
    """The homepage; a section that could not be read is null, and `errors` has its code.

    `schedule` is today's, in the station's time zone, with what is on air at midnight: that started the day before.
    """

    articles: list[HomeArticle] | None
    schedule: ScheduleDay | None
    announcements: list[Announcement] | None
    gallery: list[Picture] | None
    testimonials: list[Testimonial] | None
    errors: dict[str, str]
