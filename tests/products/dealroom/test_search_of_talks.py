"""What people search for in their talks: any form of a word, the customer's name and number, what was said in them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.dealroom.conftest import API, Room
from tests.products.dealroom.whatsapp import JOKO, SARI, Wire, text_message, webhook, wire, wire_server

from colonnade.app.testing import OpenBackend
from colonnade.kernel.testing import count_statements
from colonnade.products.dealroom.product import PRODUCT
from colonnade.products.dealroom.shared.queries import find_said, find_speaking_sessions

__all__ = ["wire", "wire_server"]


async def _said(client: Any, q: str, **more: Any) -> list[int]:
    answer = await client.get(f"{API}/messages/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return [message["id"] for message in answer.json()["data"]]


async def _sessions(client: Any, search: str) -> list[str]:
    answer = await client.get(f"{API}/sessions", params={"search": search})
    assert answer.status_code == 200, answer.text
    return [session["id"] for session in answer.json()["data"]]


@pytest.mark.parametrize(
    ("language", "said", "typed"),
    [
        ("en", "We ordered three boxes", ("order", "orders", "box", "ordering", "ORDERED")),
        ("pt-BR", "As promoções acabaram ontem", ("promoção", "promocao", "promoções", "acabar")),
        ("es", "Los zapatos marrones", ("zapato", "marrón", "marron")),
        ("fr", "Les chaussures sont arrivées", ("chaussure", "arrivé", "arrivee")),
        ("id", "Pesanannya sudah dikirimkan", ("kirim", "pesanan", "dikirim")),
    ],
)
async def test_any_form_of_a_word_is_found_in_the_sessions_language(
    room: Any, language: str, said: str, typed: tuple[str, ...]
) -> None:
    session, plain = await room.session(), await room.session()
    vendor = {"sessionId": session, "name": "Sinta", "language": language}
    assert (await room.melati.post(f"{API}/vendors", json=vendor)).status_code == 201
    message = await room.say(session, said)
    await room.say(plain, "sesuatu yang lain")
    for word in typed:
        assert await _said(room.melati, word) == [message["id"]], word
        assert await _said(room.melati, word, sessionId=session) == [message["id"]], word
        assert await _sessions(room.melati, word) == [session], word
    assert await _said(room.budi, typed[0]) == []


async def test_of_several_languages_each_is_found_newest_first(room: Any) -> None:
    ids = []
    for language, said in (("en", "three boxes"), ("es", "three zapatos"), (None, "three kotak")):
        session = await room.session()
        vendor = {"sessionId": session, "name": "Sinta", "language": language}
        assert (await room.melati.post(f"{API}/vendors", json=vendor)).status_code == 201
        ids.append((await room.say(session, said))["id"])
    assert await _said(room.melati, "box") == [ids[0]]
    assert await _said(room.melati, "zapato") == [ids[1]]
    assert await _said(room.melati, "three") == ids[::-1]
    assert await _said(room.melati, "three", limit=2) == ids[:0:-1]
    assert await _said(room.melati, "three", beforeId=ids[2], limit=1) == [ids[1]]


async def test_a_channels_language_is_that_of_its_sessions(wire: Wire) -> None:
    rules = await wire.melati.patch(f"{API}/channels/{wire.channel}/rules", json={"language": "en"})
    assert rules.status_code == 200, rules.text
    await wire.talk("We ordered three boxes")
    assert await _said(wire.melati, "box") == [1]


async def test_sessions_are_found_by_contact_and_by_what_was_said(wire: Wire) -> None:
    sari = await wire.talk("Halo, ada ukuran 41?")
    await wire.deliver(webhook(text_message("wamid.joko", "Kirim ke Jalan Kenanga", JOKO)))
    joko = next(one["id"] for one in await wire.sessions() if one["id"] != sari)
    # The titles are out of the way.
    for session in (sari, joko):
        assert (
            await wire.melati.patch(f"{API}/sessions/{session}", json={"title": "Chat"})
        ).status_code == 200
    for search in (
        "sari",
        "SÁRI",
        "ibu sar",
        f"+{SARI}",
        "0812-3456-7890",
        "(0812) 3456 7890",
        "67890",
        "41",
    ):
        assert await _sessions(wire.melati, search) == [sari], search
    for search in (
        "joko",
        "kenanga",
        "kenan",
        "jalan kenanga",
        '"jalan kenanga"',
        "0813 9876 5432",
        "kenagna",
    ):
        assert await _sessions(wire.melati, search) == [joko], search
    assert len(await _sessions(wire.melati, "chat")) == 2
    assert await _sessions(wire.budi, "sari") == await _sessions(wire.budi, "kenanga") == []
    # A new name is found, the one before no more.
    await wire.deliver(webhook(text_message("wamid.new", "Lagi"), names={SARI: "Bunda Sari"}))
    assert await _sessions(wire.melati, "bunda") == [sari]
    assert await _sessions(wire.melati, "ibu") == []
    with count_statements(wire.services.db) as statements:
        assert await _sessions(wire.melati, "kenanga") == [joko]
    assert statements.count == 5


async def test_sessions_are_found_by_the_owners_name_for_the_contact(wire: Wire) -> None:
    session = await wire.talk("Halo")
    contact = await wire.services.db.fetch_value("SELECT contact_id FROM channel_contacts")
    named = await wire.melati.patch(f"{API}/contacts/{contact}", json={"name": "Bu Hajjah Kartini"})
    assert named.status_code == 200, named.text
    for search in ("kartini", "hajj", "KARTÍNI", "katrini"):
        assert await _sessions(wire.melati, search) == [session], search
    assert await _sessions(wire.budi, "kartini") == []


async def test_a_deleted_message_finds_no_session(room: Any) -> None:
    session = await room.session(title="Chat")
    said = await room.say(session, "rahasia", "system")
    assert await _sessions(room.melati, "rahasia") == [session]
    assert (await room.melati.delete(f"{API}/messages/{said['id']}")).status_code == 204
    assert await _sessions(room.melati, "rahasia") == []


async def test_a_customer_brings_an_archived_session_back(room: Any) -> None:
    session = await room.session(title="Chat")
    path = f"{API}/sessions/{session}"
    archived = (await room.melati.patch(path, json={"archived": True})).json()["data"]
    assert archived["archived"] is True
    await room.say(session, "Catatan", "system")
    await room.say(session, "Halo", "human")
    assert (await room.melati.get(path)).json()["data"]["archived"] is True
    client = await room.socket(await room.token(1))
    await client.call("join-session", {"sessionId": session})
    await room.say(session, "Masih ada?")
    shown = (await room.melati.get(path)).json()["data"]
    assert (shown["archived"], shown["version"]) == (False, archived["version"] + 1)
    told = await client.wait_for("session-updated")
    assert [event["session"]["archived"] for event in told] == [False]
    assert [one["id"] for one in (await room.melati.get(f"{API}/sessions")).json()["data"]] == [session]


async def test_archived_sessions_stay_away_where_the_setting_says_so(open_backend: OpenBackend) -> None:
    async with open_backend(PRODUCT, Room, unarchive=False) as room, room.for_test():
        session = await room.session(title="Chat")
        path = f"{API}/sessions/{session}"
        assert (await room.melati.patch(path, json={"archived": True})).status_code == 200
        await room.say(session, "Masih ada?")
        assert (await room.melati.get(path)).json()["data"]["archived"] is True


FILL = """
WITH s AS (
    INSERT INTO chat_sessions (owner_id, title, last_seq, links, chain_head)
    SELECT 1, 'Chat ' || n, $1 / 100, $1 / 100, sha256('') FROM generate_series(1, 100) AS n RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS number FROM s)
