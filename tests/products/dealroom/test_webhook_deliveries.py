"""Bodies with much in them: kept at once, received by a job, in order per contact, and in nobody's way."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.products.dealroom.conftest import API
from tests.products.dealroom.whatsapp import (
    JOKO,
    NUMBER,
    SARI,
    status_of,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing import own_seconds
from colonnade.kernel.testing.worst import longest_turn
from colonnade.products.dealroom.webhooks.jobs import prune_webhook_items
from colonnade.products.dealroom.webhooks.jobs.deliveries import receive_delivery
from colonnade.products.dealroom.webhooks.schemas import ReceiveDelivery

__all__ = ["wire", "wire_server"]

MEGABYTE = 2**20


def people(count: int) -> list[str]:
    return [f"62812000{number:05}" for number in range(count)]


def burst(count: int, writers: int) -> dict[str, Any]:
    """Return a body of so many messages, by so many people in turn."""
    known = people(writers)
    texts = (text_message(f"wamid.b{n}", f"pesan {n}", known[n % writers]) for n in range(count))
    return webhook(*texts, names={})


async def waiting(wire: Any) -> int:
    return await wire.services.db.fetch_value("SELECT count(*) FROM webhook_deliveries")


async def words(wire: Any) -> dict[str, list[str]]:
    """Return what is in the record, by number, in its order."""
    rows = await wire.services.db.fetch(
        """
        SELECT c.wa_id, array_agg(m.content ORDER BY m.seq) AS words
        FROM messages m JOIN channel_contacts c ON c.session_id = m.session_id GROUP BY c.wa_id
        """
    )
    return {row["wa_id"]: row["words"] for row in rows}


async def test_a_body_of_three_megabytes_is_taken_and_a_larger_one_refused(wire: Any) -> None:
    texts = (text_message(f"wamid.{n}", "x" * 4_000, one) for n, one in enumerate(people(745)))
    body = json.dumps(webhook(*texts, names={})).encode()
    assert 3 * MEGABYTE - 80_000 < len(body) < 3 * MEGABYTE
    async with longest_turn() as turn:
        began = own_seconds()
        assert (await wire.deliver(body)).status_code == 200
        seconds = own_seconds() - began
    assert turn.seconds < 0.2
    assert seconds < 3
    assert await waiting(wire) == 1
    refused = await wire.deliver(body + b" " * 90_000)
    assert (refused.status_code, await waiting(wire)) == (413, 1)
    await wire.services.db.execute("DELETE FROM webhook_deliveries")


async def test_many_messages_are_received_later_each_once_and_in_order(wire: Any) -> None:
    body = burst(150, 30)
    began = own_seconds()
    answers = await asyncio.gather(*(wire.deliver(body) for _ in range(3)))
    assert [one.status_code for one in answers] == [200] * 3
    assert own_seconds() - began < 3
    assert (await waiting(wire), await words(wire)) == (1, {})
    # What comes meanwhile about one of them stands behind it, what comes about others does not.
    later = webhook(text_message("wamid.later", "nanti", people(1)[0]), names={})
    assert (await wire.deliver(later)).status_code == 200
    assert (await wire.deliver(webhook(text_message("wamid.1", "Halo")))).status_code == 200
    assert (await waiting(wire), await words(wire)) == (2, {SARI: ["Halo"]})
    async with longest_turn() as turn:
        await wire.work()
    assert turn.seconds < 0.2
    assert await waiting(wire) == 0
    expected = {one: [f"pesan {n}" for n in range(number, 150, 30)] for number, one in enumerate(people(30))}
    expected[people(1)[0]].append("nanti")
    assert await words(wire) == expected | {SARI: ["Halo"]}
    # The whole body once more changes nothing.
    assert (await wire.deliver(body)).status_code == 200
    await wire.work()
    assert await words(wire) == expected | {SARI: ["Halo"]}


async def test_nobody_waits_for_a_large_body(wire: Any) -> None:
    """Another shop's customer, and another one of the same shop, are in the record while it is received."""
    db = wire.services.db
    other = await wire.connect(wire.budi, phoneNumberId="999")
    slow = people(30)[20]
    assert (await wire.deliver(webhook(text_message("wamid.0", "Hai", slow), names={}))).status_code == 200
    assert (await wire.deliver(burst(150, 30))).status_code == 200
    async with db.transaction() as tx:
        # In the midst of the body, where it stands still for one of its people.
        await tx.execute("SELECT FROM contact_identities WHERE written = $1 FOR UPDATE", slow)
        working = asyncio.create_task(wire.work())
        async with asyncio.timeout(20):
            while len(await words(wire)) < 30:
                await asyncio.sleep(0.01)
        assert (await words(wire))[slow] == ["Hai"]
        for channel, number, one in ((other, "999", JOKO), (wire.channel, NUMBER, SARI)):
            body = webhook(text_message(f"wamid.{one}", "Halo", one), number=number)
            assert (await wire.deliver(body, channel=channel)).status_code == 200
            assert (await words(wire))[one] == ["Halo"]
        assert await waiting(wire) == 1, "it has taken longer than both"
    await working
    await wire.hurry()
    await wire.work()
    assert (await waiting(wire), len(await words(wire))) == (0, 32)


