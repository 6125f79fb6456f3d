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

SHARED = re.compile(r"\bFOR (NO KEY UPDATE\b|\{)")
CHANGED = re.compile(r"(?<!FOR )(?<!KEY )\bUPDATE (?!OF |SET )[a-z_{]")
LOCKED_AND_CHANGED = {
    "kernel/identity/sessions/queries.py:rotate_token": "only who holds that lock refers to the row",
    "products/dealroom/messages/queries/inserting.py:_insertion": "the session is locked before, or `FOR UPDATE`",
    "products/dealroom/messages/queries/revising.py:_revision": "the sessions are locked before (`_LOCK_SESSIONS`)",
    "products/radio/livechat/queries/__init__.py:flag_message": "only who holds that lock refers to the row",
}
"""Statements that lock rows which others may refer to meanwhile, and change rows, each with the reason why they may.

Where others refer to the row, a statement that meets others of its kind there waits for the next one, which waits for
it: its snapshot has the row of before. It is two statements, or locks with `FOR UPDATE`."""


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


def statements_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the strings of a module, without what is put into them, each with the name of what they are in."""
    for part in ast.parse(path.read_text()).body:
        target = part.targets[0] if isinstance(part, ast.Assign) else part
        name = getattr(target, "id", getattr(target, "name", ""))
        inner = {
            id(each) for node in ast.walk(part) if isinstance(node, ast.JoinedStr) for each in node.values
        }
        for node in ast.walk(part):
            if isinstance(node, ast.JoinedStr):
                yield (
                    name,
                    "".join(
                        getattr(each, "value", "{}") if isinstance(each, ast.Constant) else "{}"
                        for each in node.values
                    ),
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
                yield name, node.value


def test_no_statement_waits_for_those_who_wait_for_it() -> None:
    found = {
        f"{path.relative_to(SOURCE).as_posix()}:{name}"
        for path in SOURCE.rglob("*.py")
        for name, text in statements_of(path)
        if SHARED.search(text) and CHANGED.search(text)
    }
    assert found == LOCKED_AND_CHANGED.keys()
