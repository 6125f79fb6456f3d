"""A budget that repeats do not spend belongs to a route that works in `once`, which spends it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import colonnade

SOURCE = Path(colonnade.__file__).parent


def routes_with_budgets() -> Iterator[tuple[str, bool, bool]]:
    """Yield each route that spends a budget: its place, whether its guard leaves that to `once`, and if it calls it."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            spending = [call for part in node.decorator_list for call in calls(part, "spends")]
            if spending:
                left = any(word.arg == "unless_repeated" for call in spending for word in call.keywords)
                name = f"{path.relative_to(SOURCE)}::{node.name}"
                yield name, left, any(True for part in node.body for _ in calls(part, "once"))


def calls(node: ast.AST, name: str) -> Iterator[ast.Call]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == name:
            yield each


def test_a_budget_is_left_to_once_where_once_is_called() -> None:
    found = list(routes_with_budgets())
    assert sum(left for _, left, _ in found) == 5
    assert [name for name, left, called in found if left != called] == []
