"""A model that is down, slow, throttled or spent: who waits, who is answered late, and who is left to a human.

A worker runs beside the server, as in production; the tests speak HTTP and sockets, and tell the model what to do.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from tests.products.dealroom.model_server import ModelServer, run_model_server
from tests.products.dealroom.whatsapp import SARI, Wire, text_message, webhook, wire, wire_server

from colonnade.kernel.jobs import Worker
from colonnade.products.dealroom.assistant.schemas import MODEL_LANE, AssistantSettings

__all__ = ["wire", "wire_server"]

API = "/api/v1"
HONEST = "Terima kasih, Kak."
NOTE = "Asisten tidak menjawab pesan terakhir ({}). Mohon dijawab sendiri."


@pytest.fixture(scope="module")
async def model_server() -> AsyncIterator[ModelServer]:
    """Provide the server itself; use `model`."""
    async with run_model_server() as server:
        yield server


Switch = Callable[..., None]


@pytest.fixture
def switch(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Switch:
    """Provide a function that changes the assistant's settings."""

    def change(**values: Any) -> None:
        now = wire.services.settings
        other = now.of(AssistantSettings).model_copy(update=values)
        monkeypatch.setattr(wire.services, "settings", now.including(other))

    return change


@pytest.fixture
def model(model_server: ModelServer, switch: Switch) -> ModelServer:
    """Provide a model server that the assistant calls."""
    model_server.reset()
    switch(
        assistant="openai",
        assistant_base_url=model_server.url,
        assistant_model="test-model",
        assistant_api_key=SecretStr("sk-test"),
        assistant_breaker_failures=1,
        assistant_breaker_seconds=1,
    )
    return model_server


@asynccontextmanager
async def working(wire: Wire) -> AsyncIterator[None]:
    """Run a worker until the block ends."""
    worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop()
        await running


async def until(condition: Callable[[], Any], seconds: float = 15.0) -> float:
    """Wait until `condition` holds; return for how long."""
    begun = time.perf_counter()
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
    return time.perf_counter() - begun


async def shop(wire: Wire) -> str:
    session = await wire.session()
    vendor = {"sessionId": session, "name": "Sinta", "persona": "Ramah dan singkat.", "language": "id"}
    assert (await wire.melati.post(f"{API}/vendors", json=vendor)).status_code == 201
    return session


async def said(wire: Wire, session: str) -> list[tuple[str, str]]:
    return [(one["sender"], one["content"]) for one in await wire.messages(session)]


async def answers(wire: Wire, session: str) -> list[dict[str, Any]]:
    found = await wire.melati.get(f"{API}/sessions/{session}/answers")
    return found.json()["data"]  # type: ignore[no-any-return]


async def status(wire: Wire) -> dict[str, Any]:
    found = await wire.melati.get(f"{API}/assistant")
    assert found.status_code == 200, found.text
    return found.json()["data"]  # type: ignore[no-any-return]


async def test_a_model_that_is_down_is_left_alone_and_answers_late_when_it_is_back(
    wire: Wire, model: ModelServer
) -> None:
    model.answers(503)
    session = await shop(wire)
    others = [await shop(wire) for _ in range(5)]
    async with working(wire):
        await wire.say(session, "Berapa?")
        await model.asked()
        await until(lambda: _is_down(wire))
        for other in others:
            await wire.say(other, "Halo")
        await asyncio.sleep(0.5)
        assert len(model.requests) == 1  # nobody asks while the breaker is open
        model.reset()
        model.says(HONEST)
        await until(lambda: _all_answered(wire, [session, *others]))
    assert await said(wire, session) == [("customer", "Berapa?"), ("assistant", HONEST)]
    assert len(model.requests) == 6
    found = await status(wire)
    assert (found["available"], found["retryAfterSeconds"]) == (True, None)


async def _is_down(wire: Wire) -> bool:
    found = await status(wire)
    assert found["available"] is (found["retryAfterSeconds"] is None)
    return found["retryAfterSeconds"] is not None


async def _all_answered(wire: Wire, sessions: list[str]) -> bool:
    return all([(await answers(wire, one))[0]["state"] == "sent" for one in sessions])


