"""Which routes' answers are kept, for how long, and under which tags; read off the routes' signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

__all__ = ["CacheRules", "Cached"]


class Cached(msgspec.Struct, frozen=True):
    """Anonymous answers of this route are kept for `ttl_seconds`, or until one of `tags` is invalidated.

    Written as `response_cache=Cached(…)` in the route's decorator.
    """

    tags: tuple[str, ...]
    ttl_seconds: int


class CacheRules:
    """Finds the rule of a path: fixed paths by a dictionary, the others by their patterns."""

    def __init__(self, routes: Iterable[tuple[str, Cached]]) -> None:
        self._fixed: dict[str, Cached] = {}
        self._patterns: list[tuple[re.Pattern[str], Cached]] = []
        for template, rule in routes:
            if "{" not in template:
                self._fixed[template] = rule
            else:
                pattern = re.sub(r"\{[^}]*:int\}", r"-?[0-9]+", template)
                pattern = re.sub(r"\{[^}]*\}", r"[^/]+", pattern)
                self._patterns.append((re.compile(pattern + r"\Z"), rule))

    def find(self, path: str) -> Cached | None:
        """The rule for a request path."""
        path = path.rstrip("/") or "/"
        rule = self._fixed.get(path)
        if rule is not None:
            return rule
        return next((rule for pattern, rule in self._patterns if pattern.match(path)), None)
