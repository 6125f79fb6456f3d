"""Changes of messages: which are allowed, and what is told of them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.whatsapp import Wire, status_of, webhook, wire, wire_server

from colonnade.kernel.testing import count_statements
from colonnade.products import dealroom
from colonnade.products.dealroom.messages.queries.revising import revise_message

__all__ = ["wire", "wire_server"]


async def _revisions(client: Any, message_id: int, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"{API}/messages/{message_id}/revisions{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_an_edit_is_a_revision_with_who_when_and_from_what(room: Any) -> None:
    session = await room.session()
    said = await room.say(session, "Catatan: ukuran 41", "system")
    path = f"{API}/messages/{said['id']}"
    for content in ("Catatan: ukuran 42", "Catatan: ukuran 43"):
        assert (await room.melati.patch(path, json={"content": content})).status_code == 200
    with count_statements(room.services.db) as statements:
        found = await _revisions(room.melati, said["id"])
    assert statements.count == 2
    assert found == [
        {
            "number": 2,
            "messageId": said["id"],
            "version": 2,
            "kind": "edited",
            "by": "account:1",
            "at": found[0]["at"],
            "erased": False,
            "before": {"content": "Catatan: ukuran 41", "editedAt": None},
        },
        {
            "number": 3,
            "messageId": said["id"],
            "version": 3,
            "kind": "edited",
            "by": "account:1",
            "at": found[1]["at"],
            "erased": False,
            "before": {"content": "Catatan: ukuran 42", "editedAt": found[1]["before"]["editedAt"]},
        },
    ]
    assert said["createdAt"] < found[0]["at"] < found[1]["at"]
    assert await _revisions(room.melati, said["id"], "?after=2") == found[1:]
    assert await _revisions(room.melati, said["id"], "?limit=1") == found[:1]
    export = (await room.melati.get(f"{API}/sessions/{session}/export")).json()
    assert export["revisions"] == found
    refused = await room.budi.get(f"{API}/messages/{said['id']}/revisions")
    assert (refused.status_code, refused.json()["code"]) == (404, "MESSAGE_NOT_FOUND")
    untouched = await room.say(session, "Lain", "system")
    assert await _revisions(room.melati, untouched["id"]) == []


async def test_of_a_deleted_message_revisions_say_no_words(room: Any) -> None:
    session = await room.session()
    said = await room.say(session, "rahasia", "system")
    path = f"{API}/messages/{said['id']}"
    assert (await room.melati.patch(path, json={"content": "sangat rahasia"})).status_code == 200
    assert (await room.melati.patch(f"{path}/status", json={"status": "failed"})).status_code == 200
    assert (await room.melati.delete(path)).status_code == 204
    found = await _revisions(room.melati, said["id"])
    assert [(one["kind"], one["erased"], one["before"]) for one in found] == [
        ("edited", True, None),
        ("status", False, {"status": "recorded"}),
        ("deleted", True, None),
    ]
    assert "rahasia" not in (await room.melati.get(f"{API}/sessions/{session}/export")).text


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
async def test_what_was_sent_is_not_edited(room: Any, status: str) -> None:
    session = await room.session()
    said = await room.say(session, "Harganya 450 ribu", "human")
    path = f"{API}/messages/{said['id']}"
    assert (await room.melati.patch(f"{path}/status", json={"status": status})).status_code == 200
    shown = (await room.melati.get(path)).json()["data"]
    refused = await room.melati.patch(path, json={"content": "Gratis"})
    assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_DELIVERED")
    assert (await room.melati.get(path)).json()["data"] == shown
    assert len(await _revisions(room.melati, said["id"])) == 1
    # It can still be deleted from the record, which says so.
    assert (await room.melati.delete(path)).status_code == 204


async def test_a_customers_words_are_not_edited(room: Any) -> None:
    session = await room.session()
    said = await room.say(session, "Saya pesan dua", "customer")
    path = f"{API}/messages/{said['id']}"
    refused = await room.melati.patch(path, json={"content": "Saya pesan dua belas"})
    assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_OF_CUSTOMER")
    assert (await room.melati.get(path)).json()["data"] == said
    assert await _revisions(room.melati, said["id"]) == []
    # What the provider says of the customer's own edit is recorded as such.
    async with room.services.db.transaction() as tx:
        values = {"content": "Saya pesan tiga"}
        assert await revise_message(tx, said["id"], values, kind="edited", by="webhook:whatsapp")
    found = await _revisions(room.melati, said["id"])
    assert [(one["by"], one["before"]) for one in found] == [
        ("webhook:whatsapp", {"content": "Saya pesan dua"})
    ]
    assert (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]["intact"] is True


async def test_a_waiting_message_is_edited_until_it_is_being_sent(wire: Wire) -> None:
    session = await wire.talk("Halo")
    waiting = await wire.say(session, "Ada, 450 ribu", "human")
    path = f"{API}/messages/{waiting['id']}"
    assert (await wire.melati.patch(path, json={"content": "Ada, 475 ribu"})).status_code == 200
    wire.provider.gate = asyncio.Event()
    working = asyncio.create_task(wire.work())
    await wire.provider.reached.wait()
    refused = await wire.melati.patch(path, json={"content": "Gratis"})
    assert (refused.status_code, refused.json()["code"]) == (409, "MESSAGE_DELIVERED")
    wire.provider.gate.set()
    await working
    assert wire.provider.texts == ["Ada, 475 ribu"]
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "delivered"),)))
    found = await _revisions(wire.melati, waiting["id"])
    assert [(one["kind"], one["by"], one["before"]) for one in found] == [
        ("edited", "account:1", {"content": "Ada, 450 ribu", "editedAt": None}),
        ("sent", "job:channels.send", {"status": "pending", "providerMessageId": None}),
        ("status", "webhook:whatsapp", {"status": "sent"}),
    ]


async def test_changes_at_once_are_chained_one_after_the_other(room: Any) -> None:
    session = await room.session()
    said = [await room.say(session, f"Pesan {number}", "system") for number in range(4)]

    async def change(message: dict[str, Any], number: int) -> int:
        path = f"{API}/messages/{message['id']}"
        return (await room.melati.patch(path, json={"content": f"Pesan baru {number}"})).status_code

    changes = [change(message, number) for number in range(6) for message in said]
    written = [room.say(session, "Lagi", "system") for _ in range(6)]
    results = await asyncio.gather(*changes, *written)
    assert set(results[: len(changes)]) == {200}
    proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (proof["intact"], proof["count"], proof["revisions"]) == (True, 10, 24)


async def test_only_what_is_sent_counts_as_sent(room: Any) -> None:
    session = await room.session()
    for sender in ("customer", "assistant", "human", "system"):
        assert (await room.say(session, "Halo", sender))["status"] == "recorded"
    said = await room.say(session, "Halo", "human")

    async def move(status: str) -> int:
        answer = await room.melati.patch(f"{API}/messages/{said['id']}/status", json={"status": status})
        return answer.status_code

    # Nobody says of a message that it is only recorded: that is what it is until somebody sends it.
    for status, code in (
        ("recorded", 422),
        ("pending", 409),
        ("sent", 200),
        ("recorded", 422),
        ("read", 200),
        ("sent", 409),
    ):
        assert await move(status) == code, status


def test_one_statement_changes_messages() -> None:
    product = Path(dealroom.__file__).parent
    changing = {
        str(path.relative_to(product))
        for path in product.rglob("*.py")
        if re.search(r"UPDATE\s+messages\b", path.read_text())
    }
    assert changing == {"messages/queries/revising.py"}
