"""Requests go to the presenter on air, else to the next one, and on to the next at the end of a slot."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from colonnade.kernel.testing import SocketClient, until_waiting
from colonnade.products.radio.onair import actions as onair
from colonnade.products.radio.onair.jobs import hand_over
from colonnade.products.radio.shared.schemas import StationSettings
from colonnade.products.radio.songs.jobs import expire

SONGS, PRAYERS = "/services/song_request", "/services/prayer"
# Monday 2026-11-30 at the station (+07:00): two presenters, then music without one, then the evening's.
PLAN = [
    ("Pagi Bersama", ["Sari", "Tono"], "06:00", "09:00"),
    ("Lagu Tanpa Henti", [], "09:00", "17:00"),
    ("Sore Pujian", ["Yohanes"], "17:00", "19:00"),
]


@pytest.fixture
async def planned(radio) -> dict[str, int]:
    """Plan a Monday; return the presenters' ids by name."""
    editor = await radio.http("editor")
    presenters: dict[str, int] = {}
    for name, people, start, end in PLAN:
        for person in people:
            answer = await editor.post("/programs/presenters", json={"name": person})
            assert answer.status_code == 201, answer.text
            presenters[person] = answer.json()["data"]["id"]
        body = {"name": name, "type": "music", "presenter_ids": [presenters[each] for each in people]}
        program = (await editor.post("/programs", json=body)).json()["data"]["id"]
        slot = {"program_id": program, "weekday": 1, "start_time": start, "end_time": end}
        assert (await editor.post("/programs/slots", json=slot)).status_code == 201
    return presenters


def at(monkeypatch: pytest.MonkeyPatch, time: str, day: str = "2026-11-30") -> None:
    """Let it be this time at the station."""
    monkeypatch.setattr(onair, "now", lambda: datetime.fromisoformat(f"{day}T{time}:00+07:00"))


