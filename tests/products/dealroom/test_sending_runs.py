"""What is written, and what befalls the channel, while a run is sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.whatsapp import JOKO, error, status_of, webhook, wire, wire_server

from colonnade.kernel.jobs import count_jobs
from colonnade.products.dealroom.sending.jobs import sending

__all__ = ["wire", "wire_server"]


async def ours(wire: Any, session: str) -> list[str]:
    """Return the delivery states of our messages in a session."""
    return [one["status"] for one in await wire.messages(session) if one["sender"] == "human"]


@asynccontextmanager
async def under_way(wire: Any) -> AsyncIterator[None]:
    """Do what the block says while the provider has not answered the next sending; then let all jobs end."""
    wire.provider.reached.clear()
    wire.provider.gate = asyncio.Event()
    working = asyncio.create_task(wire.work())
    await asyncio.wait_for(wire.provider.reached.wait(), 10)
    yield
    wire.provider.gate.set()
    wire.provider.gate = None
    await working


async def say_and_wait(wire: Any, session: str, text: str) -> None:
    """Write as a human, and wait until the job for it has found that another run is sending."""
    await wire.say(session, text, "human")
    await others_done(wire)


async def others_done(wire: Any) -> None:
    """Wait until no job but the one that is sending waits or runs."""
    async with asyncio.timeout(10):
        while (counts := await count_jobs(wire.services.db)).queued or counts.running > 1:
            await asyncio.sleep(0.01)


async def throttle(wire: Any) -> None:
    """Let the next sending pause the channel."""
    wire.provider.answers = [(429, error(130429, "Rate limit hit"))]
    await wire.work()
    assert (await wire.health())["pauseKind"] == "throttled"


async def test_what_is_written_before_a_long_run_ends_goes_out_at_once(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    monkeypatch.setattr(sending, "LONGEST_RUN_SECONDS", 0.2)
    async with under_way(wire):
        await say_and_wait(wire, session, "dua")
        await asyncio.sleep(0.2)
    assert (wire.provider.texts, await ours(wire, session)) == (["satu", "dua"], ["sent", "sent"])


async def test_what_is_written_while_a_probe_is_sent_goes_out_behind_it(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await throttle(wire)
    await wire.hurry()
    async with under_way(wire):
        await say_and_wait(wire, session, "dua")
    assert (await wire.health())["pauseKind"] is None
    assert (wire.provider.texts, await ours(wire, session)) == (["satu", "satu", "dua"], ["sent", "sent"])


async def test_a_run_that_is_under_way_ends_with_the_channels_pause(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "nol", "human")
    await wire.work()
    await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    errors = [{"code": 131042, "title": "Business eligibility payment issue"}]
    async with under_way(wire):
        await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", errors=errors),)))
    assert (await wire.health())["pauseKind"] == "blocked"
    assert (wire.provider.texts, await ours(wire, session)) == (
        ["nol", "satu"],
        ["failed", "sent", "pending"],
    )


async def test_a_pause_is_probed_by_one_job_at_a_time(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await throttle(wire)
    await wire.hurry()
    async with under_way(wire):
        await wire.melati.post(f"{API}/channels/{wire.channel}/probe")
        await others_done(wire)
        assert (await wire.health())["pauseKind"] == "throttled"
    assert (await wire.health())["pauseKind"] is None
    assert (wire.provider.texts, await ours(wire, session)) == (["satu", "satu"], ["sent"])


async def test_a_probe_is_sent_to_a_contact_who_does_not_pause(wire: Any) -> None:
    """Who waits for their own pause is no reason to end the channel's without a probe."""
    sari = await wire.talk("Halo")
    await wire.say(sari, "satu", "human")
    await throttle(wire)
    await wire.services.db.execute("UPDATE channel_contacts SET busy_until = now() + interval '1 hour'")
    joko = await wire.talk("Halo", wa_id=JOKO)
    await wire.say(joko, "dua", "human")
    wire.provider.answers = [(429, error(130429, "Rate limit hit"))]
    await wire.services.db.execute("UPDATE job_queue SET run_at = now()")
    await wire.work()
    assert (wire.provider.texts, (await wire.health())["pauseKind"]) == (["satu", "dua"], "throttled")
    assert (await ours(wire, sari), await ours(wire, joko)) == (["pending"], ["pending"])
    assert await wire.services.db.fetch_value("SELECT pauses_in_a_row FROM channels") == 2


async def test_a_probe_that_was_given_up_makes_no_later_pause_longer(wire: Any) -> None:
    """Its time was over, so that it may say nothing any more: whoever probes next says whether the channel works."""
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await throttle(wire)
    await wire.hurry()
    wire.provider.answers = [(429, error(130429, "Rate limit hit"))]
    async with under_way(wire):
        await wire.services.db.execute("UPDATE channels SET probing_until = NULL")
        before = dict(
            await wire.services.db.fetch_row("SELECT paused_until, pauses, pauses_in_a_row FROM channels")
        )
    after = dict(
        await wire.services.db.fetch_row("SELECT paused_until, pauses, pauses_in_a_row FROM channels")
    )
    assert (before, await ours(wire, session)) == (after, ["pending"])


async def test_the_job_of_a_pause_that_has_ended_probes_no_later_one(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await throttle(wire)
    await wire.melati.post(f"{API}/channels/{wire.channel}/probe")
    await wire.work()
    await wire.say(session, "dua", "human")
    await throttle(wire)
    await wire.services.db.execute(
        "UPDATE job_queue SET run_at = now() WHERE id = (SELECT min(id) FROM job_queue)"
    )
    await wire.work()
    assert (wire.provider.texts, await ours(wire, session)) == (["satu", "satu", "dua"], ["sent", "pending"])
    assert (await wire.health())["pauseKind"] == "throttled"


async def test_a_message_that_failed_and_was_deleted_is_not_sent_again(wire: Any) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    wire.provider.answers = [(400, error(131026, "Message undeliverable"))]
    await wire.work()
    assert (await wire.melati.delete(f"{API}/messages/{written['id']}")).is_success
    refused = await wire.melati.post(f"{API}/messages/{written['id']}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RESENDABLE")
    assert await ours(wire, session) == ["failed"]


async def test_what_is_said_of_an_earlier_attempt_moves_none_that_waits(wire: Any) -> None:
    session = await wire.talk("Halo")
    written = await wire.say(session, "satu", "human")
    wire.provider.answers = [(400, error(131026, "Message undeliverable"))]
    await wire.work()
    assert (await wire.melati.post(f"{API}/messages/{written['id']}/resend")).status_code == 200
    late = status_of("wamid.first", "failed", biz_opaque_callback_data=f"{written['id']}")
    assert (await wire.deliver(webhook(statuses=(late,)))).status_code == 200
    assert await ours(wire, session) == ["pending"]
    await wire.work()
    assert (wire.provider.texts, await ours(wire, session)) == (["satu", "satu"], ["sent"])
