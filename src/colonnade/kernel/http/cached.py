"""Rules for caching answers, from the routes' decorators: which, for how long, and under which tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

__all__ = ["CacheRules", "Cached", "Rule"]


class Cached(msgspec.Struct, frozen=True):
    """Caches anonymous answers of a route for `ttl_seconds`, or until one of `tags` is invalidated.

    Written as `response_cache=Cached(…)` in the route's decorator.
    """

    tags: tuple[str, ...]
    ttl_seconds: int


class Rule(msgspec.Struct, frozen=True):
    """The template of a path's route, and how its answers are cached, if they are."""

    template: str
    cached: Cached | None


class CacheRules:
    """Finds the GET route of a path: fixed paths by a dictionary, the others by their patterns."""

    def __init__(self, routes: Iterable[tuple[str, str, Cached | None]]) -> None:
        self._fixed: dict[str, Rule] = {}
        self._patterns: list[tuple[re.Pattern[str], Rule]] = []
        for path, template, cached in routes:
            rule = Rule(template, cached)
            if "{" not in path:
                self._fixed[path] = rule
            elif cached is not None:
                pattern = re.sub(r"\{[^}]*:int\}", r"-?[0-9]+", path)
                pattern = re.sub(r"\{[^}]*\}", r"[^/]+", pattern)
                self._patterns.append((re.compile(pattern + r"\Z"), rule))

    def find(self, path: str) -> Rule | None:
        """Return the rule for a request path; None if no route matches or its answers are never cached."""
        rule = self._fixed.get(path)
        if rule is None and len(path) > 1 and path.endswith("/"):
            path = path.rstrip("/") or "/"
            rule = self._fixed.get(path)
        if rule is not None:
            return rule
        return next((rule for pattern, rule in self._patterns if pattern.match(path)), None)
