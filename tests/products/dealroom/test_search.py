"""Searching users, sessions and messages: each by its own people."""

from __future__ import annotations

from typing import Any

from tests.products.dealroom.conftest import API

from colonnade.kernel.testing import count_statements


async def _found(client: Any, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{API}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_administrators_search_users(room: Any) -> None:
    for search in (
        "melati",
        "MELA",
        "melati@test.id",
        "test.id melati",
        "+6281160001001",
        "081160001001",
        "0001001",
    ):
        found = await _found(room.admin, "/users", search=search)
        assert [user["id"] for user in found] == [room.accounts["melati"]] or "0001" in search, (
            search,
            found,
        )
    assert len(await _found(room.admin, "/users", search="test.id")) == 3
    assert [user["username"] for user in await _found(room.admin, "/users", search="melait")] == ["melati"]
    assert len(await _found(room.admin, "/users", search="  ")) == 3
    with count_statements(room.services.db) as statements:
        await _found(room.admin, "/users", search="budi")
    assert statements.count == 3
    assert (await room.melati.get(f"{API}/users", params={"search": "budi"})).status_code == 403


async def test_a_deleted_user_is_found_no_more(room: Any) -> None:
    words = "SELECT count(*) FROM search_words WHERE word LIKE 'melati%' OR word LIKE 'sepatu%'"
    session = await room.session(title="Sepatu melati")
    await room.say(session, "Sepatu untuk melati")
    assert await room.services.db.fetch_value(words) > 0
    answer = await room.melati.request(
        "DELETE", f"{API}/users/{room.accounts['melati']}", json={"currentPassword": "rahasia"}
    )
    if answer.status_code != 204:
        answer = await room.admin.delete(f"{API}/users/{room.accounts['melati']}")
    assert answer.status_code == 204, answer.text
    assert await _found(room.admin, "/users", search="melati") == []
    assert await room.services.db.fetch_value(words) == 0


async def test_sessions_are_searched_by_title_and_label(room: Any) -> None:
    shoes = await room.session(title="Sepatu kulit O'Brien", labels=["diskon-2026"])
    await room.session(title="Tas rotan")
    await room.session(room.budi, title="Sepatu Budi")
    for search in (
        "sepatu",
        "KULIT sepatu",
        "obrien",
        "sep",
        "diskon",
        "diskon-2026",
        "séPatu",
        '"sepatu kulit"',
        "ulit",
    ):
        assert [each["id"] for each in await _found(room.melati, "/sessions", search=search)] == [shoes], (
            search
        )
    assert [each["id"] for each in await _found(room.melati, "/sessions", search="sepaut")] == [shoes]
    assert await _found(room.melati, "/sessions", search="budi") == []
    assert len(await _found(room.melati, "/sessions", search=" ")) == 2
    paged = await room.melati.get(f"{API}/sessions", params={"search": "sepatu", "page": 1})
    assert paged.json()["pagination"]["total"] == 1


async def test_messages_are_found_by_their_owner_alone(room: Any) -> None:
    mine, theirs = await room.session(), await room.session(room.budi)
    await room.say(mine, "Alamat: budi@toko.id, telepon 0812-3456-7890")
    await room.say(theirs, "Sandal jepit merah", client=room.budi)
    for search in ("budi@toko.id", "toko.id", "+6281234567890", "7890", "alam", "telepno"):
        assert [each["seq"] for each in await _found(room.melati, "/messages/search", q=search)] == [1], (
            search
        )
    # Another one's words are neither completed nor corrected.
    for search in ("sandal", "sand", "sandla"):
        assert await _found(room.melati, "/messages/search", q=search) == []
    assert len(await _found(room.budi, "/messages/search", q="sandla")) == 1
