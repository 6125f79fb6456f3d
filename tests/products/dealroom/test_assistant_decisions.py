"""What humans decide: held answers, taking over, and the lease of whoever writes."""

from __future__ import annotations

import asyncio

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
    shop,
    switch,
)

__all__ = ["model", "model_server"]


async def test_a_held_answer_is_sent_as_it_is_or_with_another_text(room: Room, model: ModelServer) -> None:
    session, answer = await held(room, model)
    status, body = await decide(room, answer, "approve", content="Rp450.000, Bu.")
    assert status == 200
    sent = body["data"]
    assert (sent["state"], sent["draft"], sent["decidedBy"]) == ("sent", WRONG, room.accounts["melati"])
    assert sent["reasons"] == answer["reasons"]
    assert await contents(room, session) == [
        ("customer", "Boleh lebih murah?"),
        ("assistant", "Rp450.000, Bu."),
    ]
    shown = (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]
    assert shown["handledBy"] == "assistant"
    await room.say(session, "Jadi berapa?")
    await room.work()
    [second, _] = await answers(room, session)
    status, body = await decide(room, second, "approve")
    assert (status, body["data"]["state"]) == (200, "sent")
    assert (await contents(room, session))[-1] == ("assistant", WRONG)


async def test_a_rejected_answer_is_not_sent(room: Room, model: ModelServer) -> None:
    session, answer = await held(room, model)
    status, body = await decide(room, answer, "reject")
    assert (status, body["data"]["state"], body["data"]["messageId"]) == (200, "rejected", None)
    for how in ("reject", "approve"):
        status, body = await decide(room, answer, how)
        assert (status, body["code"], body["errors"]) == (409, "ANSWER_NOT_HELD", {"state": "rejected"})
    assert await contents(room, session) == [("customer", "Boleh lebih murah?")]


@pytest.mark.parametrize("ways", [("approve", "approve"), ("approve", "reject"), ("reject", "reject")])
async def test_of_two_decisions_at_once_one_counts(
    room: Room, model: ModelServer, ways: tuple[str, str]
) -> None:
    session, answer = await held(room, model)
    results = await asyncio.gather(*(decide(room, answer, how) for how in ways * 3))
    assert sorted(status for status, _ in results) == [200, 409, 409, 409, 409, 409]
    [winner] = [body["data"]["state"] for status, body in results if status == 200]
    said = await contents(room, session)
    assert len(said) == (2 if winner == "sent" else 1)
    assert [one["state"] for one in await answers(room, session)] == [winner]


async def test_a_decision_with_a_text_that_no_message_has_is_refused(room: Room, model: ModelServer) -> None:
    session, answer = await held(room, model, "x" * 5000)
    assert answer["reasons"] == ["REPLY_TOO_LONG: 5000"]
    for body in ({}, {"content": " "}, {"content": "y" * 4097}, {"content": None}, {"text": "x"}):
        status, _ = await decide(room, answer, "approve", **body)
        assert status == 422, body
    assert await answers(room, session) == [answer]
    await room.melati.patch(f"{API}/sessions/{session}", json={"status": "closed"})
    status, refused = await decide(room, answer, "approve", content="Baik, Bu.")
    assert (status, refused["code"]) == (409, "SESSION_CLOSED")
    assert await answers(room, session) == [answer]
    assert await contents(room, session) == [("customer", "Boleh lebih murah?")]


async def test_taking_over_cancels_what_is_queued_and_lasts_as_long_as_asked(
    room: Room, model: ModelServer
) -> None:
    session = await shop(room)
    socket = await room.socket(await room.token(room.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    await room.say(session, "Halo")
    taken = (await room.melati.post(f"{API}/sessions/{session}/takeover", json={"minutes": 5})).json()["data"]
    assert taken["handledBy"] == "human"
    left = "SELECT extract(epoch FROM human_until - now()) FROM chat_sessions"
    assert 290 < await room.services.db.fetch_value(left) <= 300
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("cancelled", ["HUMAN_ANSWERS"])
    await socket.wait_for("session-updated")
    assert [name for name, _ in socket.got] == ["message-created", "answer-decided", "session-updated"]
    await room.say(session, "Masih ada?")
    await room.work()
    assert (model.requests, len(await answers(room, session))) == ([], 1)
    taken = (await room.melati.post(f"{API}/sessions/{session}/takeover", json={})).json()["data"]
    assert 1790 < await room.services.db.fetch_value(left) <= 1800
    freed = (await room.melati.post(f"{API}/sessions/{session}/release")).json()["data"]
    assert (freed["handledBy"], freed["humanUntil"]) == ("assistant", None)
    model.says("Masih, Bu.")
    await room.say(session, "Halo?")
    await room.work()
    assert (await contents(room, session))[-1] == ("assistant", "Masih, Bu.")


async def test_a_lease_that_has_ended_is_no_lease(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    await room.say(session, "Saya jawab sendiri", "human")
    await room.services.db.execute("UPDATE chat_sessions SET human_until = now() - interval '1 second'")
    model.says("Halo, Bu.")
    await room.say(session, "Halo")
    await room.work()
    assert (await contents(room, session))[-1] == ("assistant", "Halo, Bu.")


async def test_a_human_who_writes_meanwhile_is_the_one_who_answers(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    model.says(PRICE, 1)
    await room.say(session, "Berapa?")
    model.pause()
    working = asyncio.create_task(room.work())
    await model.asked()
    await room.say(session, "Sebentar ya, saya cek.", "human")
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("cancelled", ["HUMAN_ANSWERS"]), "at once"
    model.go_on()
    await working
    assert await contents(room, session) == [("customer", "Berapa?"), ("human", "Sebentar ya, saya cek.")]
    [answer] = await answers(room, session)
    assert (answer["state"], answer["draft"], answer["reasons"]) == ("cancelled", None, ["HUMAN_ANSWERS"])
    assert (
        await room.services.db.fetch_value(
            "SELECT extract(epoch FROM human_until - now()) FROM chat_sessions"
        )
        > 1790
    )


async def test_the_lease_of_a_message_is_as_long_as_the_setting(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await shop(room)
    switch(room, monkeypatch, human_lease_minutes=2)
    await room.say(session, "Saya jawab sendiri", "human")
    left = "SELECT extract(epoch FROM human_until - now()) FROM chat_sessions"
    assert 110 < await room.services.db.fetch_value(left) <= 120


@pytest.mark.parametrize(("change", "reason"), [("paused", "SESSION_PAUSED"), ("closed", "SESSION_CLOSED")])
async def test_a_session_that_rests_meanwhile_is_not_answered(
    room: Room, model: ModelServer, change: str, reason: str
) -> None:
    session = await shop(room)
    model.says(PRICE, 1)
    await room.say(session, "Berapa?")
    model.pause()
    working = asyncio.create_task(room.work())
    await model.asked()
    await room.melati.patch(f"{API}/sessions/{session}", json={"status": change})
    model.go_on()
    await working
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("cancelled", [reason])
    assert await contents(room, session) == [("customer", "Berapa?")]


async def test_a_deleted_question_and_a_deleted_session_are_not_answered(
    room: Room, model: ModelServer
) -> None:
    session = await shop(room)
    asked = await room.say(session, "Berapa?")
    await room.melati.delete(f"{API}/messages/{asked['id']}")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"], model.requests) == ("cancelled", ["MESSAGE_DELETED"], [])
    model.says("Halo")
    await room.say(session, "Halo")
    model.pause()
    working = asyncio.create_task(room.work())
    await model.asked()
    assert (await room.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    model.go_on()
    await working
    assert await room.services.db.fetch_value("SELECT count(*) FROM answers") == 0
