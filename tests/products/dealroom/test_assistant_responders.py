"""Those who write the answers: model servers that fail or lack something, and the local responder."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.conftest import Room
from tests.products.dealroom.model_server import ModelServer
from tests.products.dealroom.test_assistant import (
    API,
    PRICE,
    answers,
    contents,
    model,
    model_server,
    shop,
    switch,
)

from colonnade.kernel.jobs import RetryLater
from colonnade.products.dealroom.assistant.jobs import write_answer
from colonnade.products.dealroom.assistant.schemas import WriteAnswer

__all__ = ["model", "model_server"]


async def test_a_responder_that_writes_nonsense_is_asked_five_times(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    socket = await room.socket(await room.token(room.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    for body in (b'{"choices": []}', b"{}", b"[]", b'{"choices": [{}]}'):
        model.answers(200, body)
    model.garbles()
    asked = await room.say(session, "Berapa?")
    payload = WriteAnswer(1, asked["id"])
    for delay in (5, 10, 20, 40):
        with pytest.raises(RetryLater, match="its answer is no chat completion") as later:
            await write_answer(room.services, payload)
        assert later.value.delay_seconds == delay
        [answer] = await answers(room, session)
        assert (answer["state"], answer["reasons"]) == ("queued", [])
    await room.services.db.execute(
        "UPDATE model_servers SET open_until = NULL"
    )  # five in a row open the breaker
    await write_answer(room.services, payload)
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == (
        "failed",
        ["RESPONDER_FAILED: its answer is no chat completion"],
    )
    assert (await socket.wait_for("answer-decided"))[0]["answer"] == answer
    await room.work()
    assert len(model.requests) == 5
    assert await contents(room, session) == [
        ("customer", "Berapa?"),
        ("system", "Asisten tidak menjawab pesan terakhir (RESPONDER_FAILED). Mohon dijawab sendiri."),
    ]


async def test_a_failure_that_passes_is_tried_again_by_the_queue(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    model.answers(503)
    model.says(PRICE, 1)
    await room.say(session, "Berapa?")
    await room.work()
    assert await contents(room, session) == [("customer", "Berapa?")]
    await room.services.db.execute("UPDATE job_queue SET run_at = now()")
    await room.work()
    assert await contents(room, session) == [("customer", "Berapa?"), ("assistant", PRICE)]


async def test_a_responder_that_refuses_is_not_asked_again(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    model.answers(401, b'{"error": {"message": "Incorrect API key provided: sk-test"}}')
    await room.say(session, "Berapa?")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("failed", ["RESPONDER_REFUSED: it answered 401"])
    assert len(model.requests) == 1


async def test_a_responder_that_thinks_too_long_is_left(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop(room)
    switch(room, monkeypatch, assistant_timeout_seconds=0.2)
    model.says(PRICE, 1)
    model.pause()
    asked = await room.say((await room.melati.get(f"{API}/sessions")).json()["data"][0]["id"], "Berapa?")
    with pytest.raises(RetryLater, match="it took too long"):
        await write_answer(room.services, WriteAnswer(1, asked["id"]))
    model.go_on()
    await room.work()


async def test_a_server_without_response_format_is_asked_without_it(room: Room, model: ModelServer) -> None:
    session = await shop(room)
    model.formats = set()
    model.writes(f"  {PRICE}\n")
    await room.say(session, "Berapa?")
    await room.work()
    assert [sorted(one) for one in model.requests] == [
        ["messages", "model", "response_format"],
        ["messages", "model", "response_format"],
        ["messages", "model"],
    ]
    assert (await contents(room, session))[-1] == ("assistant", PRICE)
    [answer] = await answers(room, session)
    assert [one["productId"] for one in answer["sources"]] == [None, 1]


@pytest.mark.parametrize(
    ("formats", "known"), [({"json_object"}, "json_object"), (set(), None), ({"json_schema"}, "json_schema")]
)
async def test_what_a_server_accepts_is_remembered_for_a_while(
    room: Room, model: ModelServer, formats: set[str], known: str | None
) -> None:
    session = await shop(room)
    model.formats = formats
    model.writes(PRICE)
    await room.say(session, "Berapa?")
    await room.work()
    first = len(model.requests)
    await room.say(session, "Berapa?")
    await room.work()
    assert [one.get("response_format", {}).get("type") for one in model.requests[first:]] == [known]
    await room.services.db.execute("UPDATE model_servers SET format_until = now()")
    model.formats = {"json_schema"}  # the server was updated
    await room.say(session, "Berapa?")
    await room.work()
    assert model.requests[-1]["response_format"]["type"] == "json_schema"
    assert len(model.requests) == first + 2


async def test_a_question_that_a_server_refuses_says_nothing_of_what_it_accepts(
    room: Room, model: ModelServer
) -> None:
    session = await shop(room)
    model.answers(400)
    await room.say(session, "Berapa?")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("failed", ["RESPONDER_REFUSED: it answered 400"])
    assert (
        await room.services.db.fetch_value("SELECT count(*) FROM model_servers WHERE format IS NOT NULL") == 0
    )


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ({"content": None, "refusal": "I cannot help."}, ["REPLY_REFUSED"]),
        (
            {"content": '{"reply": "Harg', "ended": "length"},
            ["REPLY_UNREADABLE", "REPLY_CUT: length", "WORD_UNKNOWN: Harg"],
        ),
        ({"content": None}, ["REPLY_EMPTY"]),
        ({"content": '{"reply": "  "}'}, ["REPLY_EMPTY"]),
    ],
)
async def test_half_an_answer_and_none_at_all_are_held(
    room: Room, model: ModelServer, said: dict[str, Any], reasons: list[str]
) -> None:
    session = await shop(room)
    model.writes(**said)
    await room.say(session, "Berapa?")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("held", reasons)
    assert len(await contents(room, session)) == 1


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("id", "Berapa harga sandal?", "Sandal Rotan Bawean: Rp125.000."),
        (
            "id",
            "Ada sepatu kulit?",
            "Kami punya Sepatu Kulit Anoa: Kulit sapi asli, Garansi jahitan 6 bulan.",
        ),
        ("en", "How much is the Anoa?", "Sepatu Kulit Anoa: Rp450.000 - Rp525.000."),
        ("en", "Hello", "We have Sepatu Kulit Anoa: Kulit sapi asli, Garansi jahitan 6 bulan."),
    ],
)
async def test_the_local_responder_answers_from_the_catalogue(
    room: Room, monkeypatch: pytest.MonkeyPatch, language: str, asked: str, said: str
) -> None:
    switch(room, monkeypatch, assistant="local")
    session = await shop(room, language=language)
    await room.say(session, asked)
    await room.work()
    assert await contents(room, session) == [("customer", asked), ("assistant", said)]
    [answer] = await answers(room, session)
    assert (answer["state"], answer["model"]) == ("sent", "local")


async def test_the_local_responder_keeps_to_what_was_talked_about_and_to_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(room, monkeypatch, assistant="local")
    session = await shop(room)
    await room.say(session, "Ada sandal?")
    await room.work()
    await room.say(session, "Berapa?")
    await room.work()
    assert [text for _, text in await contents(room, session)][1::2] == [
        "Kami punya Sandal Rotan Bawean: Dianyam tangan.",
        "Sandal Rotan Bawean: Rp125.000.",
    ]
    bare = await room.session()
    await room.say(bare, "Berapa?")
    await room.work()
    assert (await contents(room, bare))[1] == ("assistant", "Terima kasih, pesan Anda kami teruskan.")


async def test_a_model_server_is_reached_under_the_name_of_the_setting_alone(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await shop(room)
    model.says("Halo, Bu.")
    switch(room, monkeypatch, assistant_private_address="10.0.0.7")
    await room.say(session, "Halo")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"], model.requests) == (
        "failed",
        ["RESPONDER_REFUSED: its address may not be called"],
        [],
    )
    switch(room, monkeypatch, assistant_private_address="127.0.0.1")
    await room.say(session, "Halo?")
    await room.work()
    assert (await contents(room, session))[-1] == ("assistant", "Halo, Bu.")
