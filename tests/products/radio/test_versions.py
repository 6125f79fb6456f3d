"""Two editors of one thing: `If-Match` names the version that an edit or a deletion is based on."""

from __future__ import annotations

import asyncio

import pytest

PROGRAM = {"name": "Renungan Pagi", "type": "devotion"}
SLOT = {"program_id": 1, "weekday": 1, "start_time": "06:00", "end_time": "07:00"}
OVERRIDE = {"slot_id": 1, "date": "2027-01-04", "kind": "cancel"}

# The collection, what must be there first, what is created, its address, and an edit.
THINGS = [
    ("/categories", [], {"name": "Kesaksian"}, "1", {"name": "Kesaksian {}"}),
    ("/announcements", [], {"title": "Malam Doa", "body": "Pukul 19."}, "1", {"title": "Malam Doa {}"}),
    ("/programs", [], PROGRAM, "renungan-pagi", {"description": "Ke-{}"}),
    ("/programs/presenters", [], {"name": "Maria"}, "1", {"bio": "Ke-{}"}),
    ("/programs/slots", [("/programs", PROGRAM)], SLOT, "1", {"end_time": "07:{}"}),
    ("/programs/overrides", [("/programs", PROGRAM), ("/programs/slots", SLOT)], OVERRIDE, "1", {"note": "Ke-{}"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("collection", "first", "body", "name", "edit"), THINGS, ids=[one[0] for one in THINGS]
)
async def test_of_two_editors_one_wins(radio, collection, first, body, name, edit):
    admin, visitor = await radio.http("admin"), await radio.http()
    for path, needed in first:
        assert (await admin.post(path, json=needed)).status_code == 201

    def numbered(number):
        return {key: text.format(number) for key, text in edit.items()}

    made = await admin.post(collection, json=body)
    assert (made.status_code, made.json()["data"]["version"]) == (201, 1)
    address = f"{collection}/{name}"
    shown = await visitor.get(address)
    tag = {"If-Match": shown.headers["etag"]}
    assert shown.headers["etag"].startswith('"v1-')
    assert made.headers["etag"].startswith('"v1-')
    edits = [admin.put(address, json=numbered(number), headers=tag) for number in range(10, 14)]
    answers = await asyncio.gather(*edits)
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = (answer for answer in answers if answer.status_code == 200)
    assert won.json()["data"]["version"] == 2
    current = await visitor.get(address)
    assert current.json()["data"] == won.json()["data"]
    stale = await admin.delete(address, headers=tag)
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert (await visitor.get(address)).json()["data"] == current.json()["data"]
    again = await admin.put(address, json=numbered(20), headers={"If-Match": won.headers["etag"]})
    assert (again.status_code, again.json()["data"]["version"]) == (200, 3)
    assert (await admin.put(address, json=numbered(21))).json()["data"]["version"] == 4
    gone = await admin.delete(address, headers={"If-Match": "4"})
    assert gone.status_code == 204
    assert (await visitor.get(address)).status_code == 404
