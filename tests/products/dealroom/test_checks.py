"""What strangers write is worked on in processes of their own, and what takes too long is left to a human."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
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

from colonnade.products.dealroom.assistant.clients import completions
from colonnade.products.dealroom.assistant.jobs import answering, asking, checking
from colonnade.products.dealroom.assistant.rules import (
    catalogue,
    desk,
    explanations,
    inspection,
    leaks,
    orders,
    prompt,
    replies,
)

__all__ = ["model", "model_server"]

NOTE = "Asisten tidak menjawab pesan terakhir (CHECK_TIMED_OUT). Mohon dijawab sendiri."


def hold(*_: Any) -> bool:
    """Hold the interpreter for a day."""
    return re.fullmatch(r"(a+)+b", "a" * 60) is None


def hold_what_is_slow(asked: bytes, judged: bytes, reply: Any) -> Any:
    """Hold the interpreter for answers that say so; check others."""
    if "slow" in reply.text:
        hold()
    return desk.check(asked, judged, reply)


def note_process(path: str, asked: bytes, judged: bytes, reply: Any) -> Any:
    Path(path).write_text(str(os.getpid()))
    return desk.check(asked, judged, reply)


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what holds a process two seconds of the processor, and the rest more than it takes on a busy machine."""
    plain_run = checking.Checks.run

    async def run(self: checking.Checks, function: Any, *args: Any, **more: Any) -> Any:
        monkeypatch.setattr(checking, "CHECK_SECONDS", 2.0 if function is hold else 60.0)
        return await plain_run(self, function, *args, **more)

    monkeypatch.setattr(checking.Checks, "run", run)


