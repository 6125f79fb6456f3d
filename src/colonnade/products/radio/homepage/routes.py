"""The homepage in one answer."""

from __future__ import annotations

from colonnade.kernel.core import now
from colonnade.kernel.http import Cached, Ok, Router, anyone, get
from colonnade.kernel.product import Services
from colonnade.products.radio.clock import station_zone
from colonnade.products.radio.homepage.queries import fetch_homepage
from colonnade.products.radio.homepage.schemas import Homepage

__all__ = ["ROUTES"]

CACHED = Cached(tags=("homepage",), ttl_seconds=300)


@get("/", guards=[anyone()], response_cache=CACHED)
async def show_homepage(services: Services) -> Ok[Homepage]:
    """Latest articles, today's schedule, announcements, pictures and testimonials.

    A section that cannot be read is null and named in `errors`; the rest is served.
    """
    homepage, fresh_until = await fetch_homepage(
        services.db, services.storage.url, station_zone(services), now()
    )
    return Ok(homepage, fresh_until=fresh_until)


ROUTES = Router("/homepage", route_handlers=[show_homepage], tags=["Pages"])
