"""Routes that work in `once`: they spend their budget there, and say what the answer that is kept shows."""

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


BY_THEIR_TEXT = [
    "products/dealroom/assistant/routes.py::approve_answer",
    "products/dealroom/contacts/routes/contacts.py::merge_contacts",
    "products/dealroom/contacts/routes/contacts.py::split_contact",
    "products/dealroom/conversation/routes/media.py::post_media",
    "products/dealroom/conversation/routes/messages.py::post_message",
    "products/dealroom/sending/routes.py::resend_message",
    "products/dealroom/sending/routes.py::send_template",
    "products/dealroom/sessions/routes.py::create_session",
]
"""Routes whose kept answers are of an account, and found by the ids of messages, sessions and identities in them.

`erase_kept` erases those: a session's deletion has a hundred messages' answers to find."""


def kept_answers() -> Iterator[tuple[str, bool]]:
    """Yield the place of each answer that is kept, and whether it says what it shows."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            for call in ast.walk(node):
                function = call.func if isinstance(call, ast.Call) else None
                if isinstance(function, ast.Attribute) and ast.unparse(function) == "attempt.answer":
                    says = any(word.arg == "about" for word in call.keywords)
                    yield f"{path.relative_to(SOURCE).as_posix()}::{node.name}", says


def test_an_answer_that_is_kept_says_what_it_shows() -> None:
    found = dict(kept_answers())
    assert sum(found.values()) == 9
    assert [name for name, says in found.items() if not says] == BY_THEIR_TEXT
