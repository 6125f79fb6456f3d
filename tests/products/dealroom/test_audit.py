"""The audit log over HTTP: administrators read what was done to accounts, and nothing of what was said in chats."""

from __future__ import annotations

import json
from typing import Any

from tests.products.dealroom.conftest import API


async def test_administrators_read_and_export_it(room: Any) -> None:
    session = await room.session(title="Rahasia dagang")
    await room.say(session, "Kata rahasia ular-naga")
    suspended = await room.admin.post(f"{API}/users/2/suspension", json={"reason": "Spam in every chat."})
    request_id = suspended.headers["x-request-id"]
    listed = (await room.admin.get(f"{API}/audit", params={"requestId": request_id})).json()["data"]
    assert [entry["action"] for entry in listed if entry["action"].startswith("account.")] == [
        "account.suspended"
    ]
    assert {entry["actor"]["id"] for entry in listed} == {"3"}

    exported = await room.admin.get(f"{API}/audit/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    entries = [json.loads(line) for line in exported.text.splitlines()]
    assert "account.suspended" in {entry["action"] for entry in entries}
    assert "Rahasia" not in exported.text
    assert "ular-naga" not in exported.text


async def test_users_do_not(room: Any) -> None:
    for path in ("audit", "audit/export"):
        answer = await room.melati.get(f"{API}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
