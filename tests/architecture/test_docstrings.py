"""A function's docstring tells it what to do, in the imperative, also where it raises and returns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import colonnade

SOURCE = Path(colonnade.__file__).parent

DESCRIBING = re.compile(r"(?:\A|[.:;!?)]\s+)(Raises|Returns)\b")
"""A sentence that begins by describing the function instead."""


def docstrings_of(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the docstring of each function and method with its place."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node)
                if docstring is not None:
                    yield f"{path.relative_to(root)}:{node.lineno}: {node.name}", docstring


def test_sentences_of_functions_raise_and_return_in_the_imperative() -> None:
    docstrings = dict(docstrings_of(SOURCE))
    assert len(docstrings) > 2000
    found = [place for place, docstring in docstrings.items() if DESCRIBING.search(docstring)]
    assert not found, "\n".join(found)
