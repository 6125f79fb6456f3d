"""Names that a slice cannot have because the kernel, or the product, answers there or describes other routes so.

They are read from the code: the routes that every product has, the prefixes of those that a product may mount, and the
tags of both.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import colonnade.kernel
from colonnade.app.scaffold.errors import Refused
from colonnade.app.scaffold.names import SliceNames
from colonnade.kernel.access import Policy
from colonnade.kernel.http import Api, SuccessEnvelope, list_routes
from colonnade.kernel.realtime import SocketSetup

__all__ = ["check_not_taken", "check_not_taken_in", "kernel_addresses", "kernel_tags"]


def check_not_taken(names: SliceNames) -> None:
    """Raise Refused if the kernel has routes at the address, or with the tag, that the slice would have."""
    remedy = f"Choose another name, such as site_{names.plural}."
    if names.slug in kernel_addresses():
        raise Refused(
            f"A slice cannot be called {names.plural}: the kernel answers at /{names.slug}. {remedy}"
        )
    if tag := _same(names, kernel_tags()):
        raise Refused(
            f"A slice cannot be called {names.plural}: the kernel describes its own routes as {tag}. {remedy}"
        )


def check_not_taken_in(product: str, code: Path, reviewed: str, names: SliceNames, prefix: str) -> None:
    """Raise Refused if the product has such routes already; `reviewed` is the text of its permissions.txt."""
    address = f"{prefix}/{names.slug}"
    paths = [line.split()[1] for line in reviewed.splitlines() if line.strip() and not line.startswith("#")]
    if any(f"{path}/".startswith(f"{address}/") for path in paths):
        raise Refused(f"{product} has routes at {address} already: choose another name.")
    if tag := _same(names, _tags_in(code)):
        raise Refused(f"{product} describes other routes as {tag} already: choose another name.")


@functools.cache
def kernel_addresses() -> frozenset[str]:
    """Return the first parts of the kernel's addresses: those of every product, and those that it may mount."""
    bare = Api(
        name="bare",
        title="",
        description="",
        envelope=SuccessEnvelope(),
        policy=Policy({}, {}),
        routes=[],
        sockets=SocketSetup(),
    )
    paths = [route.path for route in list_routes(bare)]
    paths += [prefix for tree in _trees(_kernel()) for prefix in _prefixes(tree)]
    return frozenset(path.split("/")[1] for path in paths) - {"", bare.name}


@functools.cache
def kernel_tags() -> frozenset[str]:
    """Return the names of the kernel's tags."""
    return frozenset(_tags_in(_kernel()))


def _kernel() -> Path:
    return Path(colonnade.kernel.__path__[0])


def _trees(folder: Path) -> Iterator[ast.Module]:
    for path in sorted(folder.rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def _prefixes(tree: ast.Module) -> Iterator[str]:
    """Yield where functions such as `role_routes(prefix="/roles")` mount their routes if they are not told."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.endswith("_routes"):
            defaults = zip(reversed(node.args.args), reversed(node.args.defaults), strict=False)
            for argument, default in defaults:
                if argument.arg == "prefix" and isinstance(default, ast.Constant) and default.value:
                    yield str(default.value)


def _tags_in(folder: Path) -> Iterator[str]:
    """Yield the names of tags: the first argument of every `Tag(…)`."""
    for tree in _trees(folder):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="Tag"), args=[ast.Constant(value=str(name)), *_]):
                    yield name


def _same(names: SliceNames, tags: Iterable[str]) -> str | None:
    """Return the tag that a reader would take for the slice's, or None."""
    own = names.texts.casefold()
    return next((tag for tag in tags if tag.casefold().replace("-", " ") == own), None)