async def test_of_those_who_wait_one_tries_whether_the_server_is_back(wire: Wire, model: ModelServer) -> None:
    model.answers(500)
    sessions = [await shop(wire) for _ in range(6)]
    async with working(wire), working(wire):  # two workers share what they know
        for session in sessions:
            await wire.say(session, "Halo")
        await until(lambda: _is_down(wire))
        await asyncio.sleep(0.1)
        first = len(model.requests)  # what was under way when the first failed
        await asyncio.sleep(2.8)  # pauses of one second, then two
        assert 1 <= len(model.requests) - first <= 2


@pytest.mark.parametrize("fault", ["garbles", "shows_a_page", "cuts", "hangs", "answers_429", "answers_500"])
async def test_after_any_fault_the_answer_comes(
    wire: Wire, model: ModelServer, switch: Switch, fault: str
) -> None:
    switch(assistant_timeout_seconds=0.3)
    if fault == "answers_429":
        model.throttles(1)
    elif fault == "answers_500":
        model.answers(500)
    else:
        getattr(model, fault)()
    model.says(HONEST)
    session = await shop(wire)
    async with working(wire):
        await wire.say(session, "Halo")
        await until(lambda: _all_answered(wire, [session]))
    assert await said(wire, session) == [("customer", "Halo"), ("assistant", HONEST)]


async def test_a_server_that_asks_for_a_pause_gets_it(wire: Wire, model: ModelServer, switch: Switch) -> None:
    switch(assistant_breaker_failures=100)
    model.throttles(120)
    session = await shop(wire)
    async with working(wire):
        await wire.say(session, "Halo")
        await until(lambda: _is_down(wire))
    found = await status(wire)
    assert 100 < found["retryAfterSeconds"] <= 120
    assert len(model.requests) == 1


