"""Chat sessions: started, listed, changed, marked as read, deleted with everything in them."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from colonnade.kernel.testing import count_statements

API = "/api/v1"


async def test_a_session_belongs_to_who_begins_it(room: Any) -> None:
    answer = await room.melati.post(
        f"{API}/sessions", json={"title": "Sepatu Ibu Sari", "labels": ["hangat"]}
    )
    session = answer.json()["data"]
    assert uuid.UUID(session["id"]).version == 4
    assert session == {
        "id": session["id"],
        "sessionId": session["id"],
        "userId": 1,
        "title": "Sepatu Ibu Sari",
        "type": "sales",
        "status": "active",
        "labels": ["hangat"],
        "pinned": False,
        "archived": False,
        "handledBy": "assistant",
        "humanUntil": None,
        "lastSeq": 0,
        "readSeq": 0,
        "unread": 0,
        "version": 1,
        "createdAt": session["createdAt"],
        "updatedAt": session["updatedAt"],
        "lastActivityAt": session["lastActivityAt"],
    }
    assert (await room.melati.post(f"{API}/sessions", json={"userId": 1})).status_code == 201
    refused = await room.melati.post(f"{API}/sessions", json={"userId": 2})
    assert (refused.status_code, refused.json()["code"]) == (403, "OTHER_OWNER")
    assert await room.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 2


async def test_a_repeated_key_begins_one_session(room: Any) -> None:
    key = {"Idempotency-Key": "a-1"}
    first, second = [await room.melati.post(f"{API}/sessions", json={}, headers=key) for _ in range(2)]
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json() == second.json()
    assert await room.services.db.fetch_value("SELECT count(*) FROM chat_sessions") == 1


async def test_all_sessions_without_a_page_and_pages_when_asked(room: Any) -> None:
    ids = [await room.session(title=f"Sesi {number}") for number in range(5)]
    await room.session(room.budi, title="Sesi Budi")
    with count_statements(room.services.db) as statements:
        whole = (await room.melati.get(f"{API}/sessions")).json()
    assert statements.count == 2
    assert list(whole) == ["status", "results", "data"]
    assert whole["results"] == 5
    assert [session["id"] for session in whole["data"]] == ids[::-1]

    with count_statements(room.services.db) as statements:
        page = (await room.melati.get(f"{API}/sessions?page=2&limit=2")).json()
    assert statements.count == 3
    assert [session["id"] for session in page["data"]] == ids[::-1][2:4]
    assert page["pagination"]["total"] == 5
    assert (await room.melati.get(f"{API}/sessions?page=9&limit=2")).json()["data"] == []

    seen, cursor = [], "*"
    while cursor:
        part = (await room.melati.get(f"{API}/sessions", params={"cursor": cursor, "limit": 2})).json()
        seen += [session["id"] for session in part["data"]]
        cursor = part.get("nextCursor")
    assert seen == ids[::-1]
    assert (await room.melati.get(f"{API}/sessions?cursor=nonsense")).status_code == 422


async def test_what_was_last_written_comes_first_below_what_is_pinned(room: Any) -> None:
    first, second, third = [await room.session() for _ in range(3)]
    await room.say(first, "Halo")
    await room.melati.patch(f"{API}/sessions/{second}", json={"pinned": True})
    listed = (await room.melati.get(f"{API}/sessions")).json()["data"]
    assert [session["id"] for session in listed] == [second, first, third]


async def test_filters(room: Any) -> None:
    plain = await room.session(title="100% kulit_asli")
    closed = await room.session(title="Krim", labels=["dingin"], type="support")
    hidden = await room.session(title="Sandal lama")
    await room.melati.patch(f"{API}/sessions/{closed}", json={"status": "closed"})
    await room.melati.patch(f"{API}/sessions/{hidden}", json={"archived": True})

    async def found(**query: str) -> set[str]:
        answer = await room.melati.get(f"{API}/sessions", params=query)
        assert answer.status_code == 200, answer.text
        return {session["id"] for session in answer.json()["data"]}

    assert await found() == {plain, closed}
    assert await found(archived="true") == {hidden}
    assert await found(archived="all") == {plain, closed, hidden}
    assert await found(search="KRIM") == {closed}
    assert await found(search="100%") == {plain}
    assert await found(search="t_a") == {plain}
    assert await found(search="%") == {plain}
    assert await found(status="closed") == {closed}
    assert await found(type="support") == {closed}
    assert await found(label="dingin") == {closed}
    assert await found(pinned="true") == set()
    assert (await room.melati.get(f"{API}/sessions?status=open")).status_code == 422


async def test_renaming_with_if_match(room: Any) -> None:
    session = await room.session()
    shown = await room.melati.get(f"{API}/sessions/{session}")
    tag = {"If-Match": shown.headers["etag"]}
    renamed = await room.melati.patch(f"{API}/sessions/{session}", json={"title": "Baru"}, headers=tag)
    assert (renamed.json()["data"]["title"], renamed.json()["data"]["version"]) == ("Baru", 2)
    stale = await room.melati.patch(f"{API}/sessions/{session}", json={"title": "Lama"}, headers=tag)
    assert (stale.status_code, stale.json()["status"]) == (412, "error")
    stale = await room.melati.delete(f"{API}/sessions/{session}", headers=tag)
    assert (stale.status_code, stale.json()["status"]) == (412, "error")
    current = await room.melati.get(f"{API}/sessions/{session}")
    assert current.json()["data"]["title"] == "Baru"
    refused = await room.melati.patch(f"{API}/sessions/{session}", json={"userId": 2})
    assert refused.status_code == 422
    tag = {"If-Match": current.headers["etag"]}
    assert (await room.melati.delete(f"{API}/sessions/{session}", headers=tag)).status_code == 204


async def test_of_two_editors_one_wins(room: Any) -> None:
    session = await room.session()
    edits = [
        room.melati.patch(
            f"{API}/sessions/{session}", json={"title": f"Judul {n}"}, headers={"If-Match": "1"}
        )
        for n in range(6)
    ]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*edits))
    assert statuses == [200] + [412] * 5


async def test_a_message_makes_a_title_where_none_was_given(room: Any) -> None:
    given, made = await room.session(title="Diberi"), await room.session()
    text = "Selamat pagi, apakah sepatu kulit cokelat ukuran 41 masih ada di toko?\nSaya butuh besok."
    for session in (given, made):
        await room.say(session, text)
        await room.say(session, "Halo?")
    titles = [(await room.melati.get(f"{API}/sessions/{s}")).json()["data"]["title"] for s in (given, made)]
    assert titles == ["Diberi", "Selamat pagi, apakah sepatu kulit cokelat ukuran 41 masih…"]


async def test_reading_up_to_never_goes_back(room: Any) -> None:
    session = await room.session()
    for number in range(3):
        await room.say(session, f"Pesan {number}")

    async def read(seq: int) -> tuple[int, int]:
        data = (await room.melati.post(f"{API}/sessions/{session}/read", json={"seq": seq})).json()["data"]
        return data["readSeq"], data["unread"]

    assert await read(2) == (2, 1)
    assert await read(1) == (2, 1)
    assert await read(99) == (3, 0)
    await room.say(session, "Satu lagi")
    await room.say(session, "Saya jawab", "human")
    assert (await room.melati.get(f"{API}/sessions/{session}")).json()["data"]["unread"] == 0


async def test_nothing_is_written_into_a_closed_session(room: Any) -> None:
    session = await room.session()
    await room.melati.patch(f"{API}/sessions/{session}", json={"status": "closed"})
    body = {"sessionId": session, "sender": "customer", "content": "Halo"}
    refused = await room.melati.post(f"{API}/messages", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "SESSION_CLOSED")
    await room.melati.patch(f"{API}/sessions/{session}", json={"status": "active"})
    assert (await room.say(session, "Halo"))["seq"] == 1


async def test_deleting_takes_everything_along(room: Any) -> None:
    session, other = await room.session(), await room.session()
    for target in (session, other):
        await room.melati.post(f"{API}/vendors", json={"sessionId": target, "name": "Sinta"})
        await room.melati.post(
            f"{API}/sellers", json={"sessionId": target, "name": "Melati", "products": [{"name": "Sepatu"}]}
        )
        await room.say(target, "Halo")
    assert (await room.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    assert (await room.melati.get(f"{API}/sessions/{session}")).status_code == 404
    assert (await room.melati.delete(f"{API}/sessions/{session}")).status_code == 404
    db = room.services.db
    for table in ("chat_sessions", "vendors", "sellers", "seller_products", "messages"):
        assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 1, table
    rooms = await db.fetch("SELECT DISTINCT room FROM realtime_events")
    assert [row["room"] for row in rooms] == [f"chat:{other}"]
