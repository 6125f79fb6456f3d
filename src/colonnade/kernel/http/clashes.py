"""Finds routes of a product that contradict each other, before an application is made of them.

Litestar finds the first kind when a server starts, and nobody the second until the API description is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from colonnade.kernel.http.tags import Tag

__all__ = ["check_distinct", "tag_texts"]


def check_distinct(routes: Iterable[Any]) -> None:
    """Raise ValueError where two handlers answer one method at one address, or one tag has two texts."""
    found: dict[tuple[str, str], HTTPRouteHandler] = {}
    handlers = []
    for path, handler in _handlers(routes):
        handlers.append(handler)
        shape = re.sub(r"\{\w+", "{", path)
        for method in sorted(str(method) for method in handler.http_methods if str(method) != "OPTIONS"):
            first = found.setdefault((method, shape), handler)
            if first is not handler:
                raise ValueError(f"{method} {path} is there twice: {_name_of(first)} and {_name_of(handler)}")
    tag_texts(handlers)


def tag_texts(handlers: Iterable[HTTPRouteHandler]) -> dict[str, str]:
    """Return each tag's name with its text, in the order of the routes. Raise ValueError for a tag with two texts."""
    found: dict[str, str] = {}
    for handler in handlers:
        for tag in (tag for layer in handler.ownership_layers for tag in layer.tags or ()):
            about = tag.about if isinstance(tag, Tag) else ""
            known = found.setdefault(str(tag), about)
            if about and known not in ("", about):
                raise ValueError(f"the tag {tag} has two texts: {known!r} and {about!r}")
            found[str(tag)] = known or about
    return found


def _handlers(routes: Iterable[Any]) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield path and handler of everything below the routers, and of handlers that stand alone."""
    for each in routes:
        router = each if isinstance(each, Router) else Router("/", route_handlers=[each])
        for route in router.routes:
            for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
                yield route.path, handler


def _name_of(handler: HTTPRouteHandler) -> str:
    function: Any = handler.opt.get("function", handler.fn)
    return f"{function.__module__}.{function.__name__}"
