"""What customers see of the owner: that their messages are read, and that an answer is written."""

from __future__ import annotations

from typing import Any

from tests.products.dealroom.whatsapp import SARI, text_message, webhook, wire, wire_server

from colonnade.kernel.jobs import count_jobs

__all__ = ["wire", "wire_server"]

API = "/api/v1"


def receipt(id_: str, *, typing: bool = False) -> dict[str, Any]:
    """Return what the provider is told."""
    shown = {"messaging_product": "whatsapp", "status": "read", "message_id": id_}
    return shown | ({"typing_indicator": {"type": "text"}} if typing else {})


async def written(wire: Any, *texts: str) -> str:
    """Let Sari write these texts, with the ids wamid.1, wamid.2 and so on; return the session."""
    for number, text in enumerate(texts, 1):
        await wire.deliver(webhook(text_message(f"wamid.{number}", text, SARI)))
    return (await wire.sessions())[0]["id"]


async def test_what_the_owner_reads_is_shown_as_read_once(wire: Any) -> None:
    session = await written(wire, "Halo", "Ada?", "Kak?")
    path = f"{API}/sessions/{session}/read"
    assert (await wire.melati.post(path, json={"seq": 2})).status_code == 200
    assert (await wire.melati.post(path, json={"seq": 2})).status_code == 200
    await wire.work()
    assert wire.provider.receipts == [receipt("wamid.2")]
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    await socket.call("read", {"sessionId": session, "seq": 3})
    await wire.work()
    assert wire.provider.receipts == [receipt("wamid.2"), receipt("wamid.3")]
    # What was read already, and what we wrote, tells the customer nothing.
    await wire.say(session, "Ada, Bu", "human")
    await wire.melati.post(path, json={"seq": 4})
    await wire.work()
    assert len(wire.provider.receipts) == 2
    assert wire.provider.texts == ["Ada, Bu"]


async def test_whoever_answers_has_read(wire: Any) -> None:
    session = await written(wire, "Halo", "Ada?")
    await wire.say(session, "Catatan", "system")
    await wire.work()
    assert wire.provider.receipts == []
    await wire.say(session, "Ada, Bu", "human")
    await wire.say(session, "Warna apa?", "human")
    await wire.work()
    assert wire.provider.receipts == [receipt("wamid.2")]
    assert wire.provider.texts == ["Ada, Bu", "Warna apa?"]
    await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"readReceipts": False})
    await wire.deliver(webhook(text_message("wamid.3", "Merah", SARI)))
    await wire.say(session, "Ada", "human")
    await wire.work()
    assert wire.provider.receipts == [receipt("wamid.2")]


async def test_writing_is_shown_at_most_every_twenty_seconds(wire: Any) -> None:
    session = await written(wire, "Halo")
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    for who in ("customer", "human", "human", "assistant"):
        await socket.call("typing", {"sessionId": session, "who": who, "active": True})
    await wire.work()
    assert wire.provider.receipts == [receipt("wamid.1", typing=True)]


async def test_a_channel_can_keep_both_to_itself(wire: Any) -> None:
    session = await written(wire, "Halo")
    options = {"readReceipts": False, "typingIndicator": False}
    changed = await wire.melati.patch(f"{API}/channels/{wire.channel}", json=options)
    shown = changed.json()["data"]
    assert (shown["readReceipts"], shown["typingIndicator"]) == (False, False)
    await wire.melati.post(f"{API}/sessions/{session}/read", json={"seq": 1})
    socket = await wire.socket(await wire.token(wire.accounts["melati"]))
    await socket.call("join-session", {"sessionId": session})
    await socket.call("typing", {"sessionId": session, "active": True})
    await wire.work()
    assert wire.provider.receipts == []


async def test_a_session_without_a_channel_enqueues_nothing(wire: Any) -> None:
    session = await wire.session()
    await wire.say(session, "Halo")
    await wire.melati.post(f"{API}/sessions/{session}/read", json={"seq": 1})
    assert (await count_jobs(wire.services.db)).queued == 0


async def test_a_provider_that_refuses_it_is_not_asked_again_and_delays_nothing(wire: Any) -> None:
    session = await written(wire, "Halo")
    wire.provider.receipt_status = 500
    await wire.melati.post(f"{API}/sessions/{session}/read", json={"seq": 1})
    await wire.say(session, "Ada", "human")
    await wire.work()
    assert wire.provider.texts == ["Ada"]
    assert len(wire.provider.receipts) == 1
    jobs = await count_jobs(wire.services.db)
    assert (jobs.queued, jobs.held) == (0, 0)
    assert (await wire.health())["lastError"] is None
