"""A model that hangs delays only its own callers: sending and mail go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.products.dealroom.model_server import run_model_server
from tests.products.dealroom.whatsapp import wire, wire_server

from colonnade.kernel.identity.codes.jobs import send_code
from colonnade.kernel.identity.codes.schemas import SendCode
from colonnade.kernel.jobs import Worker, list_jobs
from colonnade.kernel.mail import list_dev_mails
from colonnade.products.dealroom.assistant.schemas import MODEL_LANE, AssistantSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["wire", "wire_server"]

API = "/api/v1"
CUSTOMERS = 12


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.01)


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

        session = await wire.talk("Halo")
        await wire.say(session, "Selamat pagi", "human")
        async with wire.services.db.transaction() as tx:
            await tx.enqueue(send_code, SendCode("melati@test.id", "reset-password", "id"))

        async def both_gone() -> bool:
            mails = await list_dev_mails(wire.services.db)
            return wire.provider.texts == ["Selamat pagi"] and len(mails) == 1

        await until(both_gone)
        states = Counter((job.name, job.state) for job in await list_jobs(wire.services.db))
        assert states["assistant.answer", "running"] == MODEL_LANE.concurrency == len(model.requests)
        assert states["assistant.answer", "queued"] + states["assistant.answer", "delayed"] >= CUSTOMERS - 8
        model.go_on()
        await worker.stop()
        await running