async def test_an_answer_that_would_come_too_late_is_left_to_a_human_at_once(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    switch(assistant_late_minutes=1)
    model.throttles(90)
    session = await shop(wire)
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    async with working(wire):
        await wire.say(session, "Halo")
        [decided] = await socket.wait_for("answer-decided")
    [answer] = await answers(wire, session)
    assert decided["answer"] == answer
    assert (answer["state"], answer["reasons"]) == ("failed", ["MODEL_UNAVAILABLE: it answered 429"])
    assert await said(wire, session) == [("customer", "Halo"), ("system", NOTE.format("MODEL_UNAVAILABLE"))]


async def test_an_old_message_is_not_answered_when_the_worker_is_back(wire: Wire, model: ModelServer) -> None:
    model.says(HONEST)
    session = await shop(wire)
    await wire.say(session, "Halo")
    # The clock cannot be turned over HTTP: the plan is made sixteen minutes older.
    await wire.services.db.execute("UPDATE answers SET planned_at = planned_at - interval '16 minutes'")
    await wire.work()
    [answer] = await answers(wire, session)
    assert (answer["state"], answer["reasons"], model.requests) == ("failed", ["TOO_LATE: 16 min"], [])
    assert await said(wire, session) == [("customer", "Halo"), ("system", NOTE.format("TOO_LATE"))]


async def test_a_customer_whose_day_is_over_is_left_to_a_human(wire: Wire, model: ModelServer) -> None:
    model.says(HONEST)
    session = await wire.talk("Halo")
    # As above: a day cannot pass in a test.
    await wire.services.db.execute("UPDATE channel_contacts SET window_ends_at = now()")
    await wire.work()
    [answer] = await answers(wire, session)
    assert (answer["state"], answer["reasons"], model.requests) == ("failed", ["WINDOW_CLOSED"], [])
    assert (await said(wire, session))[-1] == ("system", NOTE.format("WINDOW_CLOSED"))
    assert await _sent(wire, HONEST) is False


@pytest.mark.parametrize("sender", ["human", "assistant"])
async def test_what_somebody_has_answered_meanwhile_is_not_answered_late(
    wire: Wire, model: ModelServer, sender: str
) -> None:
    model.answers(503)
    session = await shop(wire)
    async with working(wire):
        await wire.say(session, "Halo")
        await until(lambda: _is_down(wire))
        await wire.say(session, "Sudah saya jawab", sender)
        model.reset()
        model.says(HONEST)
        await until(lambda: _is_over(wire, session))
    [answer] = await answers(wire, session)
    reason = "HUMAN_ANSWERS" if sender == "human" else "ANSWERED_MEANWHILE"
    assert (answer["state"], answer["reasons"]) == ("cancelled", [reason])
    assert await said(wire, session) == [("customer", "Halo"), (sender, "Sudah saya jawab")]


async def _is_over(wire: Wire, session: str) -> bool:
    return all(one["state"] != "queued" for one in await answers(wire, session))


async def test_a_burst_of_short_messages_costs_one_call(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    switch(assistant_quiet_seconds=0.5)
    model.says(HONEST)
    async with working(wire):
        for number in range(6):
            await wire.deliver(webhook(text_message(f"wamid.{number}", f"pesan {number}")))
            await asyncio.sleep(0.1)
        [session] = await wire.sessions()
        await until(lambda: _all_answered(wire, [session["id"]]))
        await asyncio.sleep(0.7)
    assert len(model.requests) == 1
    assert "pesan 0" in json.dumps(model.requests[0])
    assert "pesan 5" in json.dumps(model.requests[0])
    assert [sender for sender, _ in await said(wire, session["id"])] == ["customer"] * 6 + ["assistant"]
    assert (await status(wire))["usage"]["calls"] == 1


async def test_whoever_never_stops_writing_is_answered_all_the_same(
    wire: Wire, model: ModelServer, switch: Switch
) -> None:
    switch(assistant_quiet_seconds=0.3)
    model.says(HONEST)
    session = await shop(wire)
    async with working(wire):
        begun = time.perf_counter()
        while not model.requests and time.perf_counter() - begun < 5:
            await wire.say(session, "dan lagi")
            await asyncio.sleep(0.1)
    assert 1.2 < time.perf_counter() - begun < 3.0


async def _all_over(wire: Wire, sessions: list[str]) -> bool:
    return all([await _is_over(wire, session) for session in sessions])


async def test_a_model_that_hangs_delays_neither_sending_nor_media_nor_webhooks(
    wire: Wire, model: ModelServer
) -> None:
    model.hangs(12)
    for _ in range(12):
        await wire.say(await shop(wire), "Berapa?")
    wire.provider.files["berkas-1"] = (
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    )
    async with working(wire):
        await model.asked(MODEL_LANE.concurrency)
        begun = time.perf_counter()
        document = {"id": "berkas-1", "mime_type": "application/pdf", "filename": "daftar.pdf"}
        message = {
            "from": SARI,
            "id": "wamid.d",
            "timestamp": str(int(time.time())),
            "type": "document",
            "document": document,
        }
        answer = await wire.deliver(webhook(message))
        webhooks = time.perf_counter() - begun
        assert answer.status_code == 200
        session = (await wire.sessions())[0]["id"]
        await wire.say(session, "Selamat pagi", "human")
        sending = await until(lambda: _sent(wire, "Selamat pagi"), 5)
        media = await until(lambda: _has_media(wire, session), 5)
        assert model.waiting == MODEL_LANE.concurrency
    assert webhooks < 2.0
    assert sending < 2.0
    assert media < 2.0


async def test_one_customer_who_writes_on_does_not_hold_the_model_against_all_others(
    wire: Wire, model: ModelServer
) -> None:
    model.hangs(MODEL_LANE.concurrency)
    model.says(HONEST)
    chatty, other = await shop(wire), await shop(wire)
    async with working(wire):
        for number in range(MODEL_LANE.concurrency):
            await wire.say(chatty, f"Halo {number}")
            await model.asked(number + 1)
        await wire.say(other, "Halo")
        waited = await until(lambda: _all_answered(wire, [other]), 8)
        assert waited < 5.0
        # Of the chatty one's calls the last is wanted still; a human's message frees that, too.
        await until(lambda: _has_calls(model, 1), 5)
        await wire.say(chatty, "Saya jawab sendiri", "human")
        await until(lambda: _has_calls(model, 0), 5)
    assert (await said(wire, other))[-1] == ("assistant", HONEST)
    assert [one["reasons"] for one in await answers(wire, chatty)] == [["HUMAN_ANSWERS"]]


async def _has_calls(model: ModelServer, count: int) -> bool:
    return model.waiting == count


async def _sent(wire: Wire, text: str) -> bool:
    return text in [one.get("text", {}).get("body") for one in wire.provider.sent]


async def _has_media(wire: Wire, session: str) -> bool:
    return any(one["mediaUrl"] for one in await wire.messages(session))
