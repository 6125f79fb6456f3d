"""A worker that sends to a provider is killed; and sixty customers write at once while models take their time."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
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
HANGING_SECONDS = 20.0
"""After which a call is given up, and made again."""

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


async def test_sixty_customers_who_write_at_once_are_answered_once_each(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has one answer to each of two messages, in order; those whose model call hangs have theirs afterwards."""
    people = [f"62812000{number:05}" for number in range(CONTACTS)]
    async with run_model_server() as model:
        chosen = wire.services.settings.of(AssistantSettings).model_copy(
            update={
                "assistant": "openai",
                "assistant_base_url": model.url,
                "assistant_model": "test-model",
                "assistant_api_key": SecretStr("sk-test-0123456789"),
                "assistant_timeout_seconds": HANGING_SECONDS,
            }
        )
        monkeypatch.setattr(wire.services, "settings", wire.services.settings.including(chosen))
        answer = json.dumps({"reply": "Halo, ada yang bisa dibantu?", "productIds": [], "claims": []})
        model.decides(lambda _: answer)
        vendor = {"name": "Sinta", "persona": "Ramah.", "language": "id"}
        put = await wire.melati.put(f"{API}/channels/{wire.channel}/vendor", json=vendor)
        assert put.status_code in (200, 201), put.text
        worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
        running = asyncio.create_task(worker.run())
        try:
            # Four calls hang: nobody else waits for those customers' answers.
            model.hangs(SLOW_CALLS)
            seconds = [await write_and_wait(wire, people, "Halo 0", CONTACTS - SLOW_CALLS)]
            assert seconds[0] < HANGING_SECONDS
            assert len(answered(wire)) == CONTACTS - SLOW_CALLS
            await until(lambda: has_sent(wire, CONTACTS), 120)
            assert set(answered(wire)) == set(people)
            seconds.append(await write_and_wait(wire, people, "Halo 1", 2 * CONTACTS))
            await asyncio.sleep(1)  # what would be answered twice comes now
        finally:
            await worker.stop()
            await running
    assert answered(wire) == dict.fromkeys(people, 2)
    sessions = await wire.sessions()
    assert len(sessions) == CONTACTS
    for session in sessions:
        found = await wire.messages(session["id"])
        assert [(m["sender"], m["status"]) for m in found] == [
            ("customer", "sent"),
            ("assistant", "sent"),
        ] * 2
        assert [m["content"] for m in found[::2]] == ["Halo 0", "Halo 1"]
        assert [m["replyToId"] for m in found[1::2]] == [m["id"] for m in found[::2]]
        proof = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
        assert proof["intact"] is True
    print(
        f"{CONTACTS} customers were answered within {seconds[0]:.1f} s, and again within {seconds[1]:.1f} s"
    )


def answered(wire: Any) -> Counter[str]:
    """Count what each customer was sent."""
    return Counter(one["to"] for one in wire.provider.sent)


async def has_sent(wire: Any, count: int) -> bool:
    return len(wire.provider.sent) >= count


async def write_and_wait(wire: Any, people: list[str], text: str, count: int) -> float:
    """Let everybody write at once, each accepted at the first attempt; wait for answers, return the seconds."""
    began = time.monotonic()
    written = (webhook(text_message(f"wamid.{one}.{text}", text, one), names={}) for one in people)
    answers = await asyncio.gather(*(wire.deliver(body) for body in written))
    assert Counter(answer.status_code for answer in answers) == {200: len(people)}
    await until(lambda: has_sent(wire, count))
    return time.monotonic() - began
