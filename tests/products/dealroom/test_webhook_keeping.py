"""How much of webhooks is kept, and what is forgotten with the people that it is about."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.test_webhook_items import kept, message, raw
from tests.products.dealroom.whatsapp import JOKO, SARI, status_of, text_message, webhook, wire, wire_server

from colonnade.kernel.testing import until_waiting
from colonnade.products.dealroom.webhooks.actions.room import STEP_BYTES, make_room
from colonnade.products.dealroom.webhooks.schemas import WebhookSettings

__all__ = ["wire", "wire_server"]


async def contact_of(wire: Any, name: str) -> int:
    found = (await wire.melati.get(f"{API}/contacts")).json()["data"]
    return next(one["id"] for one in found if one["profileName"] == name)


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what an earlier test has filled: the process remembers for a while whether there is room."""
    monkeypatch.setattr("colonnade.products.dealroom.webhooks.actions.room._looks", WeakKeyDictionary())


async def test_everything_of_somebody_goes_with_their_contact(wire: Any) -> None:
    """Also what is in no message: of unknown kinds, of groups, revocations, statuses of what is not ours."""
    await wire.talk("Halo")
    await wire.talk("Hai", wa_id=JOKO)
    for one, n in ((SARI, 1), (JOKO, 2)):
        body = webhook(
            message(f"w{n}a", "revoke", wa_id=one, revoke={"original_message_id": f"gone{n}"}),
            message(f"w{n}b", "group", wa_id=one, group_id="g"),
            message(f"w{n}c", "unsupported", wa_id=one) | {"type": "wink"},
            statuses=(status_of(f"strange{n}", "delivered", one),),
        )
        assert (await wire.deliver(body)).status_code == 200
        said = {"field": "flows", "value": {"about": [{"wa_id": one}]}}
        entry = {"object": "whatsapp_business_account", "entry": [{"changes": [said]}]}
        assert (await wire.deliver(entry)).status_code == 200
    before = len(await kept(wire))
    contact = await contact_of(wire, "Ibu Sari")
    gone = await wire.melati.delete(f"{API}/contacts/{contact}", params={"sessions": "delete"})
    assert gone.status_code == 204
    left = await kept(wire)
    assert len(left) == before // 2
    texts = [str(await raw(wire, one)) for one in left]  # decrypted
    assert [SARI in text for text in texts] == [False] * len(texts)
    assert [JOKO in text for text in texts] == [True] * len(texts)


