"""Finds the route of a path: a tree of its parts, built once.

A template's parameters have a type: `int` (as one writes it, 32 bits), `str` (one part), `uuid`, and `path` (all that
is left, with a slash in front). At one place a fixed part is preferred to a parameter. Empty parts do not count:
`/a//b/` is `/a/b`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["PATH_TYPES", "Found", "PathTree", "parameters_in"]

T = TypeVar("T")

_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,9})\Z")
_TEMPLATE = re.compile(r"\{(\w+):(\w+)\}\Z")
MAX_INTEGER_ID = 2**31 - 1


class NoSuchPath(ValueError):
    """A part of the path is not what its parameter takes."""


def _integer(text: str) -> int:
    """Read an integer. One address per id: `1_0`, `+1`, `007` and digits of other scripts are none."""
    if not _INTEGER.match(text) or not -MAX_INTEGER_ID <= (value := int(text)) <= MAX_INTEGER_ID:
        raise NoSuchPath
    return value


PATH_TYPES: dict[str, Callable[[str], Any]] = {"int": _integer, "str": str, "uuid": uuid.UUID, "path": str}
"""What reads the text of a parameter, by the type that its template names; ValueError if it is not of that type."""


def parameters_in(path: str) -> dict[str, str]:
    """Return the parameters of a template and their types. Raise ValueError for one that is malformed."""
    found: dict[str, str] = {}
    for part in path.split("/"):
        if "{" not in part and "}" not in part:
            continue
        match = _TEMPLATE.match(part)
        if match is None or match[2] not in PATH_TYPES or match[1] in found:
            raise ValueError(
                f"{path}: a parameter is written {{name:type}}, with one of {', '.join(PATH_TYPES)}"
            )
        found[match[1]] = match[2]
    return found


class Found(Generic[T]):
    """The routes of a path by method."""

    __slots__ = ("by_method", "readers")

    def __init__(self) -> None:
        self.by_method: dict[str, T] = {}
        self.readers: dict[str, tuple[tuple[str, Callable[[str], Any]], ...]] = {}

    def methods(self) -> str:
        """Return the value of `Allow`; a route for GET answers HEAD as well, and all answer OPTIONS."""
        return ", ".join(
            sorted({*self.by_method, "OPTIONS", *(("HEAD",) if "GET" in self.by_method else ())})
        )

    def values(self, method: str, texts: list[str]) -> dict[str, Any] | None:
        """Return the parameters' values, or None if one is not of its type."""
        try:
            return {name: read(text) for (name, read), text in zip(self.readers[method], texts, strict=True)}
        except ValueError:
            return None


class _Node(Generic[T]):
    __slots__ = ("below", "children", "found", "rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.below: _Node[T] | None = None
        self.rest = False
        self.found: Found[T] | None = None


class PathTree(Generic[T]):
    """Routes by path and method."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._fixed: dict[str, Found[T]] = {}

    def add(self, method: str, path: str, route: T) -> None:
        """Add a route. Raise ValueError for a malformed template."""
        kinds = parameters_in(path)
        node = self._root
        for part in path.split("/"):
            if not part:
                continue
            if part[0] != "{":
                node = node.children.setdefault(part, _Node())
                continue
            if node.below is None:
                node.below = _Node()
            node = node.below
            node.rest = node.rest or part.endswith(":path}")
        if node.found is None:
            node.found = Found()
        node.found.by_method[method] = route
        node.found.readers[method] = tuple((name, PATH_TYPES[kind]) for name, kind in kinds.items())
        if not kinds:
            self._fixed[path] = node.found

    def find(self, path: str) -> tuple[Found[T] | None, list[str]]:
        """Return the routes of `path` and the texts of its parameters; None if there are none."""
        found = self._fixed.get(path)
        if found is not None:
            return found, []
        texts: list[str] = []
        node = self._root
        parts = [part for part in path.split("/") if part]
        for number, part in enumerate(parts):
            child = node.children.get(part)
            if child is not None:
                node = child
            elif node.below is None:
                return None, texts
            else:
                node = node.below
                if node.rest:
                    texts.append("/" + "/".join(parts[number:]))
                    break
                texts.append(part)
        return node.found, texts
