"""The audit log over HTTP: administrators read what staff did; exports of it are recorded too."""

from __future__ import annotations

import json

import pytest


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


@pytest.mark.parametrize(
    "written", ["2026-12-01T00:00:00+07:00", "2026-12-01T00:00+07", "2026-12-01T00:00:00%2B0700"]
)
async def test_an_offset_behind_an_unescaped_plus_is_read(radio, written):
    admin = await radio.http("admin")
    assert (await admin.get(f"/audit?since={written}&until={written}")).status_code == 200


@pytest.mark.parametrize("parameter", ["since", "until"])
@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("2026-12-01T00:00:00", "must have an offset from UTC"),
        ("01/12/2026", "must be a date and time (ISO 8601)"),
        ("1798761600", "must be a date and time (ISO 8601)"),
    ],
)
async def test_moments_that_are_refused_are_told_with_an_example(radio, parameter, written, rule):
    admin = await radio.http("admin")
    answer = await admin.get("/audit", params={parameter: written})
    told = {parameter: f"{parameter.capitalize()} {rule}, such as 2026-12-25T06:00:00+07:00"}
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, told)
