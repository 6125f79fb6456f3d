"""Who writes, and in which order: changed numbers, people without one, and messages that come late."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
from tests.products.dealroom.test_webhook_items import API, message
from tests.products.dealroom.whatsapp import (
    JOKO,
    SARI,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.prompt import Prompt, build_turns
from colonnade.products.dealroom.messages.schemas import Message

__all__ = ["wire", "wire_server"]


async def test_a_changed_number_is_the_same_contact(wire: Any) -> None:
    session = await wire.talk("Halo")
    notice = message("w1", "system.user_changed_number", system={
        "body": "Ibu Sari changed", "type": "user_changed_number", "wa_id": "6289999999999"})  # fmt: skip
    assert (await wire.deliver(webhook(notice))).status_code == 200
    assert (await wire.deliver(webhook(text_message("w2", "Ini saya", "6289999999999")))).status_code == 200
    assert [(m["sender"], m["content"]) for m in await wire.messages(session)] == [
        ("customer", "Halo"),
        ("system", "Ibu Sari changed"),
        ("customer", "Ini saya"),
    ]


async def test_who_changes_the_number_all_the_time_costs_no_more_each_time(wire: Any) -> None:
    """All numbers of before were rewritten with each change, and shown with the contact."""
    await wire.talk("Halo")
    numbers = [SARI, *(f"62812111{n:05}" for n in range(90))]
    changes = [
        message(
            f"w{n}",
            "system.user_changed_number",
            wa_id=before,
            system={"type": "user_changed_number", "wa_id": after},
        )
        for n, (before, after) in enumerate(pairwise(numbers))
    ]
    assert (await wire.deliver(webhook(*changes))).status_code == 200
    (contact,) = (await wire.melati.get("/api/v1/contacts")).json()["data"]
    shown = [(one["value"], one["endedAt"] is None) for one in contact["identities"]]
    assert shown == [*((f"+{one}", False) for one in numbers[-21:-1]), (f"+{numbers[-1]}", True)]
    await wire.talk("Ini saya", wa_id=numbers[-1])
    (session,) = await wire.sessions()
    assert session["lastSeq"] == 92


async def test_somebody_without_a_number_is_known_by_their_id(wire: Any) -> None:
    body = webhook()
    change = body["entry"][0]["changes"][0]["value"]
    change["contacts"] = [
        {"user_id": "ID.13491208655302741918", "profile": {"name": "Rina", "username": "@rina"}}
    ]
    change["messages"] = [
        {"from_user_id": "ID.13491208655302741918", "id": "w1", "timestamp": str(int(datetime.now(UTC).timestamp())),
         "type": "text", "text": {"body": "Halo"}}
    ]  # fmt: skip
    assert (await wire.deliver(body)).status_code == 200
    (session,) = await wire.sessions()
    (found,) = await wire.messages(session["id"])
    assert (session["title"], found["senderName"], found["phoneNumber"]) == ("Rina", "Rina", None)
    # What we answer is addressed to the id.
    await wire.say(session["id"], "Halo Rina", "human")
    await wire.work()
    assert (wire.provider.sent[0].get("recipient"), wire.provider.sent[0].get("to")) == (
        "ID.13491208655302741918",
        None,
    )
    # Once the number is told as well, it is the same person.
    both = text_message("w2", "Ini nomor saya", JOKO, from_user_id="ID.13491208655302741918")
    assert (await wire.deliver(webhook(both))).status_code == 200
    assert (await wire.deliver(webhook(text_message("w3", "Lagi", JOKO)))).status_code == 200
    assert [m["content"] for m in await wire.messages(session["id"])] == [
        "Halo", "Halo Rina", "Ini nomor saya", "Lagi"]  # fmt: skip


async def test_messages_can_be_had_in_the_order_in_which_they_were_written(wire: Any) -> None:
    now = int(datetime.now(UTC).timestamp())
    for id_, text, at in (("w1", "satu", now - 50), ("w3", "tiga", now - 10), ("w2", "dua", now - 30)):
        assert (await wire.deliver(webhook(text_message(id_, text, timestamp=str(at))))).status_code == 200
    old = text_message("w0", "nol", timestamp=str(now - 3600))
    assert (await wire.deliver(webhook(old))).status_code == 200
    (session,) = await wire.sessions()
    await wire.say(session["id"], "Baik", "human")
    path = f"{API}/messages/session/{session['id']}"

    async def page(**params: Any) -> list[tuple[str, bool]]:
        answer = await wire.melati.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return [(m["content"], m.get("late", False)) for m in answer.json()["data"]]

    arrived = [("satu", False), ("tiga", False), ("dua", True), ("nol", True), ("Baik", False)]
    written = [("nol", True), ("satu", False), ("dua", True), ("tiga", False), ("Baik", False)]
    assert await page() == arrived
    assert await page(order="provider") == written
    # `before` and `after` name messages by their numbers: page by page, it is the same.
    assert await page(order="provider", limit=2) == written[-2:]
    assert await page(order="provider", limit=2, before=2) == written[1:3]
    assert await page(order="provider", limit=2, after=4) == written[1:3]
    assert await page(order="provider", after=5) == []
    assert (await wire.melati.get(path, params={"order": "x"})).status_code == 422


async def test_the_prompt_has_messages_in_the_order_in_which_they_were_written(wire: Any) -> None:
    now = int(datetime.now(UTC).timestamp())
    await wire.deliver(webhook(text_message("w1", "Halo", timestamp=str(now - 3600))))
    session = (await wire.sessions())[0]["id"]
    await wire.say(session, "Ada yang bisa dibantu?", "human")
    ad = {"headline": "Sepatu kulit", "source_type": "ad"}
    for id_, text, at, more in (
        ("w3", "Yang cokelat", now - 10, {}),
        ("w2", "Info ini?", now - 40, {"referral": ad}),
    ):
        await wire.deliver(webhook(text_message(id_, text, timestamp=str(at), **more)))
    messages = [msgspec.convert(one, Message) for one in await wire.messages(session)]
    turns = build_turns(Prompt(None, Catalogue([]), messages))[1:]
    said = [
        (turn.role, [json.loads(line) for line in turn.content.split("\n")]) for turn in (turns[0], turns[2])
    ]
    assert said == [
        ("user", [{"customer": "Ibu Sari", "text": "Halo", "late": True}]),
        (
            "user",
            [
                {"customer": "Ibu Sari", "text": "Info ini?", "cameFromAd": "Sepatu kulit", "late": True},
                {"customer": "Ibu Sari", "text": "Yang cokelat"},
            ],
        ),
    ]
