"""A held answer that something later has overtaken waits no more, and is not sent by mistake."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.conftest import Room
from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant import (
    API,
    PRICE,
    WRONG,
    answers,
    contents,
    decide,
    held,
    model,
    model_server,
    switch,
)
from tests.products.dealroom.whatsapp import text_message, webhook, wire, wire_server

__all__ = ["model", "model_server", "wire", "wire_server"]


async def counted(room: Room, session: str) -> int:
    """Return how many answers the inbox says wait in a session; its view of held ones says the same."""
    entry = (await room.melati.get(f"{API}/inbox/{session}")).json()["data"]
    listed = (await room.melati.get(f"{API}/inbox", params={"view": "held"})).json()["data"]
    assert (session in [one["session"]["id"] for one in listed]) == (entry["heldAnswers"] > 0)
    return entry["heldAnswers"]


async def test_the_customer_has_written_again(room: Room, model: ModelServer) -> None:
    """It is said so, and sent only when that was read; the answer to what came is held on its own."""
    session, answer = await held(room, model)
    socket = await room.socket(await room.token(room.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    assert await counted(room, session) == 1
    added = await room.say(session, "Yang ukuran 42")
    assert await counted(room, session) == 0
    overtaken = answer | {"state": "overtaken", "overtakenSeq": added["seq"]}
    assert await answers(room, session, state="overtaken") == [overtaken]
    assert [one["answer"] for one in await socket.wait_for("answer-decided")] == [overtaken]
    before = await contents(room, session)
    for seen in ({}, {"seenSeq": added["seq"] - 1}):
        status, body = await decide(room, answer, "approve", **seen)
        assert (status, body["code"]) == (409, "ANSWER_OVERTAKEN")
        assert body["errors"] == {"by": "customer", "seq": added["seq"]}
    assert (await answers(room, session, state="overtaken"), await contents(room, session)) == (
        [overtaken],
        before,
    )
    status, body = await decide(room, answer, "approve", seenSeq=added["seq"], content=PRICE)
    assert (status, body["data"]["state"], body["data"]["overtakenSeq"]) == (200, "sent", added["seq"])
    assert (await contents(room, session))[-1] == ("assistant", PRICE)
    assert (await decide(room, answer, "approve", seenSeq=added["seq"]))[1]["code"] == "ANSWER_NOT_HELD"
    await room.work()
    [latest, first] = await answers(room, session)
    assert (latest["state"], first["state"], await counted(room, session)) == ("held", "sent", 1)


@pytest.mark.parametrize("sender", ["human", "assistant"])
async def test_somebody_has_answered(room: Room, model: ModelServer, sender: str) -> None:
    session, answer = await held(room, model)
    said = await room.say(session, "Rp450.000, Bu.", sender)
    await room.say(session, "Baik")
    assert await counted(room, session) == 0
    before = await contents(room, session)
    for seen in ({}, {"seenSeq": 9}):
        status, body = await decide(room, answer, "approve", **seen)
        assert (status, body["code"]) == (409, "ANSWER_OVERTAKEN")
        assert body["errors"] == {"by": sender, "seq": said["seq"]}
    assert await contents(room, session) == before
    status, body = await decide(room, answer, "reject")
    assert (status, body["data"]["state"], await counted(room, session)) == (200, "rejected", 0)


async def test_a_later_answer_has_been_sent(room: Room, model: ModelServer) -> None:
    session, answer = await held(room, model)
    model.reset()
    model.says(PRICE, 1)
    await room.say(session, "Berapa harga sepatunya?")
    await room.work()
    [later, first] = await answers(room, session)
    assert (later["state"], first["state"]) == ("sent", "overtaken")
    status, body = await decide(room, answer, "approve", seenSeq=9)
    assert (status, body["errors"]) == (409, {"by": "assistant", "seq": 3})
    assert [one for one in await contents(room, session) if one[1] == WRONG] == []


async def test_with_the_assistant_off_as_well(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, answer = await held(room, model)
    switch(room, monkeypatch, assistant="off")
    socket = await room.socket(await room.token(room.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    await room.say(session, "Catatan", "system")
    assert await counted(room, session) == 1
    await room.say(session, "Jadi?")
    assert await counted(room, session) == 0
    [told] = await socket.wait_for("answer-decided")
    assert told["answer"] == (await answers(room, session))[0]
    assert (await decide(room, answer, "approve"))[0] == 409


async def test_what_it_answers_was_deleted(room: Room, model: ModelServer) -> None:
    session, answer = await held(room, model)
    asked = (await room.melati.get(f"{API}/messages/session/{session}")).json()["data"][0]
    assert (await room.melati.delete(f"{API}/messages/{asked['id']}")).status_code == 204
    [shown] = await answers(room, session)
    assert (shown["state"], shown["overtakenSeq"], await counted(room, session)) == ("overtaken", 1, 0)
    status, body = await decide(room, answer, "approve")
    assert (status, body["errors"]) == (409, {"by": "customer", "seq": 1})
    assert (await decide(room, answer, "approve", seenSeq=1))[0] == 200


async def test_an_approval_and_a_message_at_once_are_in_one_order(room: Room, model: ModelServer) -> None:
    """Either the draft was sent before the customer wrote again, or it was not sent."""
    for _ in range(10):
        session, answer = await held(room, model)
        (status, body), _ = await asyncio.gather(
            decide(room, answer, "approve"), room.say(session, "Tunggu dulu")
        )
        said = await contents(room, session)
        if status == 200:
            assert said[1:] == [("assistant", WRONG), ("customer", "Tunggu dulu")]
        else:
            assert (status, body["code"]) == (409, "ANSWER_OVERTAKEN")
            assert said[1:] == [("customer", "Tunggu dulu")]
        assert await counted(room, session) == 0
        await room.work()


async def hold(wire: Any, session: str, up_to_seq: int) -> None:
    await wire.services.db.execute(
        """
        INSERT INTO answers (session_id, trigger_message_id, up_to_seq, state, draft)
        SELECT session_id, id, seq, 'held', 'x' FROM messages WHERE session_id = $1::text::uuid AND seq = $2
        """,
        session,
        up_to_seq,
    )


async def test_on_whatsapp_a_reaction_overtakes_nothing_and_an_edit_does(wire: Any) -> None:
    session = await wire.talk("Halo")
    await hold(wire, session, 1)
    said = (await wire.messages(session))[0]["providerMessageId"]
    reaction = {
        **text_message("wamid.r", ""),
        "type": "reaction",
        "reaction": {"message_id": said, "emoji": "👍"},
    }
    assert (await wire.deliver(webhook(reaction))).status_code == 200
    assert await counted(wire, session) == 1
    edit = {
        **text_message("wamid.e", ""),
        "type": "edit",
        "edit": {"original_message_id": said, "message": {"type": "text", "text": {"body": "Halo, dua"}}},
    }
    assert (await wire.deliver(webhook(edit))).status_code == 200
    assert (await wire.messages(session))[0]["content"] == "Halo, dua"
    [answer] = await answers(wire, session)
    assert (answer["state"], answer["overtakenSeq"], await counted(wire, session)) == ("overtaken", 1, 0)
    # One that is held although something was said since is overtaken from the start.
    await wire.talk("Lagi")
    await hold(wire, session, 1)
    assert [one["overtakenSeq"] for one in await answers(wire, session)] == [3, 1]
    assert await counted(wire, session) == 0