async def ask(radio, title: str) -> str:
    answer = await (await radio.http()).post(
        SONGS, json={"song_title": title, "requester_name": "Ibu Lestari"}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def pray(radio, visibility: str) -> str:
    body = {"content": "Mohon doakan ibu saya.", "visibility": visibility}
    answer = await (await radio.http()).post(PRAYERS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def handover(radio, role: str = "penyiar") -> list[tuple[Any, ...]]:
    answer = await (await radio.http(role)).get("/on-air/handover")
    assert answer.status_code == 200, answer.text
    return [
        (group["presenter"], group["program"], [each["title"] for each in group["requests"]])
        for group in answer.json()["data"]
    ]


async def penyiar_socket(radio) -> SocketClient:
    return await radio.socket(await radio.token(radio.staff["penyiar"]))


async def test_who_is_on_air_gets_it_and_two_get_it_in_turn(radio, planned, monkeypatch):
    at(monkeypatch, "07:00")
    penyiar = await penyiar_socket(radio)
    for number in range(4):
        await ask(radio, f"Lagu {number}")
    assert await handover(radio) == [
        ("Sari", "Pagi Bersama", ["Lagu 0", "Lagu 2"]),
        ("Tono", "Pagi Bersama", ["Lagu 1", "Lagu 3"]),
    ]
    told = await penyiar.wait_for("request-routed", 4)
    assert [each["presenter"] for each in told] == ["Sari", "Tono", "Sari", "Tono"]
    assert (told[0]["presenterId"], told[0]["handedOver"], told[0]["startsAt"]) == (
        planned["Sari"],
        False,
        "2026-11-29T23:00:00Z",
    )
    news = await penyiar.wait_for("new-song-request", 4)
    assert [each["presenter"] for each in news] == ["Sari", "Tono", "Sari", "Tono"]
    listed = (await (await radio.http("penyiar")).get(SONGS)).json()["data"]
    assert [each["presenter"] for each in listed] == ["Tono", "Sari", "Tono", "Sari"]


@pytest.mark.parametrize(
    ("gone", "next_one"),
    [(["Sari"], ("Tono", "Pagi Bersama")), (["Sari", "Tono"], ("Yohanes", "Sore Pujian"))],
)
async def test_who_is_being_deleted_gets_nothing(radio, planned, monkeypatch, gone, next_one):
    at(monkeypatch, "07:00")
    db = radio.services.db
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM presenters WHERE name = ANY($1::text[])", gone)
        asking = asyncio.create_task(ask(radio, "Lagu"))
        await until_waiting(db, asking)
    await asking
    assert await handover(radio) == [(*next_one, ["Lagu"])]


async def test_who_is_deleted_while_requests_are_passed_on_gets_none(radio, planned, monkeypatch):
    at(monkeypatch, "12:00", "2026-11-29")
    db = radio.services.db
    await db.execute("INSERT INTO song_requests (song_title, requester_name) VALUES ('Lagu', 'Sari')")
    await db.execute("INSERT INTO onair_requests (kind, item_id) SELECT 'song', id FROM song_requests")
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM presenters WHERE name = 'Sari'")
        passing = asyncio.create_task(hand_over(radio.services))
        await until_waiting(db, passing)
    await passing
    assert await handover(radio) == [("Tono", "Pagi Bersama", ["Lagu"])]


async def test_without_a_presenter_the_next_one_gets_it(radio, planned, monkeypatch):
    at(monkeypatch, "12:00")
    await ask(radio, "Siang")
    at(monkeypatch, "23:30")
    await ask(radio, "Malam")
    assert await handover(radio) == [
        ("Yohanes", "Sore Pujian", ["Siang"]),
        ("Sari", "Pagi Bersama", ["Malam"]),
    ]


async def test_the_end_of_a_slot_passes_on_what_is_open(radio, planned, monkeypatch):
    at(monkeypatch, "08:00")
    ids = [await ask(radio, f"Lagu {number}") for number in range(3)]
    http = await radio.http("penyiar")
    await http.post(f"{SONGS}/{ids[0]}/approve")  # not played yet: it is open
    await http.post(f"{SONGS}/{ids[1]}/reject", json={"reason": "Belum ada."})
    await hand_over(radio.services)
    assert await handover(radio) == [("Sari", "Pagi Bersama", ["Lagu 0", "Lagu 2"])]
    penyiar = await penyiar_socket(radio)
    at(monkeypatch, "09:00")
    await hand_over(radio.services)
    assert await handover(radio) == [("Yohanes", "Sore Pujian", ["Lagu 0", "Lagu 2"])]
    (told,) = await penyiar.wait_for("request-routed")
    assert (sorted(told["requestIds"]), told["presenter"], told["handedOver"]) == (
        sorted([ids[0], ids[2]]),
        "Yohanes",
        True,
    )
    (group,) = (await http.get("/on-air/handover")).json()["data"]
    assert [each["handed_over_from"] for each in group["requests"]] == ["Sari", "Sari"]
    assert [each["status"] for each in group["requests"]] == ["approved", "pending"]
    await http.post(f"{SONGS}/{ids[0]}/played")
    assert await handover(radio) == [("Yohanes", "Sore Pujian", ["Lagu 2"])]


async def test_the_night_is_shared_and_nothing_expires_before_anybody_could_decide(
    radio, planned, monkeypatch
):
    at(monkeypatch, "23:30")
    for number in range(4):
        await ask(radio, f"Malam {number}")
    assert await handover(radio) == [
        ("Sari", "Pagi Bersama", ["Malam 0", "Malam 2"]),
        ("Tono", "Pagi Bersama", ["Malam 1", "Malam 3"]),
    ]
    db = radio.services.db
    await db.execute("UPDATE song_requests SET created_at = now() - interval '7 hours'")
    await db.execute("UPDATE onair_requests SET first_starts_at = now() - interval '1 minute'")
    await expire(radio.services)
    assert await db.fetch_value("SELECT count(*) FROM song_requests WHERE status = 'pending'") == 4
    await db.execute("UPDATE onair_requests SET first_starts_at = now() - interval '6 hours 1 minute'")
    await expire(radio.services)
    assert await db.fetch_value("SELECT count(*) FROM song_requests WHERE status = 'pending'") == 0
    assert await handover(radio) == []


async def test_what_is_passed_on_is_shared_by_the_next_and_expires_as_before(radio, planned, monkeypatch):
    at(monkeypatch, "18:00")
    for number in range(4):
        await ask(radio, f"Lagu {number}")
    at(monkeypatch, "19:00")
    await hand_over(radio.services)
    assert await handover(radio) == [
        ("Sari", "Pagi Bersama", ["Lagu 0", "Lagu 2"]),
        ("Tono", "Pagi Bersama", ["Lagu 1", "Lagu 3"]),
    ]
    first = await radio.services.db.fetch("SELECT DISTINCT first_starts_at FROM onair_requests")
    assert [tuple(row) for row in first] == [(datetime.fromisoformat("2026-11-30T17:00:00+07:00"),)]


async def test_two_workers_pass_on_nothing_twice(radio, planned, monkeypatch):
    at(monkeypatch, "18:00")
    await ask(radio, "Lagu")
    at(monkeypatch, "19:00")
    db, zone = radio.services.db, radio.services.settings.listed(StationSettings).zone
    async with db.transaction() as one, db.transaction() as other:
        assert await onair.hand_over(one, zone) == 1
        assert await onair.hand_over(other, zone) == 0
    assert await handover(radio) == [("Sari", "Pagi Bersama", ["Lagu"])]


async def test_what_is_done_counts_no_more(radio, planned, monkeypatch):
    at(monkeypatch, "07:00")
    done = await ask(radio, "Lagu 0")
    await (await radio.http("penyiar")).post(f"{SONGS}/{done}/reject", json={"reason": "Belum ada."})
    await ask(radio, "Lagu 1")
    assert await handover(radio) == [("Sari", "Pagi Bersama", ["Lagu 1"])]


async def test_after_midnight_it_is_still_the_programme_of_the_evening(radio, planned, monkeypatch):
    editor = await radio.http("editor")
    body = {"name": "Doa Malam", "type": "prayer", "presenter_ids": [planned["Yohanes"]]}
    program = (await editor.post("/programs", json=body)).json()["data"]["id"]
    slot = {"program_id": program, "weekday": 7, "start_time": "22:00", "end_time": "01:00"}
    assert (await editor.post("/programs/slots", json=slot)).status_code == 201
    at(monkeypatch, "00:30")
    await ask(radio, "Kidung")
    assert await handover(radio) == [("Yohanes", "Doa Malam", ["Kidung"])]


async def test_prayers_for_the_air_are_given_out_and_private_ones_are_not(radio, planned, monkeypatch):
    at(monkeypatch, "18:00")
    aired, _ = await pray(radio, "on_air"), await pray(radio, "private")
    assert await handover(radio) == [("Yohanes", "Sore Pujian", [None])]
    (group,) = (await (await radio.http("penyiar")).get("/on-air/handover")).json()["data"]
    (prayer,) = group["requests"]
    assert (prayer["kind"], prayer["id"], prayer["requester_name"]) == ("prayer", aired, None)
    assert "ibu saya" not in str(group)
    assert await radio.services.db.fetch_value("SELECT count(*) FROM prayer_reads") == 0
    await (await radio.http("penyiar")).patch(f"{PRAYERS}/{aired}", json={"status": "prayed"})
    assert await handover(radio) == []


async def test_what_came_while_nobody_was_announced_is_given_out_later(radio, monkeypatch):
    at(monkeypatch, "18:00")
    await ask(radio, "Sendiri")
    assert await handover(radio) == [(None, None, ["Sendiri"])]
    await hand_over(radio.services)
    assert await handover(radio) == [(None, None, ["Sendiri"])]
    assert (await (await radio.http("editor")).get("/on-air/handover")).status_code == 403
