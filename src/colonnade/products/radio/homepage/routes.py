"""The homepage in one answer."""

from __future__ import annotations

from colonnade.kernel.core import now
from colonnade.kernel.db import Database
from colonnade.kernel.http import Cached, Ok, Router, anyone, get
from colonnade.kernel.storage import Storage
from colonnade.products.radio.homepage.queries import fetch_homepage
from colonnade.products.radio.homepage.schemas import Homepage
from colonnade.products.radio.shared.schemas import StationSettings

__all__ = ["ROUTES"]

CACHED = Cached(tags=("homepage",), ttl_seconds=300)


@get("/", guards=[anyone()], response_cache=CACHED)
async def show_homepage(db: Database, storage: Storage, station: StationSettings) -> Ok[Homepage]:
    """Latest articles, today's schedule, announcements, pictures and testimonials.

    A section that cannot be read is null and named in `errors`; the rest is served.
    """
    homepage, fresh_until = await fetch_homepage(db, storage.url, station.zone, now())
    return Ok(homepage, fresh_until=fresh_until)


ROUTES = Router("/homepage", route_handlers=[show_homepage], tags=["Pages"])
