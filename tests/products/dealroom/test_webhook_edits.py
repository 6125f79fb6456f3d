"""Edits and revocations that the provider tells of: in any order, and before their message."""

from __future__ import annotations

from typing import Any

from tests.products.dealroom.test_webhook_items import API, edit_of, kept, message, told
from tests.products.dealroom.whatsapp import (
    JOKO,
    text_message,
    webhook,
    wire,
    wire_server,
)

__all__ = ["wire", "wire_server"]


async def test_an_edit_is_a_revision_and_a_revocation_a_tombstone(wire: Any) -> None:
    session = await wire.talk("Halo")
    original = (await wire.messages(session))[0]["providerMessageId"]
    edited = {"original_message_id": original, "message": {"type": "text", "text": {"body": "Halo, Bu"}}}
    assert (await wire.deliver(webhook(message("w1", "edit", edit=edited)))).status_code == 200
    (found,) = await wire.messages(session)
    assert (found["content"], found["version"], found["editedAt"] is not None) == ("Halo, Bu", 2, True)
    revoked = {"original_message_id": original}
    stranger = message("w2", "revoke", JOKO, revoke=revoked)
    assert (await wire.deliver(webhook(message("w3", "revoke", revoke=revoked)))).status_code == 200
    (found,) = await wire.messages(session)
    assert (found["content"], found["deletedAt"] is not None) == (None, True)
    # Neither the message nor its edit is kept as it came.
    assert [one["kind"] for one in await kept(wire)] == ["messages.revoke"]
    assert (await wire.deliver(webhook(stranger))).status_code == 200
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert integrity["intact"] is True


async def test_of_edits_the_later_by_the_providers_clock_stands(wire: Any) -> None:
    session = await wire.talk("satu")
    original = (await wire.messages(session))[0]["providerMessageId"]
    told = ("w1", "tiga", 20), ("w2", "dua", 10), ("w3", "empat", 30), ("w4", "nol", 5)
    for id_, words, seconds in (*told, *told):  # told again, each changes nothing
        assert (await wire.deliver(edit_of(original, id_, words, seconds))).status_code == 200
    (found,) = await wire.messages(session)
    assert (found["content"], found["version"]) == ("empat", 7)
    revisions = (await wire.melati.get(f"{API}/messages/{found['id']}/revisions")).json()["data"]
    assert [one["before"]["content"] for one in revisions] == ["satu", "tiga", "dua", "tiga", "empat", "nol"]
    integrity = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert integrity["intact"] is True


async def test_of_edits_before_their_message_the_later_stands(wire: Any) -> None:
    await wire.talk("Halo")
    for id_, words, seconds in (("w1", "tiga", 20), ("w2", "dua", 10)):
        assert (await wire.deliver(edit_of("w0", id_, words, seconds))).status_code == 200
    assert (await wire.deliver(webhook(text_message("w0", "satu")))).status_code == 200
    assert (await told(wire))[-1]["content"] == "tiga"
    assert (await wire.deliver(edit_of("w0", "w3", "dua lagi", 15))).status_code == 200
    assert (await told(wire))[-1]["content"] == "tiga"
    assert (await wire.deliver(edit_of("w0", "w4", "empat", 25))).status_code == 200
    assert (await told(wire))[-1]["content"] == "empat"


async def test_an_edit_of_what_is_not_here_is_a_message(wire: Any) -> None:
    changed = {"original_message_id": "w0", "message": {"type": "text", "text": {"body": "Maksud saya 42"}}}
    assert (await wire.deliver(webhook(message("w1", "edit", edit=changed)))).status_code == 200
    (found,) = await told(wire)
    assert (found["content"], found["kind"], found["data"]) == (
        "Maksud saya 42",
        "edit",
        {"originalMessageId": "w0"},
    )
    assert [one["messageId"] for one in await kept(wire)] == [found["id"]]
    assert (await wire.melati.delete(f"{API}/messages/{found['id']}")).status_code == 204
    assert await kept(wire) == []


async def test_what_is_revoked_before_it_comes_is_a_tombstone_at_once(wire: Any) -> None:
    await wire.talk("Halo")
    body = webhook(message("w2", "revoke", revoke={"original_message_id": "w1"}))
    assert (await wire.deliver(body)).status_code == 200
    assert (await wire.deliver(webhook(text_message("w1", "rahasia")))).status_code == 200
    found = await told(wire)
    assert [(m["content"], m["deletedAt"] is not None) for m in found] == [
        ("Halo", False),
        ("[revoke]", False),
        (None, True),
    ]
