"""A worker that sends to a provider is killed; and sixty customers write at once while models take their time."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr
from tests.products.dealroom.model_server import run_model_server
from tests.products.dealroom.whatsapp import status_of, text_message, webhook, wire, wire_server

from colonnade.kernel.jobs import Worker
from colonnade.products.dealroom.assistant.schemas import AssistantSettings

__all__ = ["wire", "wire_server"]

pytestmark = pytest.mark.slow

API = "/api/v1"
CONTACTS = 60
SLOW_CALLS = 4
WORKER = """
import asyncio, json, sys
from pathlib import Path
from colonnade.app.compose import open_services
from colonnade.app.services import start_services
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.jobs import Worker
from colonnade.products.dealroom.product import PRODUCT

given = json.loads(sys.argv[1])
dsn = given.pop("dsn")
given["colonnade_home"] = Path(given["colonnade_home"])
settings = load_product_settings(PRODUCT, Path("/nonexistent"), environ={}, **given)

async def main():
    services = open_services(PRODUCT, settings, dsn)
    await start_services(services)
    await Worker(dsn, services, services.product.jobs, name="killed").run()

asyncio.run(main())
"""


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_a_message_whose_worker_was_killed_is_not_sent_twice(wire: Any) -> None:
    """The provider has taken it, and nobody is left to note its answer."""
    session = await wire.talk("Halo")
    first = await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    settings = wire.services.settings
    given = {
        "dsn": wire.services.db.dsn,
        "app_env": "test",
        "colonnade_home": str(settings.colonnade_home),
        "whatsapp_base_url": f"{wire.provider.url}/v25.0",
        "public_url": "https://dealroom.test",
    }
    wire.provider.answer_gate = asyncio.Event()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, json.dumps(given))
    try:
        await asyncio.wait_for(wire.provider.handled.wait(), 60)
    finally:
        process.kill()
        await process.wait()
    wire.provider.answer_gate.set()
    wire.provider.answer_gate = None
    assert wire.provider.texts == ["satu"]
    # The leases of the job and of the contact end.
    await wire.services.db.execute("UPDATE channel_contacts SET busy_until = now() - interval '1 minute'")
    await wire.services.db.execute("UPDATE job_queue SET run_at = now(), state = 'queued'")
    await wire.work()
    assert wire.provider.texts == ["satu", "dua"]
    found = await wire.messages(session)
    assert [m["status"] for m in found[1:]] == ["unknown", "sent"]
    assert found[1]["error"]["code"] == "OUTCOME_UNKNOWN"
    told = status_of("wamid.out-1", "delivered", biz_opaque_callback_data=str(first["id"]))
    assert (await wire.deliver(webhook(statuses=(told,)))).status_code == 200
    found = await wire.messages(session)
    assert (found[1]["status"], found[1]["providerMessageId"]) == ("delivered", "wamid.out-1")
    proof = (await wire.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert proof["intact"] is True


async def deliver(wire: Any, body: Any) -> None:
    """Deliver as the provider does: again, when the answer is not 200."""
    async with asyncio.timeout(30):
        while (await wire.deliver(body)).status_code != 200:
            await asyncio.sleep(0.5)


async def test_sixty_customers_who_write_at_once_are_answered_once_each(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"62812000{number:05}" for number in range(CONTACTS)]
    async with run_model_server() as model:
        chosen = wire.services.settings.of(AssistantSettings).model_copy(
            update={
                "assistant": "openai",
                "assistant_base_url": model.url,
                "assistant_model": "test-model",
                "assistant_api_key": SecretStr("sk-test-0123456789"),
            }
        )
        monkeypatch.setattr(wire.services, "settings", wire.services.settings.including(chosen))
        answer = json.dumps({"reply": "Halo, ada yang bisa dibantu?", "productIds": [], "claims": []})
        model.decides(lambda _: answer)
        # Four calls hang: nobody else waits for those customers' answers.
        model.hangs(SLOW_CALLS)
        vendor = {"name": "Sinta", "persona": "Ramah.", "language": "id"}
        put = await wire.melati.put(f"{API}/channels/{wire.channel}/vendor", json=vendor)
        assert put.status_code in (200, 201), put.text
        worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
        running = asyncio.create_task(worker.run())
        began = time.monotonic()
        deliveries = [
            webhook(text_message(f"wamid.{person}.{number}", f"Halo {number}", person), names={})
            for number in range(2)
            for person in people
        ]
        for half in (deliveries[:CONTACTS], deliveries[CONTACTS:]):
            await asyncio.gather(*(deliver(wire, body) for body in half))

        async def all_answered() -> bool:
            return len({one["to"] for one in wire.provider.sent}) >= CONTACTS - SLOW_CALLS

        await until(all_answered)
        seconds = time.monotonic() - began
        await asyncio.sleep(1)  # what would be answered twice comes now
        await worker.stop()
        await running
    counted = [sum(one["to"] == person for one in wire.provider.sent) for person in people]
    assert max(counted) <= 2, counted  # one for each message that had not been answered yet
    for session in await wire.sessions():
        found = await wire.messages(session["id"])
        texts = [m["content"] for m in found if m["sender"] == "customer"]
        assert texts == ["Halo 0", "Halo 1"]
        assert all(m["status"] == "sent" for m in found if m["sender"] == "assistant")
    print(f"{CONTACTS} customers with two messages each were answered within {seconds:.1f} s")