async def test_a_large_body_is_received_in_turns(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each person's messages stay in their order; what they write meanwhile waits for the last turn."""
    monkeypatch.setattr("colonnade.products.dealroom.webhooks.actions.kept.SHARE_SECONDS", 0.0)
    db, stuck = wire.services.db, people(12)[11]
    assert (await wire.deliver(webhook(text_message("wamid.0", "Hai", stuck), names={}))).status_code == 200
    assert (await wire.deliver(burst(360, 12))).status_code == 200
    turn = "SELECT count(DISTINCT id) FROM job_queue WHERE name = 'webhooks.receive'"
    assert await db.fetch_value(turn) == 1
    # Three lines at a time, of each some of the thirty items.
    await receive_delivery(wire.services, ReceiveDelivery(wire.channel))
    found = await words(wire)
    assert (sorted(found), {len(each) for each in found.values()}) == ([*people(3), stuck], {1, 25})
    assert (await waiting(wire), await db.fetch_value(turn)) == (1, 2)
    later = webhook(
        *(text_message(f"wamid.x{n}", "nanti", one) for n, one in enumerate(people(12))), names={}
    )
    assert (await wire.deliver(later)).status_code == 200
    await wire.work()
    expected = {one: [f"pesan {n}" for n in range(number, 360, 12)] for number, one in enumerate(people(12))}
    expected[stuck].insert(0, "Hai")
    assert await words(wire) == {one: [*said, "nanti"] for one, said in expected.items()}
    assert await waiting(wire) == 0


async def test_many_statuses_are_received_later(wire: Any) -> None:
    session = await wire.talk("Halo")
    message = await wire.say(session, "siap", "human")
    await wire.work()
    known = status_of("wamid.out-1", "delivered"), status_of("wamid.out-1", "read")
    strange = (status_of(f"wamid.s{n}", "delivered", one) for n, one in enumerate(people(300)))
    assert (await wire.deliver(webhook(statuses=(*strange, *known)))).status_code == 200
    # A message of the same person waits for no status.
    assert (await wire.deliver(webhook(text_message("wamid.2", "Oke")))).status_code == 200
    assert await waiting(wire) == 1
    await wire.work()
    found = await wire.messages(session)
    assert [(m["content"], m["status"]) for m in found if m["id"] == message["id"]] == [("siap", "read")]
    assert await wire.services.db.fetch_value("SELECT count(*) FROM webhook_items") == 304


async def test_what_fails_for_a_while_is_received_then_and_holds_up_its_person_alone(wire: Any) -> None:
    db = wire.services.db
    await wire.talk("Halo")
    texts = [text_message(f"wamid.b{n}", f"pesan {n}", one) for n, one in enumerate(people(5))]
    statuses = tuple(status_of(f"wamid.s{n}", "delivered", one) for n, one in enumerate(people(100)))
    body = webhook(
        text_message("wamid.s1", "satu"), *texts, text_message("wamid.s2", "dua"), statuses=statuses
    )
    assert (await wire.deliver(body)).status_code == 200
    async with db.transaction() as tx:
        # Sari's contact is taken for longer than anybody waits for a lock.
        await tx.execute("SELECT FROM contact_identities WHERE written = $1 FOR UPDATE", SARI)
        working = asyncio.create_task(wire.work())
        async with asyncio.timeout(60):
            while not await tx.fetch_value(  # until the attempt has failed
                "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE people = ARRAY[$1])", SARI
            ):
                await asyncio.sleep(0.05)
        assert len(await words(wire)) == 6
        behind = webhook(text_message("wamid.s3", "tiga"))
        assert (await wire.deliver(behind)).status_code == 200
        other = webhook(text_message("wamid.x", "lagi", people(1)[0]), names={})
        assert (await wire.deliver(other)).status_code == 200
        assert (await words(wire))[people(1)[0]] == ["pesan 0", "lagi"]
        assert (await words(wire))[SARI] == ["Halo"]
    await working
    await wire.hurry()
    await wire.work()
    assert (await waiting(wire), (await words(wire))[SARI]) == (0, ["Halo", "satu", "dua", "tiga"])


async def test_who_writes_by_a_new_number_waits_for_the_body_that_tells_of_it(wire: Any) -> None:
    await wire.talk("Halo")
    system = {"type": "user_changed_number", "wa_id": JOKO, "body": "Sari has a new number"}
    changed = {"from": SARI, "id": "w9", "timestamp": "1760000001", "type": "system", "system": system}
    others = (text_message(f"wamid.b{n}", f"pesan {n}", people(3)[n % 3]) for n in range(101))
    assert (await wire.deliver(webhook(changed, *others, names={}))).status_code == 200
    assert (await wire.deliver(webhook(text_message("wamid.new", "Ini saya", JOKO)))).status_code == 200
    assert (await waiting(wire), await words(wire)) == (2, {SARI: ["Halo"]})
    await wire.work()
    (line,) = [said for said in (await words(wire)).values() if "Halo" in said]
    assert (line[0], line[-1]) == ("Halo", "Ini saya")
    assert await waiting(wire) == 0


async def test_one_that_cannot_be_stored_is_refused_alone(wire: Any) -> None:
    db = wire.services.db
    await db.execute("ALTER TABLE messages ADD CONSTRAINT poison CHECK (content <> 'pesan 7')")
    try:
        assert (await wire.deliver(burst(120, 12))).status_code == 200
        await wire.work()
    finally:
        await db.execute("ALTER TABLE messages DROP CONSTRAINT poison")
    found = await words(wire)
    assert found[people(8)[7]][0] == "[unreadable]"
    assert sum(len(each) for each in found.values()) == 120
    assert await waiting(wire) == 0


async def test_what_a_worker_has_left_is_taken_up_and_more_than_may_wait_refused(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = wire.services.db
    assert (await wire.deliver(burst(120, 12))).status_code == 200
    # A worker has died over it, and its job was given up.
    await db.execute("DELETE FROM job_queue")
    await db.execute(
        "UPDATE webhook_deliveries SET claimed_by = 7, claimed_until = now() - interval '2 hours'"
    )
    monkeypatch.setattr("colonnade.products.dealroom.webhooks.actions.deliveries.MAX_WAITING_BYTES", 60_000)
    refused = await wire.deliver(webhook(*(text_message(f"w{n}", "x" * 600, SARI) for n in range(101))))
    assert (refused.status_code, await waiting(wire)) == (503, 1)
    # Another owner's bodies wait for themselves.
    other = await wire.connect(wire.budi, phoneNumberId="999")
    texts = (text_message(f"o{n}", "x" * 380, JOKO) for n in range(101))
    assert (await wire.deliver(webhook(*texts, number="999"), channel=other)).status_code == 200
    await db.execute("DELETE FROM webhook_deliveries WHERE channel_id = $1", other)
    await prune_webhook_items(wire.services)
    await wire.work()
    assert (await waiting(wire), len(await words(wire))) == (0, 12)


async def test_a_channel_that_is_deleted_takes_what_waits_along(wire: Any) -> None:
    assert (await wire.deliver(burst(120, 12))).status_code == 200
    assert (await wire.melati.delete(f"{API}/channels/{wire.channel}")).status_code == 204
    assert await waiting(wire) == 0
    await wire.work()
    assert await words(wire) == {}


async def test_strangers_send_four_large_bodies_at_a_time(wire: Any) -> None:
    """Nothing says who sends until a body is whole: of the bytes above a megabyte only some are waited for."""
    url = wire.visitor.base_url
    head = f"POST {API}/webhooks/whatsapp/{wire.channel} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head = f"{head}X-Hub-Signature-256: sha256={'0' * 64}\r\n"
    opened = []
    answers = []
    for _ in range(5):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"{head}Content-Length: {2 * MEGABYTE}\r\n\r\n".encode() + b"x" * (MEGABYTE + 100_000))
        await writer.drain()
        opened.append((reader, writer))
    try:
        async with asyncio.timeout(5):
            answers.append(await opened[4][0].readline())
        assert (await wire.deliver(webhook(text_message("wamid.1", "Halo")))).status_code == 200
        opened[0][1].write(b"x" * (MEGABYTE - 100_000))
        async with asyncio.timeout(5):
            answers.append(await opened[0][0].readline())
        assert answers == [b"HTTP/1.1 503 Service Unavailable\r\n", b"HTTP/1.1 403 Forbidden\r\n"]
    finally:
        for _, writer in opened:
            writer.close()


@pytest.mark.parametrize(
    "signature", [None, "", "sha256=", "sha1=" + "0" * 64, "0" * 64, "sha256=" + "x" * 64]
)
async def test_what_is_not_signed_is_refused_before_it_is_read(wire: Any, signature: str | None) -> None:
    url = wire.visitor.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    signed = "" if signature is None else f"X-Hub-Signature-256: {signature}\r\n"
    path = f"{API}/webhooks/whatsapp/{wire.channel}"
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: x\r\n{signed}Content-Length: {2 * MEGABYTE}\r\n\r\n{{".encode()
    )
    try:
        async with asyncio.timeout(3):
            assert await reader.readline() == b"HTTP/1.1 403 Forbidden\r\n"
    finally:
        writer.close()
