"""The description of the socket events: valid, and of every event."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.testing import lint_events, strange_event_sentences
from colonnade.products.dealroom.product import PRODUCT

CLIENTS = Path(__file__).parents[2] / "clients"


@pytest.fixture
async def document(room: Any) -> Any:
    """Return the description as clients get it."""
    answer = await room.visitor.get("/asyncapi.json")
    assert answer.status_code == 200
    return answer.json()


UNLOGGED = ("typing", "session-deleted", "event-hidden", "inbox-changed")


@pytest.mark.node
async def test_the_official_parser_has_nothing_to_say(document: Any, node: str, tmp_path: Path) -> None:
    assert await lint_events(document, CLIENTS, tmp_path) == []


def test_every_event_is_in_it(document: Any) -> None:
    operations = document["operations"]
    assert {key: each.get("x-logged") for key, each in operations.items()} == {
        "receive.join-inbox": None,
        "receive.join-session": None,
        "receive.leave-session": None,
        "receive.read": None,
        "receive.typing": None,
        **{f"send.{event.name}": event.name not in UNLOGGED for event in PRODUCT.sends},
        "send.error": False,
    }
    assert [each.name for each in PRODUCT.sends] == [
        *(
            "inbox-changed",
            "session-updated",
            "read",
            "session-deleted",
            "message-created",
            "message-updated",
        ),
        *("answer-held", "answer-decided", "assistant-budget", "typing", "event-hidden"),
    ]
    assert {each["x-budget"]["name"] for each in operations.values() if "x-budget" in each} == {
        "live-joins",
        "live-leaves",
        "live-reads",
        "live-typing",
    }


async def test_the_page_names_the_fields_of_a_message(room: Any) -> None:
    page = await room.visitor.get("/api-docs/events")
    assert "<code>message.clientMessageId</code>" in page.text
    assert "<code>answer.reasons</code>" in page.text


async def test_every_refusal_is_in_a_known_form(room: Any, document: Any) -> None:
    client = await room.socket(await room.token(1))

    async def before() -> None:
        room.forget_limits()

    found = await strange_event_sentences(client.call, document, known=re.compile("x"), before=before)
    assert "\n".join(sorted(found)) == ""