@pytest.mark.parametrize("mode", ["openai", "local"])
async def test_nothing_of_an_answer_is_worked_on_in_the_servers_process(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Whatever reads, builds and checks fails here: an answer that is sent was made elsewhere."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("in the server's process")

    switch(room, monkeypatch, assistant=mode)
    for module, name in (
        (catalogue, "Catalogue"),
        (completions, "read_reply"),
        (desk, "Catalogue"),
        (desk, "build_turns"),
        (desk, "inspect_reply"),
        (desk, "judge"),
        (desk, "without_orders"),
        (explanations, "Explanation"),
        (inspection, "find_echoes"),
        (leaks, "find_leaks"),
        (orders, "find_orders"),
        (orders, "_search"),
        (prompt, "find_orders"),
        (replies, "strip_remains"),
    ):
        monkeypatch.setattr(module, name, refuse)
    session = await shop(room)
    model.says(PRICE, 1)
    await room.say(session, "Berapa harga sepatunya?", senderName="Ibu Sari")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("sent", [])
    assert [sender for sender, _ in await contents(room, session)] == ["customer", "assistant"]


async def test_one_process_serves_the_answers_of_a_shop(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []
    noted = tmp_path / "pid"

    async def run(self: checking.Checks, function: Any, *args: Any, **more: Any) -> Any:
        if function is desk.check:
            return await plain_run(self, note_process, str(noted), *args, **more)
        return await plain_run(self, function, *args, **more)

    plain_run = checking.Checks.run
    monkeypatch.setattr(checking.Checks, "run", run)
    for _ in range(3):
        session = await shop(room)
        model.says(PRICE, 1)
        await room.say(session, "Berapa harga sepatunya?")
        await room.work()
        seen.append(int(noted.read_text()))
    assert os.getpid() not in seen
    assert len(set(seen)) == 1


async def test_an_answer_whose_check_takes_too_long_is_held_and_not_asked_for_again(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch, short_deadline: None
) -> None:
    monkeypatch.setattr(answering, "check", hold)
    session = await shop(room)
    model.says(PRICE, 1)
    await room.say(session, "Berapa harga sepatunya?")
    await room.work()
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"], answer["draft"]) == ("held", ["CHECK_TIMED_OUT"], PRICE)
    assert await contents(room, session) == [("customer", "Berapa harga sepatunya?")]
    assert len(model.requests) == 1
    assert await room.services.db.fetch_value("SELECT count(*) FROM job_queue") == 0
    monkeypatch.undo()
    sent = await room.melati.post(f"{API}/answers/{answer['id']}/approve", json={})
    assert sent.status_code == 200, sent.text


@pytest.mark.parametrize(
    ("module", "name", "asked"), [(answering, "prepare", 0), (asking, "read_completion", 1)]
)
async def test_what_takes_too_long_before_there_is_an_answer_is_left_to_a_human(
    room: Room,
    model: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    short_deadline: None,
    module: Any,
    name: str,
    asked: int,
) -> None:
    session = await shop(room)
    with monkeypatch.context() as patched:
        patched.setattr(module, name, hold)
        model.says(PRICE, 1)
        await room.say(session, "Berapa harga sepatunya?")
        await room.work()
        [answer] = await answers(room, session)
        assert (answer["state"], answer["reasons"], answer["draft"]) == ("failed", ["CHECK_TIMED_OUT"], None)
        assert await contents(room, session) == [("customer", "Berapa harga sepatunya?"), ("system", NOTE)]
        assert len(model.requests) == asked
        assert await room.services.db.fetch_value("SELECT count(*) FROM job_queue") == 0
    model.reset()
    model.says(PRICE, 1)
    await room.say(session, "Halo?")
    await room.work()
    assert [one["state"] for one in await answers(room, session)] == ["sent", "failed"]


async def test_costly_answers_of_one_shop_do_not_hold_those_of_others(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CHECK_SECONDS", 60.0)
    monkeypatch.setattr(answering, "check", hold_what_is_slow)
    workers = room.services.workers
    checks = [checking.Checks(workers, room.accounts[name]) for name in ("melati", "budi")]
    packed = desk.pack_case(desk.Case(None, [], [], "id"))
    slow, fast = (desk.Reply(text) for text in ("slow", "Terima kasih, Kak."))
    greedy = [asyncio.create_task(checks[0].run(hold_what_is_slow, packed, packed, slow)) for _ in range(5)]
    await asyncio.sleep(0.1)
    try:
        async with asyncio.timeout(60):
            judged = await checks[1].run(hold_what_is_slow, packed, packed, fast)
        assert judged.reasons == ()
        assert [task.done() for task in greedy] == [False] * 5
        with pytest.raises(checking.ChecksBusy):
            await checks[0].run(desk.prepare, packed, line=checking.LINE_BEFORE)
    finally:
        for task in greedy:
            task.cancel()
        await asyncio.gather(*greedy, return_exceptions=True)


async def test_an_answer_that_finds_no_process_is_tried_again_while_it_makes_sense(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "LINE_BEFORE", -1)
    switch(room, monkeypatch, assistant_late_minutes=0.03)
    session = await shop(room)
    await room.say(session, "Berapa harga sepatunya?")
    await room.work()
    [answer] = await answers(room, session)
    assert answer["state"] == "failed"
    assert answer["reasons"][0].startswith("CHECK_TIMED_OUT")
    assert model.requests == []


async def test_who_finds_no_process_for_a_moment_is_answered_after_it(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await shop(room)
    model.says(PRICE, 1)
    await room.say(session, "Berapa harga sepatunya?")
    with monkeypatch.context() as patched:
        patched.setattr(answering, "LINE_BEFORE", -1)
        await room.work()
        [answer] = await answers(room, session)
        assert (answer["state"], model.requests) == ("queued", [])
    attempts = await room.services.db.fetch_value("SELECT attempts FROM answers")
    assert attempts == 0, "it was none"
    await room.services.db.execute("UPDATE job_queue SET run_at = now()")
    await room.work()
    assert [one["state"] for one in await answers(room, session)] == ["sent"]


@pytest.mark.parametrize("error", [checking.CheckTimedOut, checking.ChecksBusy])
async def test_a_server_whose_reply_we_cannot_read_at_once_has_answered(
    room: Room, model: ModelServer, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """It was tried after a failure: its breaker is closed, whatever we make of what it has written."""

    async def run(self: checking.Checks, function: Any, *args: Any, **more: Any) -> Any:
        if function is completions.read_completion:
            raise error
        return await plain_run(self, function, *args, **more)

    switch(room, monkeypatch, assistant_breaker_failures=1, assistant_late_minutes=0.5)
    session = await shop(room)
    model.answers(503)
    await room.say(session, "Berapa harga sepatunya?")
    await room.work()
    assert (await room.melati.get(f"{API}/assistant")).json()["data"]["available"] is False
    model.reset()
    model.says(PRICE, 1)
    await room.services.db.execute("UPDATE model_servers SET open_until = now()")
    await room.services.db.execute("UPDATE job_queue SET run_at = now()")
    plain_run = checking.Checks.run
    monkeypatch.setattr(checking.Checks, "run", run)
    await room.say(session, "Halo?")
    await room.work()
    assert len(model.requests) == 1
    assert (await room.melati.get(f"{API}/assistant")).json()["data"]["available"] is True


async def test_an_answer_is_judged_by_the_catalogue_as_it_is_at_the_end(
    room: Room, model: ModelServer
) -> None:
    """Its owner changes the price whenever it was asked from: an answer with the price of before is held."""
    session = await shop(room)
    path = f"{API}/sellers/1/products/1"
    model.says(PRICE, 1)
    model.says("Sepatu Kulit Anoa mulai Rp460.000, Bu.", 1)
    await room.say(session, "Berapa harga sepatunya?")
    model.pause()
    working = asyncio.create_task(room.work())
    for count, price in ((1, 46_000_000), (2, 47_000_000)):
        await model.asked(count)
        change = {"price": {"minMinor": price, "maxMinor": price, "currency": "IDR"}}
        changed = await room.melati.patch(path, json=change)
        assert changed.status_code == 200, changed.text
        model.go_on()
        if count == 1:
            model.pause()
    await working
    [answer] = await answers(room, session)
    assert (answer["state"], answer["reasons"]) == ("held", ["PRICE_UNKNOWN: Rp460.000"])
