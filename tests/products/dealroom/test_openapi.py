"""The API description: valid, complete, with examples that the API accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.testing import (
    find_gaps,
    lint_description,
    refused_examples,
    strange_sentences,
    undescribed,
)
from colonnade.products.dealroom.product import PRODUCT

CLIENTS = Path(__file__).parents[2] / "clients"


@pytest.fixture
async def document(room: Any) -> Any:
    """Return the description as clients get it."""
    answer = await room.visitor.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.node
async def test_redocly_has_nothing_to_say(document: Any, tmp_path: Path) -> None:
    assert await lint_description(document, CLIENTS, tmp_path, config="redocly-dealroom.yaml") == []


def test_every_list_that_gives_a_cursor_takes_it(document: Any) -> None:
    """A client pages all lists alike: by the `nextCursor` of one page as the `cursor` of the next."""
    schemas = document["components"]["schemas"]
    lists = []
    for path, ways in document["paths"].items():
        content = ways.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        shape = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if "nextCursor" in str(shape):
            lists.append((path, {one["name"] for one in ways["get"].get("parameters", []) if "name" in one}))
    assert {"/api/v1/sellers", "/api/v1/vendors", "/api/v1/sessions"} <= {path for path, _ in lists}
    # By page or by place (the numbers of messages, links of the chain), else by cursor.
    others = {"page", "after", "before", "lastMessageId"}
    paged = [(path, names) for path, names in lists if "limit" in names and not names & others]
    assert len(paged) > 9
    assert [path for path, names in lists if "beforeId" in names and "cursor" not in names] == []
    assert [path for path, names in paged if "cursor" not in names] == []


def test_every_public_route_is_described(document: Any) -> None:
    assert undescribed(document, PRODUCT) == []
    assert document["openapi"].startswith("3.1")


def test_every_operation_is_complete(document: Any) -> None:
    assert find_gaps(document, PRODUCT) == []


def test_errors_show_themselves(document: Any) -> None:
    responses = document["components"]["responses"]
    for name, response in responses.items():
        example = response["content"]["application/json"]["example"]
        assert list(example)[:2] == ["status", "message"], name
        assert example["status"] == "error", name
        assert set(example) >= {"code", "requestId"}, name
        assert "X-Request-Id" in response["headers"], name
    assert responses["Error422"]["content"]["application/json"]["example"]["code"] == "VALIDATION_ERROR"
    assert "Retry-After" in responses["Error429"]["headers"]


async def test_examples_of_bodies_are_understood(room: Any, document: Any) -> None:
    """Whatever else is wrong with them here, their fields are valid."""

    async def before() -> None:
        room.forget_limits()

    refused = await refused_examples(
        room.admin,
        document,
        details_of=lambda body: body.get("errors"),
        leave_out="/api/v1/auth",
        before=before,
    )
    assert refused == []


KNOWN = re.compile(r"Media url is required for this type of message")
"""What rules over several fields say."""


async def test_every_refusal_is_in_a_known_form(room: Any, document: Any) -> None:
    async def before() -> None:
        room.forget_limits()

    found = await strange_sentences(
        room.admin,
        document,
        details_of=lambda body: body.get("errors"),
        leave_out=("/api/v1/auth/logout",),
        known=KNOWN,
        before=before,
    )
    assert "\n".join(sorted(found)) == ""
