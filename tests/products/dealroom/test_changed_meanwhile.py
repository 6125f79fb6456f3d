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


async def test_an_earlier_message_that_is_taken_back_makes_the_answer_void(
    wire: Wire, model: ModelServer
) -> None:
    model.says(OLD)
    await deliver(
        wire, webhook(text_message("w1", "PIN saya 1234")), webhook(text_message("w2", "Halo, ada kopi?"))
    )
    model.pause()
    working = asyncio.create_task(wire.work())
    await model.asked()
    await deliver(wire, revoke("w3", "w1"))
    model.says(NEW)
    model.go_on()
    await working
    await wire.work()
    assert "1234" not in str(model.requests[-1])
    assert len(wire.provider.sent) == 1
    assert [answer["state"] for answer in await answers(wire, (await wire.sessions())[0]["id"])] == ["sent"]


async def test_who_takes_everything_back_waits_no_more(wire: Wire) -> None:
    await deliver(wire, webhook(text_message("w1", "Halo")), webhook(text_message("w2", "Ada?")))
    (session,) = await wire.sessions()
    await deliver(wire, revoke("w3", "w1"))
    (entry,) = (await wire.melati.get(f"{API}/inbox", params={"view": "waiting"})).json()["data"]
    assert entry["waitingSince"] == (await wire.messages(session["id"]))[1]["createdAt"]
    await deliver(wire, revoke("w4", "w2"))
    assert await waits(wire) is False


async def test_an_answer_that_is_planned_anew_while_the_model_is_down_is_asked_for_once(
    wire: Wire, model: ModelServer
) -> None:
    await deliver(wire, webhook(text_message("w1", "Saya mau tiga")))
    model.pause()
    model.answers(503)
    working = asyncio.create_task(wire.work())
    await model.asked()
    await deliver(wire, edit("w2", "w1", "Saya mau satu saja"))
    model.go_on()
    await working
    model.reset()
    model.says(OLD)
    await wire.services.db.execute("DELETE FROM model_servers")
    await wire.hurry()
    await wire.work()
    assert len(wire.provider.sent) == 1
    assert len(model.requests) == 1


@pytest.mark.parametrize("kind", ["reaction", "revoke", "request_welcome"])
async def test_a_customer_who_says_nothing_does_not_wait(wire: Wire, kind: str) -> None:
    await deliver(wire, webhook(text_message("w1", "Halo")))
    (session,) = await wire.sessions()
    await wire.say(session["id"], "Halo, Kak", "human")
    await wire.work()
    assert await waits(wire) is False
    said_nothing = {
        "reaction": webhook(
            message("w2", "reaction", reaction={"message_id": "wamid.out-1", "emoji": "\U0001f44d"})
        ),
        "revoke": revoke("w2", "nowhere"),
        "request_welcome": webhook(message("w2", "request_welcome")),
    }
    await deliver(wire, said_nothing[kind])
    assert len(await wire.messages(session["id"])) == 3
    assert await waits(wire) is False
    today = (await wire.melati.get(f"{API}/reports/daily", params={"timezone": "UTC"})).json()["data"]
    assert sum(day["turns"] for day in today) == 1
    assert sum(day["conversations"] for day in today) == 1


async def test_an_edit_of_what_was_taken_back_or_deleted_brings_no_words_back(wire: Wire) -> None:
    await deliver(wire, webhook(text_message("w1", "satu")), webhook(text_message("w2", "dua")))
    (session,) = await wire.sessions()
    second = (await wire.messages(session["id"]))[1]
    assert (await wire.melati.delete(f"{API}/messages/{second['id']}")).status_code == 204
    await deliver(wire, revoke("w3", "w1"), edit("w4", "w1", "tiga"), edit("w5", "w2", "empat"))
    found = await wire.messages(session["id"])
    assert [(one["content"], one["deletedAt"] is not None) for one in found] == [(None, True), (None, True)]
