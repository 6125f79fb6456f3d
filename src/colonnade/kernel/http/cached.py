"""Says of a route how its answers are cached."""

from __future__ import annotations

import msgspec

__all__ = ["Cached"]


class Cached(msgspec.Struct, frozen=True):
    """Caches anonymous answers of a route for `ttl_seconds`, or until one of `tags` is invalidated.

    Written as `response_cache=Cached(…)` in the route's decorator.
    """

    tags: tuple[str, ...]
    ttl_seconds: int
