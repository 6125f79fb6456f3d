"""A model that hangs delays only its own callers: sending and mail go on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.products.dealroom.model_server import run_model_server
from tests.products.dealroom.test_webhook_turns import waking
from tests.products.dealroom.whatsapp import JOKO, text_message, webhook, wire, wire_server

from colonnade.kernel.identity.codes.jobs import send_code
from colonnade.kernel.identity.codes.schemas import SendCode
from colonnade.kernel.jobs import Lane, Worker, list_jobs
from colonnade.kernel.mail import list_dev_mails
from colonnade.products.dealroom.assistant.schemas import MODEL_LANE, AssistantSettings
from colonnade.products.dealroom.messages.schemas import MEDIA_LANE, SENDING_LANE
from colonnade.products.dealroom.webhooks.schemas import DELIVERY_LANE, FETCH_MEDIA

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from colonnade.app.testing import OpenBackend

__all__ = ["wire", "wire_server"]

API = "/api/v1"
CUSTOMERS = 12
AT_ONCE_SECONDS = 5.0
"""Webhook, writing and sending together: some tens of milliseconds on a machine that does nothing else."""


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.01)


async def levels(wire: Any, lane: Lane) -> set[tuple[str, int, int]]:
    """Return whom a lane's jobs concern, with their priority and number."""
    rows = await wire.services.db.fetch(
        "SELECT concerns, priority, count(*) FROM job_queue WHERE lane = $1 GROUP BY 1, 2", lane.name
    )
    return {(row[0], row[1], row[2]) for row in rows}


