"""Reads the homepage's sections concurrently, each through the queries of its own slice.

A section that fails does not prevent the others from being shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog

from colonnade.kernel.core import Problem, Unavailable
from colonnade.kernel.db import Executor, as_problem
from colonnade.products.radio.announcements import queries as announcements
from colonnade.products.radio.announcements.schemas import Announcement
from colonnade.products.radio.articles import queries as articles
from colonnade.products.radio.articles.schemas import Article, ArticleFilters
from colonnade.products.radio.gallery import queries as gallery
from colonnade.products.radio.gallery.schemas import PictureFilters
from colonnade.products.radio.homepage.schemas import HomeArticle, Homepage
from colonnade.products.radio.programs.queries import schedule as programs
from colonnade.products.radio.programs.schemas import ScheduleDay
from colonnade.products.radio.shared.rules.clock import next_midnight
from colonnade.products.radio.testimonials import queries as testimonials

__all__ = ["fetch_homepage"]

log = structlog.get_logger(__name__)

ARTICLES, ANNOUNCEMENTS, PICTURES, TESTIMONIALS = 6, 5, 8, 6
PARTIAL_TTL = timedelta(seconds=5)
"""How long an incomplete answer may be cached: long enough to spare an overloaded database."""


async def fetch_homepage(
    db: Executor, url: Callable[[str], str], zone: ZoneInfo, moment: datetime
) -> tuple[Homepage, datetime]:
    """Return the homepage as of `moment`, and until when it is valid unless something is edited.

    `url` turns a stored file's key into its public path. Raise Unavailable if no section can be read.
    """
    changes: list[datetime] = [next_midnight(zone, moment)]

    async def latest_articles() -> list[HomeArticle]:
        # Queried before the list: a change in between then expires this answer instead of being missed.
        _note(changes, await articles.find_next_publication(db))
        found = await articles.list_articles(
            db, ArticleFilters(), sort_by="published_at", order="desc", limit=ARTICLES, offset=0, most_bytes=0
        )
        return [_shorten(article) for article in found]

    async def todays_schedule() -> ScheduleDay:
        today = moment.astimezone(zone).date()
        broadcasts = await programs.list_broadcasts_during(db, today, zone)
        return ScheduleDay(date=today, weekday=today.isoweekday(), broadcasts=broadcasts)

    async def current_announcements() -> list[Announcement]:
        _note(changes, await announcements.find_next_change(db))
        return await announcements.list_announcements(db, limit=ANNOUNCEMENTS)

    sections: dict[str, Awaitable[Any]] = {
        "articles": latest_articles(),
        "schedule": todays_schedule(),
        "announcements": current_announcements(),
        "gallery": gallery.list_pictures(db, PictureFilters(), url, limit=PICTURES),
        "testimonials": testimonials.list_approved(db, limit=TESTIMONIALS),
    }
    results = await asyncio.gather(*sections.values(), return_exceptions=True)
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, result in zip(sections, results, strict=True):
        if isinstance(result, BaseException):
            errors[name] = _code(name, result)
            result = None
        found[name] = result
    if len(errors) == len(sections):
        raise Unavailable
    if errors:
        changes.append(moment + PARTIAL_TTL)
    return Homepage(**found, errors=errors), min(changes)


def _note(changes: list[datetime], change: datetime | None) -> None:
    # PostgreSQL's infinity arrives without a time zone, and never comes to pass.
    if change is not None and change.tzinfo is not None:
        changes.append(change)


def _shorten(article: Article) -> HomeArticle:
    return msgspec.convert(article, HomeArticle, from_attributes=True)


def _code(section: str, error: BaseException) -> str:
    """Log an error and return its code; raise a cancellation again."""
    if not isinstance(error, Exception):
        raise error
    problem = error if isinstance(error, Problem) else as_problem(error)
    if problem is not None:
        log.warning("homepage section failed", section=section, code=problem.code)
        return problem.code
    log.error("homepage section failed", section=section, exc_info=error)
    return Problem.code
