"""SQL is in `queries`. What has SQL elsewhere is listed here, each with the reason (ADR 6)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import colonnade

SOURCE = Path(colonnade.__file__).parent
STATEMENT = re.compile(r"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE [a-z_]+ )\b|\bUPDATE [a-z_]+\s+SET\b")
PING = "SELECT 1"
"""Asks whether the database answers, and no table."""

SINGLE_TABLES = {
    "kernel/http/idempotency.py": ["idempotency_keys"],
    "kernel/identity/spending.py": ["spent_tokens"],
    "kernel/mail/devbox.py": ["dev_mailbox"],
    "kernel/realtime/log.py": ["realtime_rooms", "realtime_events"],
    "kernel/storage/files.py": ["stored_files"],
}
"""Modules of the kernel that are a table (the log: a table and its counter) with its rules; their docstrings say so."""

OTHERS = {
    "kernel/db/": "is about databases: migrations, re-encryption of any column",
    "kernel/testing/": "fills, empties and watches databases of tests",
    "kernel/core/settings/production.py": "asks for the rights of its own role",
    "app/doctor.py": "asks for the time of the database",
    "app/installation.py": "asks whether a database has been set up",
    "app/preparation.py": "asks whether there are accounts",
    "app/seeding.py": "asks whether there are accounts, and takes a lock",
}


def texts_of(path: Path) -> Iterator[str]:
    """Yield the string literals of a module that are not docstrings."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def modules_with_sql() -> set[str]:
    return {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(STATEMENT.search(text) and text != PING for text in texts_of(path))
    }


def test_sql_is_in_queries() -> None:
    found = modules_with_sql()
    in_queries = {place for place in found if re.search(r"/queries(\.py|/\w+\.py)$", place)}
    seeds = {place for place in found if re.fullmatch(r"products/\w+/\w+/seed\.py", place)}
    assert len(in_queries) > 40
    others = {place for place in found if place.startswith(tuple(OTHERS))}
    assert found - in_queries - seeds - others == SINGLE_TABLES.keys()
    assert all(any(place.startswith(prefix) for place in others) for prefix in OTHERS)


@pytest.mark.parametrize(("place", "tables"), SINGLE_TABLES.items())
def test_a_module_that_keeps_its_sql_names_its_table(place: str, tables: list[str]) -> None:
    docstring = ast.get_docstring(ast.parse((SOURCE / place).read_text())) or ""
    assert [table for table in tables if f"`{table}`" not in docstring] == []
