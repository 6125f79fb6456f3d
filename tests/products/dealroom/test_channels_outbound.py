"""Messages to customers: in order, one at a time, retried after a transient failure, never past an earlier one."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from tests.products.dealroom.whatsapp import (
    JOKO,
    SARI,
    TOKEN,
    error,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.jobs import Worker, count_jobs
from colonnade.products.dealroom.messages.schemas import SendPending
from colonnade.products.dealroom.sending.jobs import send_pending, watch_channels

__all__ = ["wire", "wire_server"]

API = "/api/v1"


async def states(wire: Any, session: str) -> list[str]:
    """Return the delivery states of our messages in a session."""
    return [m["status"] for m in await wire.messages(session) if m["sender"] in ("human", "assistant")]


async def test_our_messages_go_out_in_order(wire: Any) -> None:
    session = await wire.talk("Halo")
    first = await wire.say(session, "Selamat pagi", "assistant")
    assert (first["status"], first["providerMessageId"]) == ("pending", None)
    for text in ("Ada yang bisa dibantu?", "Silakan"):
        await wire.say(session, text, "human")
    await wire.say(session, "Catatan", "system")
    await wire.say(session, "Ditulis oleh pemilik", "customer")
    await wire.work()
    assert wire.provider.texts == ["Selamat pagi", "Ada yang bisa dibantu?", "Silakan"]
    assert wire.provider.sent[0] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": SARI,
        "type": "text",
        "biz_opaque_callback_data": str(first["id"]),
        "text": {"body": "Selamat pagi", "preview_url": False},
    }
    assert set(wire.provider.tokens) == {f"Bearer {TOKEN}"}
    found = await wire.messages(session)
    assert [(m["content"], m["status"], m["providerMessageId"]) for m in found[1:]] == [
        ("Selamat pagi", "sent", "wamid.out-1"),
        ("Ada yang bisa dibantu?", "sent", "wamid.out-2"),
        ("Silakan", "sent", "wamid.out-3"),
        ("Catatan", "recorded", None),
        ("Ditulis oleh pemilik", "recorded", None),
    ]
    health = await wire.health()
    assert (health["state"], health["pending"], health["failed"]) == ("connected", 0, 0)
    assert health["lastOutboundAt"] is not None


async def test_a_session_without_a_contact_sends_nothing(wire: Any) -> None:
    session = await wire.session()
    assert (await wire.say(session, "Halo", "human"))["status"] == "recorded"
    assert (await count_jobs(wire.services.db)).queued == 0


async def test_a_failure_that_passes_delays_and_nothing_overtakes(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    wire.provider.answers = [(500, error(2, "Temporary")), (429, error(130429, "Rate limit hit"))]
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["pending"])
    # What is written meanwhile waits behind it, and its own job knows that.
    await wire.say(session, "dua", "human")
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["pending", "pending"])
    health = await wire.health()
    assert (health["pending"], health["lastError"]) == (2, "2: Temporary")
    await wire.hurry()
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu", "satu"], ["pending", "pending"])
    await wire.hurry()
    await wire.work()
    assert wire.provider.texts == ["satu", "satu", "satu", "dua"]
    assert await states(wire, session) == ["sent", "sent"]
    assert (await wire.health())["lastError"] is None


async def test_the_pause_grows_and_is_forgotten_after_a_success(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    pauses = []
    for _ in range(3):
        wire.provider.answers = [(503, {})]
        await wire.work()
        row = await wire.services.db.fetch_row(
            "SELECT round(extract(epoch FROM busy_until - now()) / 5) * 5 AS pause, run FROM channel_contacts"
        )
        pauses.append((int(row["pause"]), row["run"]))
        await wire.hurry()
    assert pauses == [(5, None), (10, None), (20, None)]
    await wire.work()
    assert await states(wire, session) == ["sent"]
    assert await wire.services.db.fetch_value("SELECT failures FROM channel_contacts") == 0


async def test_one_contacts_failure_does_not_hold_up_another(wire: Any) -> None:
    await wire.talk("Halo")
    await wire.talk("Halo", wa_id=JOKO)
    sessions = {session["title"]: session["id"] for session in await wire.sessions()}
    await wire.say(sessions["Ibu Sari"], "untuk Sari", "human")
    wire.provider.answers = [(500, {})]
    await wire.work()
    await wire.say(sessions["Pak Joko"], "untuk Joko", "human")
    await wire.work()
    assert await states(wire, sessions["Ibu Sari"]) == ["pending"]
    assert await states(wire, sessions["Pak Joko"]) == ["sent"]


async def test_a_refusal_fails_the_message_and_the_next_one_is_sent(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    await wire.say(session, "dua", "human")
    refused = error(131026, "(#131026) Message undeliverable")
    refused["error"]["error_data"] = {"details": "The receiver is incapable of receiving this message"}
    wire.provider.answers = [(400, refused)]
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    await wire.work()
    assert await states(wire, session) == ["failed", "sent"]
    heard = await socket.wait_for("message-updated", 2)
    assert [(e["message"]["content"], e["message"]["status"]) for e in heard] == [
        ("satu", "failed"),
        ("dua", "sent"),
    ]
    health = await wire.health()
    assert (health["state"], health["failed"]) == ("connected", 1)
    entries = [(entry["action"], entry["actor_id"]) for entry in await wire.audited()]
    assert entries[1:] == [
        ("channel.degraded", "job:channels.send"),
        ("channel.connected", "job:channels.send"),
    ]


async def test_two_workers_neither_reorder_nor_send_twice(wire: Any) -> None:
    await wire.talk("Halo")
    await wire.talk("Halo", wa_id=JOKO)
    sessions = [session["id"] for session in await wire.sessions()]
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    for session in sessions:
        await socket.call("join-session", {"sessionId": session})
    services = wire.services
    workers = [Worker(services.db.dsn, services, services.product.jobs, name=f"w{n}") for n in range(2)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    texts = [str(number) for number in range(15)]
    for text in texts:
        await asyncio.gather(*(wire.say(session, text, "human") for session in sessions))
    await socket.until(lambda: len(socket.of("message-updated")) >= 30, seconds=30)
    for worker in workers:
        await worker.stop()
    await asyncio.gather(*running)
    for wa_id in (SARI, JOKO):
        assert [one["text"]["body"] for one in wire.provider.sent if one["to"] == wa_id] == texts
    for session in sessions:
        assert await states(wire, session) == ["sent"] * 15


async def test_a_job_that_finds_another_at_work_leaves_its_message_to_it(wire: Any) -> None:
    session = await wire.talk("Halo")
    wire.provider.gate = asyncio.Event()
    await wire.say(session, "satu", "human")
    working = asyncio.create_task(wire.work())
    await wire.provider.reached.wait()
    await wire.say(session, "dua", "human")
    contact = await wire.services.db.fetch_value("SELECT id FROM channel_contacts")
    await send_pending(wire.services, SendPending(contact, uuid4()))
    assert wire.provider.sent == []
    wire.provider.gate.set()
    await working
    assert wire.provider.texts == ["satu", "dua"]
    assert await states(wire, session) == ["sent", "sent"]


async def test_a_run_whose_worker_died_goes_on_when_its_time_is_over(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    db = wire.services.db
    payload = await db.fetch_value("SELECT payload FROM job_queue WHERE name = 'channels.send'")
    job = send_pending.decode(payload)
    await db.execute(
        "UPDATE channel_contacts SET run = $1, busy_until = now() + interval '1 minute'", job.run
    )
    await wire.work()
    assert wire.provider.sent == []
    await db.execute("UPDATE channel_contacts SET busy_until = now()")
    await wire.hurry()
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["sent"])


async def test_messages_that_nobody_works_on_are_found(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "satu", "human")
    db = wire.services.db
    await db.execute("DELETE FROM job_queue")
    await watch_channels(wire.services)
    assert (await count_jobs(db)).queued == 0
    await db.execute("UPDATE messages SET created_at = now() - interval '6 minutes' WHERE status = 'pending'")
    await watch_channels(wire.services)
    await wire.work()
    assert (wire.provider.texts, await states(wire, session)) == (["satu"], ["sent"])


async def test_what_may_not_be_sent_any_more_is_given_up(wire: Any) -> None:
    session = await wire.talk("Halo")
    gone = await wire.say(session, "salah ketik", "human")
    assert (await wire.melati.delete(f"{API}/messages/{gone['id']}")).status_code == 204
    await wire.work()
    assert (wire.provider.sent, await states(wire, session)) == ([], ["failed"])
    assert (await wire.messages(session))[1]["error"] == {
        "code": "DELETED",
        "reason": "The message was deleted before it was sent",
    }
    health = await wire.health()  # it is no fault of the channel
    assert (health["state"], health["lastError"]) == ("connected", None)


async def test_a_disabled_channel_sends_nothing(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"enabled": False})
    await wire.say(session, "satu", "human")
    await wire.work()
    assert (wire.provider.sent, await states(wire, session)) == ([], ["failed"])
    assert (await wire.health())["state"] == "disabled"


async def test_files_elsewhere_go_out_as_links_and_ours_are_uploaded(wire: Any) -> None:
    session = await wire.talk("Halo")
    url = "https://cdn.example.org/sepatu.jpg"
    body = {"sessionId": session, "sender": "human", "mediaUrl": url, "content": "Yang ini"}
    assert (await wire.melati.post(f"{API}/messages", json=body)).status_code == 201
    form = {"sessionId": session, "sender": "human", "content": "Notanya"}
    files = {"file": ("nota.pdf", b"%PDF-1.4 nota", "application/pdf")}
    assert (await wire.melati.post(f"{API}/messages/media", data=form, files=files)).status_code == 201
    await wire.work()
    first, second = wire.provider.sent
    assert (first["type"], first["image"]) == ("image", {"link": url, "caption": "Yang ini"})
    document = second["document"]
    assert (second["type"], document["caption"], document["filename"]) == ("document", "Notanya", "nota.pdf")
    assert (document["id"], "link" in document) == ("media-1", False)
    assert wire.provider.uploads == {"media-1": ("file.pdf", "application/pdf", b"%PDF-1.4 nota")}


async def test_a_bound_session_sends_to_its_contact(wire: Any) -> None:
    session = await wire.session()
    bind = {"channelId": wire.channel, "phoneNumber": "+62 812-3456-7890"}
    assert (await wire.melati.post(f"{API}/sessions/{session}/contact", json=bind)).status_code == 200
    await wire.say(session, "Halo Ibu", "human")
    await wire.work()
    assert [(one["to"], one["text"]["body"]) for one in wire.provider.sent] == [(SARI, "Halo Ibu")]
    await wire.deliver(webhook(text_message("wamid.1", "Halo")))
    assert len(await wire.messages(session)) == 2
