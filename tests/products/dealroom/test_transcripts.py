"""Exports of a session, and the proof that its record is intact."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from colonnade.products.dealroom.messages.actions import post_message
from colonnade.products.dealroom.messages.schemas import Draft

API = "/api/v1"


async def told(room: Any) -> str:
    session = await room.session(title="Sepatu <Ibu Sari>")
    await room.melati.post(f"{API}/vendors", json={"sessionId": session, "name": "Sinta"})
    await room.melati.post(
        f"{API}/sellers", json={"sessionId": session, "name": "Melati", "products": [{"name": "Sepatu"}]}
    )
    await room.say(session, '=HYPERLINK("https://evil")', senderName="Ibu Sari")
    await room.say(session, "Ada, <b>Bu</b> & siap", "human")
    gone = await room.say(session, "salah kirim", "human")
    await room.melati.delete(f"{API}/messages/{gone['id']}")
    return session


async def test_json(room: Any) -> None:
    session = await told(room)
    answer = await room.melati.get(f"{API}/sessions/{session}/export")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == f'attachment; filename="session-{session}.json"'
    record = answer.json()
    assert list(record) == ["session", "vendor", "sellers", "messages", "revisions"]
    assert record["messages"] == (await room.melati.get(f"{API}/messages/session/{session}")).json()["data"]
    assert (record["vendor"]["name"], record["sellers"][0]["products"][0]["name"]) == ("Sinta", "Sepatu")


async def test_csv_without_formulas(room: Any) -> None:
    session = await told(room)
    answer = await room.melati.get(f"{API}/sessions/{session}/export?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["seq"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["content"] == '\'=HYPERLINK("https://evil")'
    assert (rows[1]["content"], rows[2]["content"]) == ("Ada, <b>Bu</b> & siap", "")


async def test_html_is_text(room: Any) -> None:
    session = await told(room)
    answer = await room.melati.get(f"{API}/sessions/{session}/export?format=html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.text
    assert "<title>Sepatu &lt;Ibu Sari&gt;</title>" in page
    assert "Ada, &lt;b&gt;Bu&lt;/b&gt; &amp; siap" in page
    assert "This message was deleted." in page
    assert "salah kirim" not in page
    assert page.endswith("</body></html>\n")


async def test_a_long_record_is_written_whole(room: Any) -> None:
    session = await room.session()
    async with room.services.db.transaction() as tx:
        for number in range(1, 1204):
            draft = Draft(UUID(session), "customer", "text", str(number))
            await post_message(tx, 1, draft)
    record = (await room.melati.get(f"{API}/sessions/{session}/export")).json()
    assert [message["content"] for message in record["messages"]] == [str(n) for n in range(1, 1204)]
    lines = (await room.melati.get(f"{API}/sessions/{session}/export?format=csv")).text.splitlines()
    assert len(lines) == 1204
    proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    assert (proof["intact"], proof["count"]) == (True, 1203)


async def test_integrity_of_what_was_left_alone(room: Any) -> None:
    empty = await room.session()
    proof = (await room.melati.get(f"{API}/sessions/{empty}/integrity")).json()["data"]
    assert (proof["intact"], proof["count"], proof["lastSeq"], proof["chainHead"]) == (True, 0, 0, "")
    session = await told(room)
    proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
    head = await room.services.db.fetch_value("SELECT hash FROM message_revisions")
    assert proof == {
        "sessionId": session,
        "intact": True,
        "count": 3,
        "revisions": 1,
        "firstSeq": 1,
        "lastSeq": 3,
        "gaps": 0,
        "duplicates": 0,
        "outOfOrder": 0,
        "brokenAt": None,
        "chainHead": head.hex(),
        "checkedAt": proof["checkedAt"],
    }


async def test_integrity_finds_what_was_done_behind_its_back(room: Any) -> None:
    for sql, found in (
        ("UPDATE messages SET content = 'lain' WHERE session_id = $1 AND seq = 2", {"brokenAt": 2}),
        ("DELETE FROM messages WHERE session_id = $1 AND seq = 2", {"gaps": 1, "brokenAt": 3}),
        ("DELETE FROM messages WHERE session_id = $1 AND seq = 4", {"gaps": 1, "brokenAt": 4}),
        ("UPDATE messages SET sender = 'human' WHERE session_id = $1 AND seq = 3", {"brokenAt": 3}),
        ("UPDATE messages SET hash = sha256('x') WHERE session_id = $1 AND seq = 4", {"brokenAt": 4}),
        ("UPDATE messages SET seq = 9 WHERE session_id = $1 AND seq = 4", {"gaps": 5}),
    ):
        session = await room.session()
        for number in range(1, 5):
            await room.say(session, f"Pesan {number}")
        await room.services.db.execute(sql, session)
        proof = (await room.melati.get(f"{API}/sessions/{session}/integrity")).json()["data"]
        assert proof["intact"] is False, sql
        assert {key: proof[key] for key in found} == found, sql