INSERT INTO messages (session_id, owner_id, seq, link, sender, type, content, language, content_hash, hash)
SELECT s.id, 1, n, n, 'customer', 'text', concat_ws(' ', CASE WHEN n % 10 <> 0 THEN 'orders' END,
    CASE WHEN (n * 100 + s.number) % 500 = 3 THEN 'rarely' END, 'kata' || n % 1000),
    CASE WHEN s.number % 2 = 0 THEN 'en' END, sha256(''), sha256('')
FROM generate_series(1, $1 / 100) AS n CROSS JOIN numbered s ORDER BY n
"""
FILLED_AT_ONCE = 10_000
"""Rows, in a hundred sessions: a statement has 15 seconds."""
MOST_BUFFERS = 3_000
"""8 KiB each, for any search of one or two words, whatever the table's size."""
MOST_BUFFERS_OF_SESSIONS = 12_000
"""For sessions: a thousand messages are looked up, in an index of three pages' depth, each on a page of its own."""


SCANS = "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN ('messages', 'search_words')"
"""Of this session, what was not reported yet included."""


class _Explained:
    """Runs statements, and counts the buffers that each reads when it is run again."""

    def __init__(self, tx: Any) -> None:
        self.tx = tx
        self.buffers = 0

    async def fetch(self, sql: str, *args: Any) -> Any:
        """Return the rows."""
        rows = await self.tx.fetch(sql, *args)
        explained = await self.tx.fetch_value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
        plan = explained[0]["Plan"]
        self.buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return rows

    async def fetch_row(self, sql: str, *args: Any) -> Any:
        """Return the first row."""
        return (await self.fetch(sql, *args))[0]


async def _measure(room: Any, rows: int) -> dict[str, int]:
    """Return by search what is read to find messages, and sessions by them, in a table of `rows`."""
    db = room.services.db
    # The autovacuum that a million rows call would hold the table.
    await db.execute("ALTER TABLE messages SET (autovacuum_enabled = false), DISABLE TRIGGER messages_learn")
    try:
        for _ in range(rows // FILLED_AT_ONCE):
            await db.execute(FILL, FILLED_AT_ONCE)
    finally:
        await db.execute("ALTER TABLE messages ENABLE TRIGGER messages_learn")
    await db.execute("VACUUM ANALYZE messages")
    read = {}
    for words, found in (
        ("order", rows * 0.45),
        ("orders", rows * 0.9),
        ("rarely", rows / 500),
        ("nothing", 0),
    ):
        async with db.transaction() as tx:
            before = await tx.fetch_value(SCANS)
            explained = _Explained(tx)
            said = await find_said(explained, 1, words, limit=20)
            assert sum(len(one.keys) for one in said) == min(20, found), words
            read[f"said {words}"], explained.buffers = explained.buffers, 0
            sessions = await find_speaking_sessions(explained, 1, words)
            assert (sessions == []) == (found == 0), words
            read[f"sessions {words}"] = explained.buffers
            assert await tx.fetch_value(SCANS) == before, words
    print(rows, read)
    return read


def _most(name: str) -> int:
    return MOST_BUFFERS_OF_SESSIONS if name.startswith("sessions") else MOST_BUFFERS


async def test_what_is_read_of_ten_thousand_messages(room: Any) -> None:
    read = await _measure(room, 10_000)
    assert {name: buffers for name, buffers in read.items() if buffers > _most(name)} == {}


@pytest.mark.slow
async def test_what_is_read_of_a_million_messages(room: Any) -> None:
    read = await _measure(room, 1_000_000)
    assert {name: buffers for name, buffers in read.items() if buffers > _most(name)} == {}
