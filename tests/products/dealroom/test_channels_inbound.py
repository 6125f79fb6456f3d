"""Messages of customers: signed, each once, in order, in the contact's session; statuses; files."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from typing import Any

import pytest
import pyvips
from msgspec import structs
from tests.products.dealroom.whatsapp import (
    JOKO,
    SARI,
    text_message,
    webhook,
    wire,
    wire_server,
)

from colonnade.kernel.testing.worst import WORST_TEXTS, longest_turn
from colonnade.products.dealroom.webhooks.rules.parts import MAX_TEXT_CHARACTERS

__all__ = ["wire", "wire_server"]

API = "/api/v1"


def picture() -> bytes:
    """Return a PNG."""
    data: bytes = pyvips.Image.black(8, 6, bands=3).pngsave_buffer()
    return data


async def rows(wire: Any) -> tuple[int, int, int]:
    """Count sessions, contacts and messages."""
    row = await wire.services.db.fetch_row(
        "SELECT (SELECT count(*) FROM chat_sessions), (SELECT count(*) FROM channel_contacts), "
        "(SELECT count(*) FROM messages)"
    )
    return tuple(row)


async def test_a_customers_first_message_begins_a_session(wire: Any) -> None:
    message = text_message("wamid.1", "Halo, ada ukuran 41?", timestamp="1760000000")
    answer = await wire.deliver(webhook(message))
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    (session,) = await wire.sessions()
    assert (session["title"], session["status"], session["type"]) == ("Ibu Sari", "active", "sales")
    (message,) = await wire.messages(session["id"])
    assert message == {
        "id": 1,
        "sessionId": session["id"],
        "seq": 1,
        "sender": "customer",
        "senderName": "Ibu Sari",
        "phoneNumber": f"+{SARI}",
        "phoneNumberTyped": SARI,
        "type": "text",
        "content": "Halo, ada ukuran 41?",
        "mediaUrl": None,
        "mediaMimeType": None,
        "fileName": None,
        "fileSizeBytes": None,
        "replyToId": None,
        "clientMessageId": None,
        "providerMessageId": "wamid.1",
        "status": "sent",
        "version": 1,
        "createdAt": message["createdAt"],
        "editedAt": None,
        "deletedAt": None,
        "providerTime": "2025-10-09T08:53:20Z",
        "late": True,
    }
    assert (await wire.deliver(webhook(text_message("wamid.2", "Yang hitam")))).status_code == 200
    assert [m["content"] for m in await wire.messages(session["id"])] == [
        "Halo, ada ukuran 41?",
        "Yang hitam",
    ]
    assert (await wire.sessions(wire.budi)) == []
    health = await wire.health()
    assert (health["state"], health["secondsSinceInbound"]) == ("connected", 0)


async def test_what_is_not_signed_for_this_channel_is_refused_unread(wire: Any) -> None:
    body = webhook(text_message("wamid.1", "Halo"))
    other = await wire.connect(wire.budi, phoneNumberId="999", appSecret="b" * 32)
    refused = [
        await wire.deliver(body, secret="b" * 32),
        await wire.deliver(body, secret=""),
        await wire.deliver(body, **{"x-hub-signature-256": ""}),
        await wire.deliver(body, **{"x-hub-signature-256": "sha256=\u00e9".encode("latin-1")}),
        await wire.deliver(body, **{"x-hub-signature-256": "0" * 64}),
        await wire.deliver(b"{malformed", secret="b" * 32),
        await wire.deliver(body, channel=999),
        await wire.deliver(body, channel=other),
    ]
    assert {(one.status_code, one.json()["code"], one.json()["message"]) for one in refused} == {
        (403, "WEBHOOK_REFUSED", "This request is not signed for this channel")
    }
    unsigned = await wire.visitor.post(f"{API}/webhooks/whatsapp/{wire.channel}", json=body)
    assert unsigned.status_code == 403
    assert await rows(wire) == (0, 0, 0)
    assert (await wire.health())["lastInboundAt"] is None
    # A body for another number of the same app is none of this channel's business.
    assert (await wire.deliver(body, channel=other, secret="b" * 32)).status_code == 200
    assert await rows(wire) == (0, 0, 0)


@pytest.mark.parametrize("piece", ["piles", "wide"])
async def test_a_body_full_of_the_worst_texts_delays_nobody(wire: Any, piece: str) -> None:
    """Each of the fifteen texts is read in a turn of its own: all of them took 11 s in one."""
    await wire.talk("Halo")
    text = f"a{WORST_TEXTS[piece] * 20_000}"[: 4 * MAX_TEXT_CHARACTERS]
    body = webhook(*(text_message(f"wamid.{number}", text) for number in range(15)))
    async with longest_turn() as turn:
        answer = await wire.deliver(json.dumps(body, ensure_ascii=False).encode())
    assert answer.status_code == 200
    assert turn.seconds < 0.2
    assert {len(m["content"]) for m in await wire.messages((await wire.sessions())[0]["id"])} <= {4, 30, 4096}


async def test_a_disabled_channel_takes_nothing_in(wire: Any) -> None:
    await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"enabled": False})
    body = webhook(text_message("wamid.1", "Halo"))
    assert (await wire.deliver(body)).status_code == 403
    assert await rows(wire) == (0, 0, 0)
    await wire.melati.patch(f"{API}/channels/{wire.channel}", json={"enabled": True})
    assert (await wire.deliver(body)).status_code == 200
    assert await rows(wire) == (1, 1, 1)


async def test_bodies_have_a_limit_of_their_own(wire: Any) -> None:
    messages = [text_message(f"wamid.{number}", "x" * 4000) for number in range(20)]
    assert (await wire.deliver(webhook(*messages))).status_code == 200
    assert await rows(wire) == (1, 1, 20)
    assert (await wire.deliver(b'{"a":"' + b"x" * 3 * 2**20 + b'"}')).status_code == 413


async def test_deliveries_spend_their_own_budget_and_nothing_of_the_global_one(wire: Any) -> None:
    async def left() -> int:
        answer = await wire.melati.get(f"{API}/channels")
        assert answer.headers["ratelimit-policy"] == '"global";q=100000;w=3600'
        return int(re.search(r";r=(\d+)", answer.headers["ratelimit"])[1])

    before = await left()
    for _ in range(5):
        answer = await wire.deliver({"object": "whatsapp_business_account", "entry": []})
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"webhooks";q=3000;w=60'
    assert await left() == before - 1


async def test_the_same_delivery_ten_times_at_once_is_one_message(wire: Any) -> None:
    body = webhook(text_message("wamid.1", "Halo"))
    answers = await asyncio.gather(*(wire.deliver(body) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert await rows(wire) == (1, 1, 1)
    # Brought again it does not open what was closed meanwhile.
    (session,) = await wire.sessions()
    await wire.melati.patch(f"{API}/sessions/{session['id']}", json={"status": "closed"})
    assert (await wire.deliver(body)).status_code == 200
    assert await rows(wire) == (1, 1, 1)
    assert (await wire.sessions())[0]["status"] == "closed"


async def test_each_contacts_messages_keep_their_order_in_parallel_bodies(wire: Any) -> None:
    def body(batch: int) -> dict[str, Any]:
        return webhook(
            *(
                text_message(f"wamid.{who}-{batch}-{n}", f"{batch}-{n}", who)
                for n in range(5)
                for who in (SARI, JOKO)
            )
        )

    answers = await asyncio.gather(*(wire.deliver(body(batch)) for batch in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    sessions = await wire.sessions()
    assert sorted(session["title"] for session in sessions) == ["Ibu Sari", "Pak Joko"]
    for session in sessions:
        found = await wire.messages(session["id"])
        assert [message["seq"] for message in found] == list(range(1, 21))
        for batch in range(4):
            own = [m["content"] for m in found if m["content"].startswith(f"{batch}-")]
            assert own == [f"{batch}-{n}" for n in range(5)]
        integrity = (await wire.melati.get(f"{API}/sessions/{session['id']}/integrity")).json()["data"]
        assert integrity["intact"] is True


async def test_a_closed_session_is_opened_by_its_customer(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.melati.patch(f"{API}/sessions/{session}", json={"status": "closed"})
    assert await wire.talk("Saya kembali") == session
    (shown,) = await wire.sessions()
    assert (shown["status"], shown["lastSeq"]) == ("active", 2)


async def test_a_deleted_session_begins_anew(wire: Any) -> None:
    first = await wire.talk("Halo")
    await wire.melati.delete(f"{API}/sessions/{first}")
    second = await wire.talk("Saya lagi")
    assert second != first
    assert [message["content"] for message in await wire.messages(second)] == ["Saya lagi"]


async def test_a_reply_names_the_message_it_answers(wire: Any) -> None:
    session = await wire.talk("Halo")
    await wire.say(session, "Mau yang mana?", "human")
    await wire.work()
    ours = (await wire.messages(session))[1]
    assert ours["providerMessageId"] == "wamid.out-1"
    reply = text_message("wamid.5", "Yang ini", context={"from": "628116000123", "id": "wamid.out-1"})
    lost = text_message("wamid.6", "Dan itu", context={"id": "wamid.unknown"})
    assert (await wire.deliver(webhook(reply, lost))).status_code == 200
    assert [m["replyToId"] for m in await wire.messages(session)] == [None, None, ours["id"], None]
    # Ours that answers theirs goes out with its context.
    await wire.say(session, "Baik", "human", replyToId=(await wire.messages(session))[2]["id"])
    await wire.work()
    assert wire.provider.sent[1]["context"] == {"message_id": "wamid.5"}


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({"type": "sticker", "sticker": {}}, "[sticker]"),
        ({"type": "location", "location": {"latitude": "here"}}, "[location]"),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "[unsupported]"),
        ({"type": "text"}, "[text]"),
        ({"type": "text", "text": {"body": "  "}}, "[text]"),
        ({"type": "image", "image": {}}, "[image]"),
        ({"type": ["x"]}, "[unknown]"),
        ({"type": "<script>"}, "[unknown]"),
        ({}, "[unknown]"),
        ({"type": "button", "button": {"payload": "p", "text": "Ya, pesan"}}, "Ya, pesan"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"title": "Ukuran 41"}},
            },
            "Ukuran 41",
        ),
        ({"type": "text", "text": {"body": "nol\x00 dan \ud83d"}}, "nol\ufffd dan \ufffd"),
        ({"type": "text", "text": {"body": "x" * 5000}}, "x" * 4095 + "…"),
    ],
)
async def test_kinds_that_we_do_not_know_are_noted(wire: Any, message: dict[str, Any], content: str) -> None:
    assert (await wire.deliver(webhook({"from": SARI, "id": "wamid.1", **message}))).status_code == 200
    (session,) = await wire.sessions()
    (found,) = await wire.messages(session["id"])
    assert (found["type"], found["content"]) == ("text", content)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{malformed",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"object":"page","entry":[]}',
        {"object": "whatsapp_business_account"},
        {"object": "whatsapp_business_account", "entry": {"changes": 1}},
        {"object": "whatsapp_business_account", "entry": [1, {"changes": [None, {"field": "messages"}]}]},
        {
            "object": "whatsapp_business_account",
            "entry": [{"changes": [{"field": "account_update", "value": {}}]}],
        },
        webhook({"from": "not-a-number", "id": "wamid.1", "type": "text", "text": {"body": "x"}}),
        webhook({"from": SARI, "type": "text", "text": {"body": "x"}}),
        webhook({"from": SARI, "id": "x" * 201, "type": "text", "text": {"body": "x"}}),
        webhook({"from": SARI, "id": 7, "type": "text", "text": {"body": "x"}}),
        webhook(text_message("wamid.1", "Halo"), number="1"),
        webhook(statuses=({"id": "wamid.1"}, {"status": "sent"}, {"id": "wamid.9", "status": "warning"})),
    ],
)
async def test_a_body_of_another_shape_stores_nothing(wire: Any, body: Any) -> None:
    answer = await wire.deliver(body)
    assert answer.status_code == (400 if body == b"" else 200), answer.text
    assert await rows(wire) == (0, 0, 0)


async def test_a_message_that_fails_stops_its_contact_only_and_comes_again(wire: Any) -> None:
    db = wire.services.db
    await wire.talk("Halo")
    async with db.transaction() as tx:
        # Sari's contact is taken for longer than anybody waits for a lock.
        await tx.execute("SELECT FROM contact_identities WHERE written = $1 FOR UPDATE", SARI)
        body = webhook(
            text_message("wamid.1", "satu"),
            text_message("wamid.2", "dua", JOKO),
            text_message("wamid.3", "tiga"),
        )
        assert (await wire.deliver(body)).status_code == 503
    by_title = {session["title"]: session["id"] for session in await wire.sessions()}
    assert [m["content"] for m in await wire.messages(by_title["Pak Joko"])] == ["dua"]
    assert [m["content"] for m in await wire.messages(by_title["Ibu Sari"])] == ["Halo"]
    assert (await wire.deliver(body)).status_code == 200
    assert [m["content"] for m in await wire.messages(by_title["Pak Joko"])] == ["dua"]
    assert [m["content"] for m in await wire.messages(by_title["Ibu Sari"])] == ["Halo", "satu", "tiga"]


async def test_a_message_that_cannot_be_stored_leaves_a_note_and_stops_nobody(wire: Any) -> None:
    db = wire.services.db
    await db.execute("ALTER TABLE messages ADD CONSTRAINT poison CHECK (content <> 'racun')")
    try:
        body = webhook(text_message("wamid.1", "racun"), text_message("wamid.2", "obat"))
        assert (await wire.deliver(body)).status_code == 200
    finally:
        await db.execute("ALTER TABLE messages DROP CONSTRAINT poison")
    (session,) = await wire.sessions()
    found = await wire.messages(session["id"])
    assert [(m["content"], m["providerMessageId"]) for m in found] == [
        ("[unreadable]", "wamid.1"),
        ("obat", "wamid.2"),
    ]


async def test_what_somebody_else_wrote_a_moment_earlier_is_no_fault_of_the_message(wire: Any) -> None:
    """A sequence counts on when a transaction is undone: only the first message meets the violation."""
    db = wire.services.db
    await db.execute("CREATE SEQUENCE meetings")
    await db.execute(
        """
        CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('meetings') = 1 THEN RAISE unique_violation; END IF; RETURN new;
        END $$
        """
    )
    await db.execute("CREATE TRIGGER meet BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION meet()")
    try:
        assert (await wire.deliver(webhook(text_message("wamid.1", "Halo")))).status_code == 200
    finally:
        await db.execute("DROP FUNCTION meet() CASCADE")
        await db.execute("DROP SEQUENCE meetings")
    (session,) = await wire.sessions()
    assert [m["content"] for m in await wire.messages(session["id"])] == ["Halo"]


async def test_many_customers_at_once_wait_for_their_turn_and_people_do_not(
    wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each finds a connection at its turn, though nobody may wait for one as long as all of them take."""
    pool = wire.services.db.pool
    impatient = structs.replace(pool.settings, acquire_timeout_seconds=0.25)
    monkeypatch.setattr(pool, "settings", impatient)
    people = [f"62812000{number:05}" for number in range(60)]
    bodies = [webhook(text_message(f"wamid.{one}", "Halo", one), names={}) for one in people]
    written = asyncio.gather(*(wire.deliver(body) for body in bodies))
    looked = [(await wire.melati.get(f"{API}/channels")).status_code for _ in range(10)]
    assert Counter(answer.status_code for answer in await written) == {200: 60}
    assert looked == [200] * 10
    assert await wire.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 60
