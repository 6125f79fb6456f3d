"""Sending that recovers: pauses of a channel, faults of a message, outcomes that nobody knows, sending again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from tests.products.dealroom.whatsapp import (
    JOKO,
    NUMBER,
    SARI,
    TOKEN,
    error,
    status_of,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.jobs import count_jobs
from colonnade.kernel.testing import Fault
from colonnade.products.dealroom.sending.jobs import watch_channels

__all__ = ["wire", "wire_server"]

API = "/api/v1"
NEW_TOKEN = "EAAJB-the-new-token-of-melati"
TOKEN_EXPIRED = (401, error(190, "Error validating access token"))


async def states(wire: Any, session: str) -> list[str]:
    """Return the delivery states of our messages in a session."""
    return [m["status"] for m in await wire.messages(session) if m["sender"] in ("human", "assistant")]


async def last(wire: Any, session: str) -> dict[str, Any]:
    """Return the session's last message."""
    return (await wire.messages(session))[-1]


@pytest.fixture(autouse=True)
async def intact(wire: Any) -> AsyncIterator[None]:
    """Check that the record of every session is intact after each test."""
    yield
    for session in await wire.sessions():
        found = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
        assert found["intact"], found


async def two_sessions(wire: Any) -> list[str]:
    """Let two customers write; return their sessions, Sari's first."""
    await wire.talk("Halo")
    await wire.talk("Halo", wa_id=JOKO)
    titles = {session["title"]: session["id"] for session in await wire.sessions()}
    return [titles["Ibu Sari"], titles["Pak Joko"]]


@pytest.mark.parametrize(
    ("answer", "kind", "state"),
    [
        (TOKEN_EXPIRED, "token", "disconnected"),
        ((403, error(200, "Permissions error")), "token", "disconnected"),
        ((403, error(131031, "Account has been locked")), "blocked", "degraded"),
        ((403, error(368, "Temporarily blocked for policies violations")), "blocked", "degraded"),
        ((400, error(131042, "Business eligibility payment issue")), "blocked", "degraded"),
        ((400, error(133010, "Phone number not registered")), "blocked", "degraded"),
        ((400, error(4, "Too many calls")), "throttled", "degraded"),
        ((400, error(80007, "Rate limit issues")), "throttled", "degraded"),
        ((429, error(130429, "Rate limit hit")), "throttled", "degraded"),
        ((400, error(131048, "Spam rate limit hit")), "throttled", "degraded"),
        ((429, {}), "throttled", "degraded"),
    ],
)
async def test_a_fault_of_the_channel_pauses_its_whole_queue(
    wire: Any, answer: tuple[int, Any], kind: str, state: str
) -> None:
    sari, joko = await two_sessions(wire)
    await wire.say(sari, "satu", "human")
    await wire.say(sari, "dua", "human")
    wire.provider.answers = [answer]
    await wire.work()
    await wire.say(joko, "tiga", "human")
    await wire.work()
    # One call, not one for each contact, and nothing has failed.
    assert wire.provider.texts == ["satu"]
    assert (await states(wire, sari), await states(wire, joko)) == (["pending", "pending"], ["pending"])
    health = await wire.health()
    assert (health["state"], health["pauseKind"], health["pending"], health["failed"]) == (state, kind, 3, 0)
    assert health["pausedUntil"] is not None
    # The time comes: one message probes, and then all go out in the order of each session.
    await wire.hurry()
    await wire.work()
    await wire.hurry()
    await wire.work()
    assert wire.provider.texts[1] == "satu"
    assert [one["text"]["body"] for one in wire.provider.sent[1:] if one["to"] == SARI] == ["satu", "dua"]
    assert [one["text"]["body"] for one in wire.provider.sent[1:] if one["to"] == JOKO] == ["tiga"]
    health = await wire.health()
    assert (health["state"], health["pausedUntil"], health["pending"]) == ("connected", None, 0)


async def test_a_new_token_resumes_at_once_whatever_time_has_passed(wire: Any) -> None:
    sari, joko = await two_sessions(wire)
    wire.provider.good_tokens = {NEW_TOKEN}
    for text in ("satu", "dua", "tiga"):
        await wire.say(sari, text, "human")
    await wire.say(joko, "empat", "human")
    await wire.work()
    assert (wire.provider.sent, (await wire.health())["pauseKind"]) == ([], "token")
    # The customers' day has ended since these were written.
    await wire.services.db.execute(
        "UPDATE channel_contacts SET window_ends_at = (SELECT max(created_at) FROM messages)"
    )
    asked = len(wire.provider.asked)
    await wire.hurry()
    await wire.work()
    # The probe asks for the number only, as long as the token is refused.
    assert wire.provider.asked[asked:] == [f"GET /v25.0/{NUMBER}"]
    changed = await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"accessToken": NEW_TOKEN})
    assert changed.status_code == 200
    await wire.work()
    assert wire.provider.texts[0] == "satu"
    assert [one["text"]["body"] for one in wire.provider.sent if one["to"] == SARI] == ["satu", "dua", "tiga"]
    assert (await states(wire, sari), await states(wire, joko)) == (["sent"] * 3, ["sent"])
    assert (await wire.health())["state"] == "connected"


