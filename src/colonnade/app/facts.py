"""Reads what a command on databases has to know of a product, without importing its slices.

`product.py` says it in the call of `Product(…)`. Where name, title and defaults are written there as literals, and the
migrations as `Path(__file__).parent / "<folder>"`, they are read from the text; the routes, and all that they import,
take a second to load. Of any other `product.py` nothing is read, and the product is loaded.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["Facts", "read_facts"]


@dataclass(frozen=True)
class Facts:
    """A product without its slices; a `Product` has all of these, too."""

    name: str
    title: str
    migrations: Path
    defaults: Mapping[str, Any] = field(default_factory=dict)


def read_facts(module: str, attribute: str) -> Facts | None:
    """Return the facts that `attribute = Product(…)` in `module` states; None if they are not written as literals.

    The packages around the module are imported. Nothing is raised: loading the product finds out what is wrong.
    """
    try:
        spec = find_spec(module)
        file = Path(spec.origin) if spec is not None and spec.origin is not None else None
        call = None if file is None else _call(ast.parse(file.read_bytes()), attribute)
        if file is None or call is None:
            return None
        given = {each.arg: each.value for each in call.keywords if each.arg is not None}
        return Facts(
            _literal(given["name"], str),
            _literal(given["title"], str),
            _folder(given["migrations"], file.parent),
            _literal(given["defaults"], dict) if "defaults" in given else {},
        )
    except (ImportError, OSError, SyntaxError, ValueError, KeyError):
        return None


def _call(tree: ast.Module, attribute: str) -> ast.Call | None:
    """Return the call of `Product` whose result is `attribute`, the only one, at the module's top level."""
    found = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and attribute in {ast.unparse(target) for target in node.targets}
    ]
    if len(found) != 1 or not isinstance(found[0], ast.Call) or ast.unparse(found[0].func) != "Product":
        return None
    return found[0]


def _literal(node: ast.expr, kind: type) -> Any:
    value = ast.literal_eval(node)
    if not isinstance(value, kind):
        raise ValueError(ast.unparse(node))
    return value


def _folder(node: ast.expr, parent: Path) -> Path:
    if not isinstance(node, ast.BinOp) or not isinstance(node.right, ast.Constant):
        raise ValueError(ast.unparse(node))
    if ast.unparse(node.left) != "Path(__file__).parent" or not isinstance(node.op, ast.Div):
        raise ValueError(ast.unparse(node))
    return parent / str(node.right.value)
