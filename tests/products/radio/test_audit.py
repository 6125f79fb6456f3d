"""The audit log over HTTP: administrators read what staff did; exports of it are recorded too."""

from __future__ import annotations

import json


async def test_administrators_read_and_export_what_was_done(radio):
    admin = await radio.http("admin")
    changed = await admin.patch("/staff/2", json={"role": "penyiar"})
    request_id = changed.headers["x-request-id"]
    (entry,) = (
        await admin.get("/audit", params={"requestId": request_id, "action": "account.role-changed"})
    ).json()["data"]
    assert (entry["actor"]["id"], entry["target"]) == ("1", {"kind": "account", "id": "2"})
    assert (entry["before"]["role"], entry["after"]["role"]) == ("editor", "penyiar")
    # Names are personal: the log keeps none.
    assert "Rina" not in json.dumps(entry)

    exported = await admin.get("/audit/export")
    assert exported.headers["content-type"] == "application/x-ndjson"
    entries = [json.loads(line) for line in exported.text.splitlines()]
    assert entry in entries
    assert (entries[-1]["action"], entries[-1]["actor"]["id"]) == ("audit.exported", "1")


async def test_the_log_is_read_by_its_permission_alone(radio):
    editor = await radio.http("editor")
    for path in ("/audit", "/audit/export"):
        answer = await editor.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