async def test_a_probe_of_the_owners_resumes(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    wire.provider.answers = [TOKEN_EXPIRED]
    await wire.work()
    wire.provider.number_status = 401
    await wire.melati.post(f"{API}/channels/{wire.channel}/probe")
    await wire.work()
    assert await states(wire, session) == ["pending"]
    wire.provider.number_status = 200
    await wire.melati.post(f"{API}/channels/{wire.channel}/probe")
    await wire.work()
    assert await states(wire, session) == ["sent"]


async def test_a_probe_that_fails_pauses_for_longer_and_there_is_one_probe(wire: Any) -> None:
    sari, joko = await two_sessions(wire)
    await wire.say(sari, "satu", "human")
    db = wire.services.db
    pauses = []
    for number in range(4):
        wire.provider.answers = [(429, error(130429, "Rate limit hit"))] * 5
        await wire.work()
        row = await db.fetch_row(
            "SELECT round(extract(epoch FROM paused_until - now()) / 5)::int * 5 AS pause, pauses FROM channels"
        )
        pauses.append((row["pause"], row["pauses"]))
        await wire.say(joko, str(number), "human")
        # A fault of the channel is no contact's: nobody but the channel has a pause, and one job waits for its end.
        assert await db.fetch_value("SELECT count(*) FROM channel_contacts WHERE busy_until > now()") == 0
        assert (await count_jobs(db)).delayed == 1
        await wire.hurry()
    assert pauses == [(5, 1), (10, 2), (20, 3), (40, 4)]
    assert wire.provider.texts == ["satu"] * 4


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("37", 37), ("0", 5), ("31536000", 3600), ("soon", 5), (format_datetime(datetime(2020, 1, 1)), 5)],
)
async def test_a_provider_that_says_when_is_left_alone_until_then(wire: Any, said: str, seconds: int) -> None:
    sari, joko = await two_sessions(wire)
    await wire.say(sari, "satu", "human")
    throttled = Fault.answer(429, error(130429, "Rate limit hit"), {"retry-after": said})
    wire.provider.faults.append(throttled)
    await wire.work()
    await wire.say(joko, "dua", "human")
    await wire.work()
    assert wire.provider.sent == []
    until = datetime.fromisoformat((await wire.health())["pausedUntil"]) - datetime.now(UTC)
    assert until == pytest.approx(timedelta(seconds=seconds), abs=timedelta(seconds=3))
    row = await wire.services.db.fetch_row(
        "SELECT extract(epoch FROM run_at - now())::float AS wait FROM job_queue"
    )
    assert row["wait"] == pytest.approx(seconds, abs=3)
    # It is asked as often as it says, however often it does.
    await wire.hurry()
    wire.provider.faults.append(throttled)
    await wire.work()
    until = datetime.fromisoformat((await wire.health())["pausedUntil"]) - datetime.now(UTC)
    again = seconds if said in ("37", "31536000") else 10
    assert until == pytest.approx(timedelta(seconds=again), abs=timedelta(seconds=3))
    await wire.hurry()
    await wire.work()
    assert sorted(wire.provider.texts) == ["dua", "satu"]


async def test_a_contact_whom_the_provider_spares_waits_as_long_as_it_says(wire: Any) -> None:
    sari, joko = await two_sessions(wire)
    await wire.say(sari, "satu", "human")
    await wire.say(joko, "dua", "human")
    spared = Fault.answer(429, error(131056, "Too many messages to this number"), {"retry-after": "90"})
    wire.provider.faults.append(spared)
    await wire.work()
    assert len(wire.provider.texts) == 1
    waits = await wire.services.db.fetch_value(
        "SELECT extract(epoch FROM busy_until - now())::float FROM channel_contacts WHERE failures = 1"
    )
    assert waits == pytest.approx(90, abs=3)
    assert (await wire.health())["pausedUntil"] is None