async def test_a_session_that_is_deleted_takes_the_revocation_of_its_messages_along(wire: Any) -> None:
    session = await wire.talk("Halo")
    id_ = f"wamid.{SARI}-Halo-0"
    body = webhook(message("w1", "revoke", wa_id=SARI, revoke={"original_message_id": id_}))
    assert (await wire.deliver(body)).status_code == 200
    assert [one["kind"] for one in await kept(wire)] == ["messages.revoke"]
    assert (await wire.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    assert await kept(wire) == []


async def test_an_owner_has_room_for_so_much(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that is in no message goes first; then new items are kept without their text."""
    monkeypatch.setattr(WebhookSettings, "kept_bytes", 400_000)
    await wire.talk("Halo")
    for _ in range(10):
        assert (await wire.deliver(os.urandom(60_000))).status_code == 200
    found = await kept(wire)
    assert sum(one["kind"] == "unreadable" for one in found) < 8
    assert found[0]["outcome"] == "turn", "what is in a message has stayed"
    assert all(one["rawKept"] for one in found)
    channel = (await wire.melati.get(f"{API}/channels/{wire.channel}")).json()["data"]
    assert channel["webhookItemsCutAt"] is not None
    texts = [text_message(f"long{n}", "panjang " * 500) for n in range(90)]
    for start in range(0, 90, 30):
        assert (await wire.deliver(webhook(*texts[start : start + 30]))).status_code == 200
    found = await kept(wire)
    assert len(found) == 91
    assert {one["kind"] for one in found} == {"messages.text"}
    assert not found[-1]["rawKept"]
    assert await raw(wire, found[-1]) is None
    size = await wire.services.db.fetch_value("SELECT sum(size_bytes) FROM webhook_items")
    assert size < 600_000
    (session,) = await wire.sessions()
    assert session["lastSeq"] == 91, "the record has all of it"
    # Another owner's items are kept.
    other = await wire.connect(wire.budi, phoneNumberId="999")
    assert (await wire.deliver(b"unreadable", channel=other)).status_code == 200
    item = (await wire.budi.get(f"{API}/channels/{other}/webhook-items")).json()["data"][0]
    assert item["rawKept"]


async def test_two_who_make_room_at_once_both_find_it(wire: Any) -> None:
    """Whoever comes second finds that the oldest are gone already: there is room all the same."""
    channel = await wire.connect(wire.budi, phoneNumberId="999")
    for _ in range(3):
        assert (await wire.deliver(os.urandom(60_000), channel=channel)).status_code == 200
    db = wire.services.db
    # Another owner's, which does not count.
    assert (await wire.deliver(os.urandom(60_000))).status_code == 200
    await db.execute("UPDATE webhook_items SET raw = repeat('x', 400000) WHERE channel_id = $1", wire.channel)
    mine = f"FROM webhook_items WHERE channel_id = {channel}"
    owner = wire.accounts["budi"]
    size = await db.fetch_value(f"SELECT sum(size_bytes)::bigint {mine}")
    async with db.transaction() as tx:
        await tx.execute(f"DELETE {mine} AND id IN (SELECT id {mine} ORDER BY received_at LIMIT 2)")
        room = asyncio.create_task(make_room(db, owner, size, size_bytes=40_000, count=1))
        await until_waiting(db, room)
    assert await room
    assert await db.fetch_value(f"SELECT count(*) {mine}") == 1


async def test_an_owner_has_so_many_items(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statuses are in no message: the oldest go, and what a customer wrote stays."""
    monkeypatch.setattr("colonnade.products.dealroom.webhooks.actions.room.MAX_ITEMS_KEPT", 4)
    channel = await wire.connect(wire.budi, phoneNumberId="999")
    texts = [text_message("w1", "Halo")]
    assert (await wire.deliver(webhook(*texts, number="999"), channel=channel)).status_code == 200
    statuses = tuple(status_of(f"strange{n}", "delivered", JOKO) for n in range(4))
    assert (await wire.deliver(webhook(statuses=statuses, number="999"), channel=channel)).status_code == 200
    assert await make_room(wire.services.db, wire.accounts["budi"], 2**30, size_bytes=STEP_BYTES, count=1), (
        "their texts are kept"
    )
    left = (await wire.budi.get(f"{API}/channels/{channel}/webhook-items")).json()["data"]
    assert [one["providerId"] for one in left] == ["strange3", "strange2", "w1"]
    shown = (await wire.budi.get(f"{API}/channels/{channel}")).json()["data"]
    assert shown["webhookItemsCutAt"] is not None


async def test_a_waiting_body_brings_nothing_of_a_contact_that_was_deleted(wire: Any) -> None:
    await wire.talk("Halo")
    others = [text_message(f"o{n}", "x", f"62813000{n:05}") for n in range(110)]
    last = text_message("late", "rahasia lama", SARI)
    wink = message("w1", "unsupported", wa_id=SARI) | {"type": "wink"}
    assert (await wire.deliver(webhook(*others, wink, last, names={}))).status_code == 200
    contact = await contact_of(wire, "Ibu Sari")
    path = f"{API}/contacts/{contact}"
    assert (await wire.melati.delete(path, params={"sessions": "delete"})).status_code == 204
    # What they write after that waits behind it, and is received.
    assert (await wire.deliver(webhook(text_message("new", "Halo lagi", SARI)))).status_code == 200
    await wire.work()
    db = wire.services.db
    assert await db.fetch_value("SELECT count(*) FROM webhook_deliveries") == 0
    words = await db.fetch("SELECT content FROM messages WHERE content <> 'x'")
    assert [row["content"] for row in words] == ["Halo lagi"]
    assert await db.fetch_value("SELECT count(*) FROM messages WHERE content = 'x'") == 110
    about = await db.fetch_value(
        "SELECT count(*) FROM webhook_items WHERE about && webhook_person_hashes($1)", SARI
    )
    assert about == 1


async def test_a_body_whose_channel_is_deleted_in_its_midst_ends_there(wire: Any) -> None:
    db = wire.services.db
    people = [f"62813000{n:05}" for n in range(110)]
    await wire.talk("Halo", wa_id=people[20])
    body = webhook(*(text_message(f"o{n}", "x", one) for n, one in enumerate(people)), names={})
    assert (await wire.deliver(body)).status_code == 200
    async with db.transaction() as tx:
        await tx.execute("SELECT FROM contact_identities WHERE written = $1 FOR UPDATE", people[20])
        working = asyncio.create_task(wire.work())
        await until_waiting(db, working)
        await tx.execute("DELETE FROM webhook_deliveries")
    await working
    # Those of others may be received until then, several at once.
    assert await db.fetch_value("SELECT count(*) FROM messages WHERE content = 'x'") < 100


async def test_an_account_is_deleted_between_the_messages_that_keep_coming(wire: Any) -> None:
    """None of them is torn: what has begun is received, what comes later finds no channel."""
    db = wire.services.db
    await wire.talk("Halo")
    async with db.transaction() as tx:
        await tx.execute("SELECT FROM contact_identities WHERE written = $1 FOR UPDATE", SARI)
        begun = asyncio.create_task(wire.deliver(webhook(text_message("a1", "Satu"))))
        await until_waiting(db, begun)
        deleting = asyncio.create_task(wire.melati.delete(f"{API}/users/{wire.accounts['melati']}"))
        await until_waiting(db, begun, deleting)
        later = asyncio.create_task(wire.deliver(webhook(text_message("j1", "Dua", JOKO))))
        await until_waiting(db, begun, deleting, later)
    assert (await begun).status_code == 200
    assert (await deleting).status_code == 204
    assert (await later).status_code == 403
    assert await db.fetch_value("SELECT count(*) FROM messages") == 0
