"""Files of ours are uploaded to the provider, which needs no address of this server, and sent by its id of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.whatsapp import JOKO, TOKEN, error, wire, wire_server

from colonnade.kernel.jobs import Worker, list_jobs
from colonnade.products.dealroom.sending.jobs import watch_channels

__all__ = ["wire", "wire_server"]

PDF = b"%PDF-1.4 nota"


async def send_file(wire: Any, session: str, data: bytes = PDF, **form: str) -> int:
    """Send a document and return its message's id."""
    body = {"sessionId": session, "sender": "human", **form}
    files = {"file": ("nota.pdf", data, "application/pdf")}
    answer = await wire.melati.post(f"{API}/messages/media", data=body, files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


def gone_out(wire: Any) -> list[str]:
    """Return what was sent: texts, and ids of files."""
    return [one["text"]["body"] if "text" in one else one["document"]["id"] for one in wire.provider.sent]


async def statuses(wire: Any, session: str) -> list[str]:
    return [m["status"] for m in await wire.messages(session) if m["sender"] == "human"]


async def test_a_file_keeps_its_place_among_the_messages(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await send_file(wire, session)
    await wire.say(session, "tiga", "human")
    await send_file(wire, session, b"%PDF-1.4 lagi")
    await wire.work()
    assert gone_out(wire) == ["satu", "media-1", "tiga", "media-2"]
    assert [one.data for one in wire.provider.uploads.values()] == [PDF, b"%PDF-1.4 lagi"]
    assert await statuses(wire, session) == ["sent"] * 4
    assert (await wire.health())["state"] == "connected"
    assert wire.services.settings.public_url is None


async def test_an_upload_that_hangs_delays_its_own_contact_only(wire: Any) -> None:
    slow, quick = await wire.talk("Halo"), await wire.talk("Halo", wa_id=JOKO)
    wire.provider.upload_gate = asyncio.Event()
    await send_file(wire, slow)
    worker = Worker(wire.services.db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(20):
            while not any(one.endswith("/media") for one in wire.provider.asked):
                await asyncio.sleep(0.02)
            # Two minutes later, when the claim of a sending would be over:
            await wire.services.db.execute(
                "UPDATE channel_contacts SET busy_until = busy_until - interval '2 minutes'"
            )
            for number in range(3):  # of which none starts another upload, or goes out before the file
                await wire.say(slow, f"nanti {number}", "human")
            await wire.say(quick, "langsung", "human")
            while gone_out(wire) != ["langsung"]:
                await asyncio.sleep(0.02)
            wire.provider.upload_gate.set()
            while len(wire.provider.sent) < 5:
                await asyncio.sleep(0.02)
    finally:
        await worker.stop()
        await running
    assert gone_out(wire) == ["langsung", "media-1", "nanti 0", "nanti 1", "nanti 2"]
    assert len(wire.provider.uploads) == 1


async def test_a_failure_that_passes_is_repeated(wire: Any) -> None:
    session = await wire.talk("Halo")
    await send_file(wire, session)
    await wire.say(session, "dua", "human")
    wire.provider.upload_answers = [(500, {}), (200, {"success": True}), (502, {})]
    for _ in range(4):
        assert (wire.provider.sent, await statuses(wire, session)) == ([], ["pending", "pending"])
        await wire.work()
        await wire.hurry()
    await wire.work()
    assert gone_out(wire) == ["media-1", "dua"]
    assert await statuses(wire, session) == ["sent", "sent"]


async def test_a_file_that_the_provider_refuses_fails_its_message(wire: Any) -> None:
    session = await wire.talk("Halo")
    refused = await send_file(wire, session)
    await wire.say(session, "dua", "human")
    wire.provider.upload_answers = [(400, error(131053, "Unsupported media"))]
    await wire.work()
    assert gone_out(wire) == ["dua"]
    assert (await wire.messages(session))[1]["error"] == {"code": "131053", "reason": "Unsupported media"}
    # Sent again, it is uploaded again.
    assert (await wire.melati.post(f"{API}/messages/{refused}/resend")).status_code == 200
    await wire.work()
    assert gone_out(wire) == ["dua", "media-1"]


async def test_the_provider_keeps_a_file_for_thirty_days(wire: Any) -> None:
    session = await wire.talk("Halo")
    id_ = await send_file(wire, session)
    wire.provider.answers = [(400, error(131053, "Media not found"))]
    await wire.work()
    assert (gone_out(wire), await statuses(wire, session)) == (["media-1"], ["failed"])
    assert (await wire.melati.post(f"{API}/messages/{id_}/resend")).status_code == 200
    await wire.work()
    assert (gone_out(wire), await statuses(wire, session)) == (["media-1", "media-2"], ["sent"])
    # One that has waited for weeks is uploaded anew as well.
    await send_file(wire, session)
    wire.provider.answers = [(429, error(130429, "Rate limit hit"))]
    await wire.work()
    await wire.services.db.execute("UPDATE message_uploads SET uploaded_at = now() - interval '26 days'")
    await wire.services.db.execute("UPDATE channels SET paused_until = now()")
    await wire.hurry()
    await wire.work()
    assert gone_out(wire) == ["media-1", "media-2", "media-3", "media-4"]


async def test_a_refused_token_pauses_and_a_file_probes(wire: Any) -> None:
    session, other = await wire.talk("Halo"), await wire.talk("Halo", wa_id=JOKO)
    wire.provider.good_tokens = set()
    await send_file(wire, session)
    await wire.say(other, "dua", "human")
    await wire.work()
    health = await wire.health()
    assert (health["pauseKind"], health["state"], health["pending"]) == ("token", "disconnected", 2)
    assert wire.provider.sent == []
    wire.provider.good_tokens = {TOKEN}
    assert (await wire.melati.post(f"{API}/channels/{wire.channel}/probe")).status_code == 200
    await wire.work()
    assert sorted(gone_out(wire)) == ["dua", "media-1"]
    health = await wire.health()
    assert (health["pauseKind"], health["state"], health["pending"]) == (None, "connected", 0)


async def test_a_pause_waits_for_the_upload_of_its_probe(wire: Any) -> None:
    session, other = await wire.talk("Halo"), await wire.talk("Halo", wa_id=JOKO)
    await send_file(wire, session)
    wire.provider.upload_answers = [(429, error(130429, "Rate limit hit"))]
    await wire.work()
    await wire.say(other, "dua", "human")
    wire.provider.upload_gate = asyncio.Event()
    db = wire.services.db
    await db.execute("UPDATE channels SET paused_until = now()")
    await wire.hurry()
    worker = Worker(db.dsn, wire.services, wire.services.product.jobs, drain_seconds=0)
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(20):
            while ("channels.upload", "running") not in {
                (job.name, job.state) for job in await list_jobs(db)
            }:
                await asyncio.sleep(0.02)
            # Two minutes later, when a probe without a file would have been lost:
            await db.execute(
                """
                UPDATE channels SET paused_until = paused_until - interval '2 minutes',
                    probing_until = probing_until - interval '2 minutes'
                """
            )
            await watch_channels(wire.services)
            assert "channels.resume" not in {job.name for job in await list_jobs(db)}
            assert ((await wire.health())["pauseKind"], wire.provider.sent) == ("throttled", [])
            wire.provider.upload_gate.set()
            while len(wire.provider.sent) < 2:
                await asyncio.sleep(0.02)
    finally:
        await worker.stop()
        await running
    assert sorted(gone_out(wire)) == ["dua", "media-1"]
    assert (await wire.health())["pauseKind"] is None


@pytest.mark.parametrize("answer", [(429, error(130429, "Rate limit hit")), (500, {})])
async def test_an_upload_that_fails_makes_the_pause_longer(wire: Any, answer: tuple[int, Any]) -> None:
    session = await wire.talk("Halo")
    await send_file(wire, session)
    wire.provider.upload_answers = [(429, error(130429, "Rate limit hit")), answer, answer]
    await wire.work()
    pauses = [await wire.services.db.fetch_value("SELECT pauses_in_a_row FROM channels")]
    for _ in range(2):
        await wire.services.db.execute("UPDATE channels SET paused_until = now()")
        await wire.hurry()
        await wire.work()
        pauses.append(await wire.services.db.fetch_value("SELECT pauses_in_a_row FROM channels"))
    assert (pauses, wire.provider.sent) == ([1, 2, 3], [])
    await wire.services.db.execute("UPDATE channels SET paused_until = now()")
    await wire.hurry()
    await wire.work()
    assert gone_out(wire) == ["media-1"]
    assert (await wire.health())["pauseKind"] is None


async def test_a_file_that_is_gone_and_a_message_that_was_deleted_are_no_fault_of_the_channel(
    wire: Any,
) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "nol", "human")
    await wire.work()
    gone, deleted = await send_file(wire, session), await send_file(wire, session)
    key = await wire.services.db.fetch_value("SELECT media_key FROM messages WHERE id = $1", gone)
    await wire.services.storage.delete(key)
    assert (await wire.melati.delete(f"{API}/messages/{deleted}")).status_code == 204
    await wire.work()
    health = await wire.health()
    assert (health["state"], health["lastError"], health["failed"]) == ("connected", None, 2)
    await wire.say(session, "tiga", "human")
    await wire.work()
    assert (gone_out(wire), wire.provider.uploads) == (["nol", "tiga"], {})
    found = await wire.messages(session)
    assert [m["error"]["code"] for m in found if m["status"] == "failed"] == ["FILE_MISSING", "DELETED"]
