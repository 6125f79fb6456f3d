"""Finds the routes of a path: a tree of its parts, built once.

A template's parameters have a type: `int` (as one writes it, 32 bits), `str` (one part), `uuid`, and `path` (all that
is left, with a slash in front). At one place a fixed part is preferred to a parameter. Empty parts do not count:
`/a//b/` is `/a/b`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["PathTree", "Routes", "parameters_in"]

T = TypeVar("T")

MAX_INTEGER_ID = 2**31 - 1

_TEMPLATE = re.compile(r"\{(\w+):(\w+)\}\Z")
_ONE, _REST, _HERE = "{}", "{*}", ""  # keys of the tree that no part of a path equals


def _integer(text: str) -> int:
    """Read an integer. One address per id: `1_0`, `+1`, `007` and digits of other scripts are none."""
    if len(text) > 11 or str(value := int(text)) != text or not -MAX_INTEGER_ID <= value <= MAX_INTEGER_ID:
        raise ValueError(text)
    return value


_READERS: dict[str, Callable[[str], Any]] = {"int": _integer, "str": str, "uuid": uuid.UUID, "path": str}


def parameters_in(path: str) -> dict[str, str]:
    """Return the parameters of a template and their types. Raise ValueError for one that is malformed."""
    found: dict[str, str] = {}
    for part in path.split("/"):
        if "{" not in part and "}" not in part:
            continue
        match = _TEMPLATE.match(part)
        if match is None or match[2] not in _READERS or match[1] in found:
            raise ValueError(
                f"{path}: a parameter is written {{name:type}}, with one of {', '.join(_READERS)}"
            )
        found[match[1]] = match[2]
    return found


class Routes(Generic[T]):
    """The routes of one place in the tree, by method, each with the names and readers of its parameters."""

    def __init__(self) -> None:
        self.by_method: dict[str, tuple[T, list[tuple[str, Callable[[str], Any]]]]] = {}

    def allowed(self) -> str:
        """Return the value of `Allow`; a route for GET answers HEAD as well, and all answer OPTIONS."""
        return ", ".join(
            sorted({*self.by_method, "OPTIONS", *(("HEAD",) if "GET" in self.by_method else ())})
        )


class PathTree(Generic[T]):
    """Routes by path and method."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}
        self._fixed: dict[str, Routes[T]] = {}

    def add(self, method: str, path: str, route: T) -> None:
        """Add a route. Raise ValueError for a malformed template."""
        kinds = parameters_in(path)
        node = self._root
        for part in filter(None, path.split("/")):
            key = part if part[0] != "{" else _REST if part.endswith(":path}") else _ONE
            node = node.setdefault(key, {})
        routes = node.setdefault(_HERE, Routes())
        routes.by_method[method] = (route, [(name, _READERS[kind]) for name, kind in kinds.items()])
        if not kinds:
            self._fixed[path] = routes

    def find(self, path: str) -> tuple[Routes[T] | None, list[str]]:
        """Return the routes of `path`, or None, and the texts of its parameters."""
        if (routes := self._fixed.get(path)) is not None:
            return routes, []
        node, texts = self._root, []
        parts = list(filter(None, path.split("/")))
        for number, part in enumerate(parts):
            if part in node and part not in (_ONE, _REST):
                node = node[part]
            elif _ONE in node:
                node = node[_ONE]
                texts.append(part)
            elif _REST in node:
                return node[_REST].get(_HERE), [*texts, "/" + "/".join(parts[number:])]
            else:
                return None, texts
        return node.get(_HERE), texts
