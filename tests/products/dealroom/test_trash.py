"""A vendor that was removed: its owner sees and restores it, nobody else, and it leaves with its session."""

from __future__ import annotations

import asyncio
from typing import Any

API = "/api/v1"
SINTA = {"name": "Sinta", "phoneNumber": "+62 811 6000 123", "persona": "Ramah.", "language": "id"}


async def _removed(room: Any) -> tuple[str, dict[str, Any]]:
    session = await room.session()
    made = (await room.melati.post(f"{API}/vendors", json={"sessionId": session, **SINTA})).json()["data"]
    assert (await room.melati.delete(f"{API}/vendors/{made['id']}")).status_code == 204
    return session, made


async def _trash(client: Any) -> list[Any]:
    answer = await client.get(f"{API}/trash")
    assert answer.status_code == 200, answer.text
    data: list[Any] = answer.json()["data"]
    return data


async def test_its_owner_restores_it_and_nobody_else(room: Any) -> None:
    session, made = await _removed(room)
    assert (await room.melati.get(f"{API}/vendors/session/{session}")).status_code == 404
    (entry,) = await _trash(room.melati)
    assert (entry["kind"], entry["id"], entry["title"], entry["key"]) == ("vendors", 1, "Sinta", session)
    for other in (room.budi, room.admin):
        assert await _trash(other) == []
        assert (await other.get(f"{API}/trash/vendors/1")).status_code == 404
        assert (await other.post(f"{API}/trash/vendors/1/restore")).status_code == 404
        assert (await other.delete(f"{API}/trash/vendors/1")).status_code == 404
    assert (await room.visitor.get(f"{API}/trash")).status_code == 401
    assert await _trash(room.melati) == [entry]
    back = await room.melati.post(f"{API}/trash/vendors/1/restore")
    assert (back.status_code, back.json()["message"], back.json()["data"]) == (200, "Restored", entry)
    again = (await room.melati.get(f"{API}/vendors/1")).json()["data"]
    assert again == {**made, "version": 3, "updatedAt": again["updatedAt"]}
    assert await _trash(room.melati) == []


async def test_of_a_restoration_and_new_vendors_at_once_the_session_has_one(room: Any) -> None:
    session, _ = await _removed(room)
    answers = await asyncio.gather(
        *(room.melati.post(f"{API}/vendors", json={"sessionId": session, "name": f"V{n}"}) for n in range(3)),
        room.melati.post(f"{API}/trash/vendors/1/restore"),
    )
    assert sorted(answer.status_code for answer in answers)[1:] == [409, 409, 409]
    restored = answers[3].status_code == 200
    assert len(await _trash(room.melati)) == (0 if restored else 1)
    assert await room.services.db.fetch_value("SELECT count(*) FROM vendors") == 1
    if not restored:
        error = answers[3].json()
        holder = (await room.melati.get(f"{API}/vendors/session/{session}")).json()["data"]
        assert error["code"] == "KEY_TAKEN"
        assert error["errors"]["holder"] == {"id": holder["id"], "title": holder["name"]}


async def test_of_a_restoration_and_the_end_of_the_session_at_once_nothing_is_left(room: Any) -> None:
    for _ in range(5):
        session = await room.session()
        made = await room.melati.post(f"{API}/vendors", json={"sessionId": session, **SINTA})
        vendor = made.json()["data"]["id"]
        assert (await room.melati.delete(f"{API}/vendors/{vendor}")).status_code == 204
        restored, ended = await asyncio.gather(
            room.melati.post(f"{API}/trash/vendors/{vendor}/restore"),
            room.melati.delete(f"{API}/sessions/{session}"),
        )
        assert (restored.status_code in (200, 404, 409), ended.status_code) == (True, 204)
        for table in ("trash", "vendors", "chat_sessions"):
            assert await room.services.db.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_what_it_belongs_to_is_gone(room: Any) -> None:
    session, _ = await _removed(room)
    await room.services.db.execute("DELETE FROM chat_sessions WHERE id = $1", session)
    refused = await room.melati.post(f"{API}/trash/vendors/1/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "REFERENCE_GONE")
    assert len(await _trash(room.melati)) == 1


async def test_it_leaves_with_its_session_and_with_its_owner(room: Any) -> None:
    session, _ = await _removed(room)
    assert (await room.melati.delete(f"{API}/sessions/{session}")).status_code == 204
    assert await _trash(room.melati) == []
    assert (await room.melati.post(f"{API}/trash/vendors/1/restore")).status_code == 404
    await _removed(room)
    assert len(await _trash(room.melati)) == 1
    assert (await room.melati.delete(f"{API}/users/1")).status_code == 204
    assert await room.services.db.fetch_value("SELECT count(*) FROM trash") == 0
