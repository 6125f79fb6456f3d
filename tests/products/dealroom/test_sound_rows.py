"""What must hold of every message and session holds whoever writes: each check of the two triggers refuses its rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asyncpg import CheckViolationError
from tests.products.dealroom.conftest import Room

ROWS = {
    "messages": (
        ("sender = 'nobody'", "sender"),
        ("type = 'poem'", "type"),
        ("status = 'lost'", "status"),
        ("seq = 0", "seq"),
        ("content = ''", "content"),
        ("content = repeat('é', 4097)", "content"),
        ("content_hash = '\\x00'", "content_hash"),
        ("hash = '\\x00'", "hash"),
        ("sender_name = ''", "sender_name"),
        ("sender_name = repeat('x', 101)", "sender_name"),
        ("phone = '0811', phone_typed = '0811'", "phone"),
        ("phone = '+628116000123', phone_typed = repeat('1', 41)", "phone_typed"),
        ("phone = '+628116000123'", "phones"),
        ("phone_typed = '0811'", "phones"),
        ("language = repeat('x', 36)", "language"),
        ("client_message_id = '', fingerprint = sha256('')", "client_message_id"),
        ("client_message_id = repeat('x', 65), fingerprint = sha256('')", "client_message_id"),
        ("client_message_id = 'm-1', fingerprint = '\\x00'", "fingerprint"),
        ("client_message_id = 'm-1'", "client"),
        ("fingerprint = sha256('')", "client"),
        ("provider_message_id = ''", "provider_message_id"),
        ("provider_message_id = repeat('x', 201)", "provider_message_id"),
        ("kind = 'Big'", "kind"),
        ("kind = repeat('k', 41)", "kind"),
        ("data = '[]'", "data"),
        ("late = false", "late"),
        ("media_url = repeat('x', 1001)", "media_url"),
        ("media_mimetype = repeat('x', 101)", "media_mimetype"),
        ("media_name = repeat('x', 256)", "media_name"),
        ("media_size_bytes = -1", "media_size_bytes"),
        ("media_state = 'lost'", "media_state"),
        ("media_error = repeat('x', 301)", "media_error"),
        ("error_code = ''", "error_code"),
        ("error_code = repeat('x', 41)", "error_code"),
        ("error_reason = repeat('x', 301)", "error_reason"),
        ("resends = 0", "resends"),
        ("content = NULL", "says_something"),
        ("deleted_at = now()", "tombstone"),
        ("deleted_at = now(), content = NULL, media_url = 'https://cdn.example.org/a.jpg'", "tombstone"),
        ("deleted_at = now(), content = NULL, media_key = 'a'", "tombstone"),
        ("deleted_at = now(), content = NULL, data = '{}'", "tombstone"),
        ("deleted_at = now(), content = NULL, media_state = 'failed'", "tombstone"),
    ),
    "chat_sessions": (
        ("status = 'lost'", "status"),
        ("type = 'Big'", "type"),
        ("title = ''", "title"),
        ("title = repeat('x', 201)", "title"),
        ("labels = array_fill('x'::text, '{21}')", "labels"),
        ("last_seq = -1, read_seq = 0", "last_seq"),
        ("read_seq = 2", "read_seq"),
        ("read_seq = -1", "read_seq"),
        ("links = -1", "links"),
        ("chain_head = '\\x00'", "chain_head"),
        ("last_seq = 0, read_seq = 0", "chain_head"),
        ("held_answers = -1", "held_answers"),
    ),
}
BROKEN = [(table, change, name) for table, rows in ROWS.items() for change, name in rows]


@pytest.mark.parametrize(("table", "change", "name"), BROKEN)
async def test_a_row_that_breaks_a_rule_is_refused(room: Room, table: str, change: str, name: str) -> None:
    await _one_message(room)
    before = await room.services.db.fetch(f"SELECT * FROM {table}")
    with pytest.raises(CheckViolationError) as refused:
        await room.services.db.execute(f"UPDATE {table} SET {change}")
    assert refused.value.constraint_name == f"{table}_{name}_check"
    assert await room.services.db.fetch(f"SELECT * FROM {table}") == before


async def test_a_new_row_is_checked_too(room: Room) -> None:
    await _one_message(room)
    columns = await room.services.db.fetch_value(
        "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'messages' "
        "AND table_schema = current_schema() AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'seq', 'kind')"
    )
    with pytest.raises(CheckViolationError):
        await room.services.db.execute(
            f"INSERT INTO messages (id, seq, kind, {columns}) SELECT id + 1, seq + 1, 'Big', {columns} FROM messages"
        )
    assert await room.services.db.fetch_value("SELECT count(*) FROM messages") == 1


@pytest.mark.parametrize("table", ROWS)
async def test_every_check_has_a_row_that_breaks_it(room: Room, table: str) -> None:
    body = await room.services.db.fetch_value(
        "SELECT prosrc FROM pg_proc WHERE proname = $1", f"{table}_sound"
    )
    assert set(re.findall(r"THEN '(\w+)'", body)) == {f"{table}_{name}_check" for _, name in ROWS[table]}


@pytest.mark.parametrize("table", ROWS)
async def test_a_check_costs_nothing_of_its_own(room: Room, table: str) -> None:
    declared = await room.services.db.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'c'", table
    )
    assert [row["conname"] for row in declared] == [], f"belongs to the function {table}_sound"


async def _one_message(room: Room) -> None:
    session = await room.session(room.melati)
    said: dict[str, Any] = {"sessionId": session, "content": "Halo", "sender": "customer"}
    assert (await room.melati.post("/api/v1/messages", json=said)).status_code == 201
