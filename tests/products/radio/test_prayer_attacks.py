"""Prayer requests against an attacker who can write to the database, but has no key."""

from __future__ import annotations

from typing import Any

PATH = "/services/prayer"


async def _send(radio: Any, **given: str) -> str:
    radio.forget_limits()
    answer = await (await radio.http()).post(PATH, json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def _read(radio: Any, prayer_id: str) -> tuple[Any, ...]:
    answer = await (await radio.http("admin")).get(f"{PATH}/{prayer_id}")
    assert answer.status_code == 200, answer.text
    read = answer.json()["data"]
    return read["content"], read["name"], read["contact"], read["is_readable"]


async def test_a_text_moved_to_another_row_or_column_is_not_read(radio: Any) -> None:
    """A private request's text under a request that is read on air, and a contact where a name is shown."""
    secret = ("Doakan saya, saya sakit keras.", "Rina Sitorus", "rina@contoh.id")
    mine = ("Doakan hujan turun di ladang.", "Budi Santoso", "budi@contoh.id")
    names = ("content", "name", "contact")
    private = await _send(radio, **dict(zip(names, secret, strict=True)), visibility="private")
    on_air = await _send(radio, **dict(zip(names, mine, strict=True)), visibility="on_air")
    assert await _read(radio, private) == (*secret, True)
    assert await _read(radio, on_air) == (*mine, True)
    db = radio.services.db
    kept = await db.fetch_row("SELECT content, name, contact FROM prayer_requests WHERE id = $1", on_air)
    moves = {
        "another row": "content = (SELECT content FROM prayer_requests WHERE id = $2)",
        "another row, name": "name = (SELECT name FROM prayer_requests WHERE id = $2)",
        "another row, contact": "contact = (SELECT contact FROM prayer_requests WHERE id = $2)",
        "another column": "name = contact, contact = (SELECT contact FROM prayer_requests WHERE id = $2)",
        "columns exchanged": "content = name, name = content",
    }
    for how, move in moves.items():
        used = [on_air, private] if "$2" in move else [on_air]
        assert await db.execute(f"UPDATE prayer_requests SET {move} WHERE id = $1", *used) == "UPDATE 1"
        assert await _read(radio, on_air) == (None, None, None, False), how
        editor = await (await radio.http("penyiar")).get(PATH)
        assert editor.status_code == 200
        assert all(text not in editor.text for text in secret), how
        await db.execute(
            "UPDATE prayer_requests SET content = $2, name = $3, contact = $4 WHERE id = $1", on_air, *kept
        )
        assert await _read(radio, on_air) == (*mine, True)
    assert await _read(radio, private) == (*secret, True)