async def test_a_model_that_hangs_delays_neither_sending_nor_mail(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_model_server() as model:
        settings = wire.services.settings.of(AssistantSettings)
        other = settings.model_copy(
            update={
                "assistant": "openai",
                "assistant_base_url": model.url,
                "assistant_model": "test-model",
                "assistant_api_key": SecretStr("sk-test-0123456789"),
            }
        )
        monkeypatch.setattr(wire.services, "settings", wire.services.settings.including(other))
        model.says("Halo, Bu.")
        model.pause()
        for number in range(CUSTOMERS):
            session = await wire.session()
            vendor = {"sessionId": session, "name": "Sinta", "persona": "Ramah.", "language": "id"}
            assert (await wire.melati.post(f"{API}/vendors", json=vendor)).status_code == 201
            await wire.say(session, f"Berapa harganya? {number}")
        worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
        running = asyncio.create_task(worker.run())
        await model.asked(MODEL_LANE.concurrency)

        began = time.monotonic()
        session = await wire.talk("Halo")
        await wire.say(session, "Selamat pagi", "human")
        async with wire.services.db.transaction() as tx:
            await tx.enqueue(send_code, SendCode("melati@test.id", "reset-password", "id"))

        async def both_gone() -> bool:
            mails = await list_dev_mails(wire.services.db)
            return wire.provider.texts == ["Selamat pagi"] and len(mails) == 1

        await until(both_gone)
        assert time.monotonic() - began < AT_ONCE_SECONDS
        states = Counter((job.name, job.state) for job in await list_jobs(wire.services.db))
        assert states["assistant.answer", "running"] == MODEL_LANE.concurrency == len(model.requests)
        assert states["assistant.answer", "queued"] + states["assistant.answer", "delayed"] >= CUSTOMERS - 8
        model.go_on()
        await worker.stop()
        await running


async def test_files_that_hang_delay_neither_sending_nor_webhooks(wire: Any) -> None:
    wire.provider.files["media-1"] = b"%PDF-1.4 nota"
    wire.provider.media_gate = asyncio.Event()
    for number in range(CUSTOMERS):
        document = {"id": "media-1", "mime_type": "application/pdf", "filename": "nota.pdf"}
        message = {**text_message(f"wamid.file-{number}", ""), "type": "document", "document": document}
        assert (await wire.deliver(webhook(message))).status_code == 200
    worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
    running = asyncio.create_task(worker.run())

    async def lane_full() -> bool:
        asked = [path for path in wire.provider.asked if path.startswith("GET /files/")]
        return len(asked) >= FETCH_MEDIA.lane.concurrency

    await until(lane_full)
    began = time.monotonic()
    session = await wire.talk("Halo", wa_id=JOKO)
    await wire.say(session, "Selamat pagi", "human")

    async def gone() -> bool:
        return bool(wire.provider.texts == ["Selamat pagi"])

    await until(gone)
    assert time.monotonic() - began < AT_ONCE_SECONDS
    wire.provider.media_gate.set()
    await worker.stop()
    await running


async def test_an_account_to_which_many_write_at_once_has_few_in_front_of_others(
    open_backend: OpenBackend,
) -> None:
    many = MODEL_LANE.in_front or 0
    texts = (text_message(f"wamid.{n}", "Halo", f"62812000{n:05}") for n in range(many + 5))
    async with waking(open_backend) as wire:
        other = await wire.connect(wire.budi, phoneNumberId="999")
        assert (await wire.deliver(webhook(*texts, names={}))).status_code == 200
        body = webhook(text_message("wamid.budi", "Halo", JOKO), number="999")
        assert (await wire.deliver(body, channel=other)).status_code == 200
        melati, budi = (f"account:{wire.accounts[who]}" for who in ("melati", "budi"))
        assert await levels(wire, MODEL_LANE) == {(melati, 0, many), (melati, -1, 5), (budi, 0, 1)}


async def test_an_account_with_many_large_bodies_has_few_in_front_of_others(wire: Any) -> None:
    other = await wire.connect(wire.budi, phoneNumberId="999")
    many = DELIVERY_LANE.in_front or 0
    for number in range(many + 2):
        texts = (text_message(f"wamid.{number}.{n}", "Halo", f"62812{number:03}{n:05}") for n in range(101))
        assert (await wire.deliver(webhook(*texts, names={}))).status_code == 200
    texts = (text_message(f"wamid.{n}", "Halo", f"62813000{n:05}") for n in range(101))
    body = webhook(*texts, names={}, number="999")
    assert (await wire.deliver(body, channel=other)).status_code == 200
    melati, budi = (f"account:{wire.accounts[who]}" for who in ("melati", "budi"))
    assert await levels(wire, DELIVERY_LANE) == {(melati, 0, many), (melati, -1, 2), (budi, 0, 1)}
    await wire.services.db.execute("DELETE FROM webhook_deliveries")


async def test_an_account_with_many_files_to_fetch_has_few_in_front_of_others(wire: Any) -> None:
    other = await wire.connect(wire.budi, phoneNumberId="999")
    many = MEDIA_LANE.in_front or 0

    def file(id_: str, sender: str) -> dict[str, Any]:
        document = {"id": "media-1", "mime_type": "application/pdf", "filename": "nota.pdf"}
        return {**text_message(id_, "", sender), "type": "document", "document": document}

    files = (file(f"wamid.{n}", f"62812000{n:05}") for n in range(many + 3))
    assert (await wire.deliver(webhook(*files, names={}))).status_code == 200
    body = webhook(file("wamid.budi", JOKO), number="999")
    assert (await wire.deliver(body, channel=other)).status_code == 200
    melati, budi = (f"account:{wire.accounts[who]}" for who in ("melati", "budi"))
    assert await levels(wire, MEDIA_LANE) == {(melati, 0, many), (melati, -1, 3), (budi, 0, 1)}
    found = await wire.services.db.fetch_value("SELECT max(id) FROM messages WHERE channel_id = $1", other)
    assert (await wire.budi.post(f"{API}/messages/{found}/media/fetch")).status_code == 202
    assert (budi, 0, 2) in await levels(wire, MEDIA_LANE)


async def test_an_account_that_sends_much_has_few_in_front_of_others(wire: Any) -> None:
    other = await wire.connect(wire.budi, phoneNumberId="999")
    many = SENDING_LANE.in_front or 0
    session = await wire.talk("Halo")
    for number in range(many + 3):
        await wire.say(session, f"Selamat pagi {number}", "human")
    body = webhook(text_message("wamid.budi", "Halo", JOKO), number="999")
    assert (await wire.deliver(body, channel=other)).status_code == 200
    (talk,) = (await wire.budi.get(f"{API}/sessions")).json()["data"]
    said = {"sessionId": talk["id"], "sender": "human", "content": "Selamat pagi"}
    assert (await wire.budi.post(f"{API}/messages", json=said)).status_code == 201
    melati, budi = (f"account:{wire.accounts[who]}" for who in ("melati", "budi"))
    assert await levels(wire, SENDING_LANE) == {(melati, 0, many), (melati, -1, 3), (budi, 0, 1)}
    await wire.services.db.execute("DELETE FROM job_queue WHERE concerns = $1", budi)
    await wire.work()
    assert wire.provider.texts == [f"Selamat pagi {number}" for number in range(many + 3)]