async def test_a_probe_whose_job_was_lost_is_made_nevertheless(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    wire.provider.answers = [TOKEN_EXPIRED]
    await wire.work()
    db = wire.services.db
    await db.execute("DELETE FROM job_queue")
    await watch_channels(wire.services)
    assert (await count_jobs(db)).queued == 0
    await db.execute("UPDATE channels SET paused_until = now() - interval '2 minutes'")
    await watch_channels(wire.services)
    await wire.work()
    assert await states(wire, session) == ["sent"]


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (400, 131026, "Message undeliverable"),
        (400, 131051, "Unsupported message type"),
        (400, 100, "Invalid parameter"),
        (400, 131053, "Media upload error"),
        (400, 131050, "User has stopped marketing messages"),
        (400, 131049, "Not delivered to maintain healthy ecosystem engagement"),
        (404, 132001, "Template does not exist"),
    ],
)
async def test_a_fault_of_a_message_fails_it_with_its_reason(
    wire: Any, status: int, code: int, text: str
) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    wire.provider.answers = [(status, error(code, text))]
    await wire.work()
    _, first, second = await wire.messages(session)
    assert (first["status"], first["error"]["code"]) == ("failed", str(code))
    assert first["error"]["reason"].startswith(text)
    assert (second["status"], "error" in second) == ("sent", False)
    shown = (await wire.melati.get(f"{API}/messages/{first['id']}")).json()["data"]
    assert shown == first
    batch = (await wire.melati.get(f"{API}/messages/batch/{session}")).json()["data"]
    assert batch[1] == first


async def test_a_fault_of_the_channel_told_by_a_status_fails_the_message_and_pauses(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.work()
    errors = [{"code": 131042, "title": "Business eligibility payment issue"}]
    await wire.deliver(webhook(statuses=(status_of("wamid.out-1", "failed", errors=errors),)))
    await wire.say(session, "dua", "human")
    await wire.work()
    assert await states(wire, session) == ["failed", "pending"]
    assert (await wire.health())["pauseKind"] == "blocked"
    assert (await wire.messages(session))[1]["error"] == {
        "code": "131042",
        "reason": "Business eligibility payment issue",
    }


UNDELIVERED = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}


async def test_a_voice_message_that_was_played_was_read(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.work()
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    for status in ("delivered", "played"):
        await wire.deliver(webhook(statuses=(status_of("wamid.out-1", status),)))
    heard = await socket.wait_for("message-updated", 2)
    assert [event["message"]["status"] for event in heard] == ["delivered", "read"]


async def test_a_run_that_died_leaves_a_message_whose_outcome_is_unknown(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    wire.provider.gate = asyncio.Event()
    working = asyncio.create_task(wire.work())
    await wire.provider.reached.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    wire.provider.gate.set()
    wire.provider.gate = None
    await wire.services.db.execute("UPDATE channel_contacts SET busy_until = now() - interval '1 minute'")
    await wire.services.db.execute("UPDATE job_queue SET run_at = now(), state = 'queued'")
    await wire.work()
    assert await states(wire, session) == ["unknown", "sent"]
    assert set(wire.provider.tokens) == {f"Bearer {TOKEN}"}


async def lost_answers(wire: Any) -> tuple[int, str | None]:
    """Return how many answers to sendings were lost in a row, and the kind of the channel's pause."""
    count = await wire.services.db.fetch_value("SELECT lost_answers FROM channels")
    return count, (await wire.health())["pauseKind"]


async def send_one(wire: Any, session: str, *faults: Fault) -> None:
    """Write a message and let the provider's answers to it be these."""
    await wire.say(session, "satu", "human")
    wire.provider.faults.extend(faults)
    await wire.work()
    await wire.hurry()


async def test_three_lost_answers_in_a_row_pause_and_nothing_else_counts_as_one(wire: Any) -> None:
    session = await wire.talk("Halo")
    refused = Fault.answer(400, error(131026, "Message undeliverable"))
    busy = Fault.answer(500, error(131000, "Something went wrong"))
    for _ in range(3):  # answers, though none that one likes
        await send_one(wire, session, refused)
    await send_one(wire, session, Fault(cut=True))
    assert await lost_answers(wire) == (1, None)
    await send_one(wire, session, busy)
    assert await lost_answers(wire) == (1, None)
    await wire.work()
    assert await lost_answers(wire) == (0, None)
    await send_one(wire, session, Fault(cut=True))
    await send_one(wire, session, Fault(cut=True))
    assert await lost_answers(wire) == (2, None)
    await send_one(wire, session, refused)
    assert await lost_answers(wire) == (0, None)
    assert await states(wire, session) == [*["failed"] * 3, "unknown", "sent", "unknown", "unknown", "failed"]


async def test_what_customers_write_and_what_we_do_not_send_is_no_answer_of_the_provider(wire: Any) -> None:
    session = await wire.talk("Halo")
    for _ in range(2):
        await send_one(wire, session, Fault(cut=True))
        await wire.talk("Masih di sana?")
    await wire.services.db.execute("UPDATE channel_contacts SET window_ends_at = now() - interval '1 second'")
    await send_one(wire, session)
    assert (await last(wire, session))["error"]["code"] == "WINDOW_CLOSED"
    assert await lost_answers(wire) == (2, None)
    await wire.talk("Halo?")
    await send_one(wire, session, Fault(cut=True))
    assert await lost_answers(wire) == (3, "unreachable")
