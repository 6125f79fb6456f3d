"""What customers take back or edit while it is answered, early, or of others, and reactions from the owner's phone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant_outages import answers, model, model_server, said, switch
from tests.products.dealroom.test_webhook_items import echo, message
from tests.products.dealroom.whatsapp import JOKO, SARI, Wire, text_message, webhook, wire, wire_server

__all__ = ["model", "model_server", "switch", "wire", "wire_server"]

OLD = "Halo, Bu. Ada yang bisa dibantu?"
NEW = "Halo lagi, Bu."


def edit(id_: str, original: str, text: str, wa_id: str = SARI) -> dict[str, Any]:
    changed = {"original_message_id": original, "message": {"type": "text", "text": {"body": text}}}
    return webhook(message(id_, "edit", wa_id, edit=changed))


def revoke(id_: str, original: str, wa_id: str = SARI) -> dict[str, Any]:
    return webhook(message(id_, "revoke", wa_id, revoke={"original_message_id": original}))


async def deliver(wire: Wire, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        answer = await wire.deliver(body)
        assert answer.status_code == 200, answer.text


async def waits(wire: Wire) -> bool:
    found = await wire.melati.get(f"{API}/inbox", params={"view": "waiting"})
    return bool(found.json()["data"])


@pytest.mark.parametrize("asked", [False, True], ids=["before", "while the model writes"])
async def test_what_is_left_when_the_last_message_is_taken_back_is_answered(
    wire: Wire, model: ModelServer, asked: bool
) -> None:
    model.says(OLD)
    await deliver(wire, webhook(text_message("w1", "Halo")), webhook(text_message("w2", "Salah kirim")))
    taken_back = revoke("w3", "w2")
    if asked:
        model.pause()
        working = asyncio.create_task(wire.work())
        await model.asked()
        await deliver(wire, taken_back)
        model.go_on()
        await working
    else:
        await deliver(wire, taken_back)
    await wire.work()
    (session,) = await wire.sessions()
    (answer,) = await answers(wire, session["id"])
    assert (answer["state"], answer["upToSeq"]) == ("sent", 1)
    assert await said(wire, session["id"]) == [("customer", "Halo"), ("customer", None), ("assistant", OLD)]
    assert "Salah kirim" not in str(model.requests[-1])


async def test_an_edit_makes_the_answer_void_that_is_being_written(wire: Wire, model: ModelServer) -> None:
    model.says(OLD)
    await deliver(wire, webhook(text_message("w1", "Saya mau tiga")))
    model.pause()
    working = asyncio.create_task(wire.work())
    await model.asked()
    await deliver(wire, edit("w2", "w1", "Saya mau satu saja"))
    model.says(NEW)
    model.go_on()
    await working
    await wire.work()
    (session,) = await wire.sessions()
    (answer,) = await answers(wire, session["id"])
    assert answer["state"] == "sent"
    assert [sender for sender, _ in await said(wire, session["id"])] == ["customer", "assistant"]
    assert "Saya mau satu saja" in str(model.requests[-1])
    assert len(wire.provider.sent) == 1


async def test_an_edit_after_the_answer_shows_that_the_customer_waits(wire: Wire, model: ModelServer) -> None:
    model.says(OLD)
    await deliver(wire, webhook(text_message("w1", "Halo")))
    await wire.work()
    assert await waits(wire) is False
    await deliver(wire, edit("w2", "w1", "Halo"))
    assert await waits(wire) is False
    await deliver(wire, edit("w3", "w1", "Berapa harganya?"))
    assert await waits(wire) is True


async def test_nobody_edits_or_takes_back_what_another_wrote(wire: Wire) -> None:
    session = await wire.talk("Halo")
    original = (await wire.messages(session))[0]["providerMessageId"]
    await deliver(wire, edit("w1", original, "Diubah", JOKO), revoke("w2", original, JOKO))
    assert await said(wire, session) == [("customer", "Halo")]
    (other,) = [one["id"] for one in await wire.sessions() if one["id"] != session]
    assert await said(wire, other) == [("customer", "Diubah"), ("customer", "[revoke]")]
    # Nor before it comes.
    await deliver(wire, revoke("w3", "w9", JOKO), edit("w4", "w9", "Diubah", JOKO))
    await deliver(wire, webhook(text_message("w9", "Apa kabar?")))
    assert await said(wire, session) == [("customer", "Halo"), ("customer", "Apa kabar?")]
    await deliver(wire, edit("w5", "w9", "Apa kabar, Kak?"))
    assert (await said(wire, session))[1] == ("customer", "Apa kabar, Kak?")


async def test_an_edit_that_comes_first_is_what_the_message_says(wire: Wire) -> None:
    await deliver(wire, edit("w2", "w1", "baru"), edit("w3", "w1", "terbaru"))
    await deliver(wire, webhook(text_message("w1", "lama")))
    (session,) = await wire.sessions()
    found = (await wire.messages(session["id"]))[-1]
    assert (found["content"], found["editedAt"] is not None, found["version"]) == ("terbaru", True, 2)
    integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
    assert integrity["intact"] is True


async def test_a_reaction_from_the_owners_phone_answers_nobody(wire: Wire, model: ModelServer) -> None:
    model.says(OLD)
    session = await wire.talk("Halo")
    original = (await wire.messages(session))[0]["providerMessageId"]
    heart = {"message_id": original, "emoji": "❤️"}
    await deliver(wire, echo("e1", type="reaction", reaction=heart))
    shown = (await wire.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert (shown["handledBy"], await waits(wire)) == ("assistant", True)
    await wire.work()
    assert await said(wire, session) == [("customer", "Halo"), ("human", "❤️"), ("assistant", OLD)]
    assert wire.provider.texts == [OLD]
