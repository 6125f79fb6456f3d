"""Modules and functions stay small enough to be read at once; what grows beyond that is split by use case."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import colonnade

SOURCE = Path(colonnade.__file__).parent

MODULE_LINES = 420
FUNCTION_LINES = 55
"""About 400 and 50, with room for the last sentence; a docstring costs a function nothing."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(function: Function) -> int:
    """Return the lines of a function from its name to its end, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def functions_of(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def test_modules_are_short() -> None:
    modules = {path: len(path.read_text().splitlines()) for path in SOURCE.rglob("*.py")}
    assert len(modules) > 500
    too_long = [
        f"{path.relative_to(SOURCE)}: {lines}" for path, lines in modules.items() if lines > MODULE_LINES
    ]
    assert not too_long, "\n".join(too_long)


def test_functions_are_short() -> None:
    too_long = [
        f"{path.relative_to(SOURCE)}: {function.name}: {lines_of(function)}"
        for path in SOURCE.rglob("*.py")
        for function in functions_of(ast.parse(path.read_text()))
        if lines_of(function) > FUNCTION_LINES
    ]
    assert not too_long, "\n".join(too_long)
