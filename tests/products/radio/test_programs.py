"""Programmes, the weekly plan, its overrides and the schedule, through HTTP."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from colonnade.kernel.core import now
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.programs.queries.schedule import find_current, find_next
from colonnade.products.radio.programs.seed import seed_programs

ZONE = ZoneInfo("Asia/Jakarta")
MONDAY = date(2031, 3, 3)


def today() -> date:
    return now().astimezone(ZONE).date()


async def add_program(client, name="Kopi Pagi", **more):
    answer = await client.post("/programs", json={"name": name, "type": "music", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def add_slot(client, program, weekday, start, end, **more):
    answer = await client.post(
        "/programs/slots",
        json={
            "program_id": program["id"],
            "weekday": weekday,
            "start_time": start,
            "end_time": end,
            **more,
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def count(radio, table):
    return await radio.services.db.fetch_value(f"SELECT count(*) FROM {table}")


async def test_a_programme_has_presenters_in_order(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    ids = []
    for name in ("Yohanes Situmorang", "Debora Tampubolon"):
        made = await editor.post("/programs/presenters", json={"name": name, "bio": "Penyiar"})
        assert made.status_code == 201
        ids.append(made.json()["data"]["id"])
    program = await add_program(editor, presenter_ids=[ids[1], ids[0], ids[1]], description="Teman pagi")
    assert program["slug"] == "kopi-pagi"
    shown = (await visitor.get("/programs/kopi-pagi")).json()["data"]
    assert shown == program
    assert shown["presenters"] == [
        {"id": ids[1], "name": "Debora Tampubolon", "photo": None},
        {"id": ids[0], "name": "Yohanes Situmorang", "photo": None},
    ]
    changed = await editor.put("/programs/kopi-pagi", json={"presenter_ids": [ids[0]], "slug": "kopi"})
    assert changed.status_code == 200
    assert [item["name"] for item in changed.json()["data"]["presenters"]] == ["Yohanes Situmorang"]
    assert (await visitor.get("/programs/kopi-pagi")).status_code == 404
    assert (await editor.delete(f"/programs/presenters/{ids[0]}")).status_code == 204
    assert (await visitor.get("/programs/kopi")).json()["data"]["presenters"] == []
    assert (await editor.delete(f"/programs/presenters/{ids[0]}")).status_code == 404


async def test_unknown_presenters_and_reserved_or_taken_slugs_are_refused(radio):
    editor = await radio.http("editor")
    refused = await editor.post(
        "/programs", json={"name": "Kopi", "type": "music", "presenter_ids": [2_000_000_000]}
    )
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "presenter_ids")
    refused = await editor.post("/programs", json={"name": "Kopi", "type": "music", "slug": "schedule"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "slug")
    assert await count(radio, "programs") == 0
    assert (await add_program(editor, "Schedule"))["slug"] == "schedule-1"
    assert (await add_program(editor, "Kopi"))["slug"] == "kopi"
    assert (await add_program(editor, "Kopi"))["slug"] == "kopi-1"
    taken = await editor.post("/programs", json={"name": "Teh", "type": "music", "slug": "kopi"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "PROGRAM_SLUG_TAKEN")
    taken = await editor.put("/programs/kopi-1", json={"slug": "kopi"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "PROGRAM_SLUG_TAKEN")
    assert await count(radio, "programs") == 3


@pytest.mark.parametrize("role", [None, "penyiar"])
async def test_only_those_who_plan_may_plan(radio, role):
    editor, other = await radio.http("editor"), await radio.http(role)
    slot = await add_slot(editor, await add_program(editor), 1, "06:00", "07:00")
    refused = 401 if role is None else 403
    body = {"name": "Lain", "type": "music"}
    override = {"slot_id": slot["id"], "date": str(MONDAY), "kind": "cancel"}
    for method, path, data in [
        ("POST", "/programs", body),
        ("PUT", "/programs/kopi-pagi", body),
        ("DELETE", "/programs/kopi-pagi", None),
        ("POST", "/programs/presenters", {"name": "Lain"}),
        ("PUT", "/programs/presenters/1", {"name": "Lain"}),
        ("DELETE", "/programs/presenters/1", None),
        (
            "POST",
            "/programs/slots",
            {"program_id": 1, "weekday": 2, "start_time": "06:00", "end_time": "07:00"},
        ),
        ("PUT", f"/programs/slots/{slot['id']}", {"weekday": 2}),
        ("DELETE", f"/programs/slots/{slot['id']}", None),
        ("POST", "/programs/overrides", override),
        ("PUT", "/programs/overrides/1", {"note": "x"}),
        ("DELETE", "/programs/overrides/1", None),
    ]:
        answer = await other.request(method, path, json=data)
        assert answer.status_code == refused, (method, path)
    assert (await other.get(f"/programs/slots/{slot['id']}")).json()["data"] == slot
    assert [await count(radio, table) for table in ("programs", "presenters", "program_overrides")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("first", "second", "collide"),
    [
        ((1, "06:00", "08:00"), (1, "08:00", "09:00"), False),
        ((1, "06:00", "08:00"), (1, "07:59", "09:00"), True),
        ((1, "06:00", "08:00"), (2, "06:00", "08:00"), False),
        ((1, "06:00", "08:00"), (1, "05:00", "10:00"), True),
        ((1, "06:00", "08:00"), (1, "06:30", "07:00"), True),
        ((1, "23:00", "01:00"), (2, "00:59", "02:00"), True),
        ((1, "23:00", "01:00"), (2, "01:00", "02:00"), False),
        ((7, "23:00", "01:00"), (1, "00:00", "00:30"), True),
        ((7, "23:00", "01:00"), (1, "01:00", "02:00"), False),
        ((1, "00:00", "00:30"), (7, "23:00", "00:01"), True),
        ((1, "00:00", "00:30"), (7, "23:00", "00:00"), False),
        ((7, "22:00", "23:30"), (7, "23:00", "05:00"), True),
        ((3, "10:00", "09:00"), (4, "08:59", "09:30"), True),
        ((3, "10:00", "09:00"), (4, "09:00", "09:30"), False),
        # The same time twice is a whole day.
        ((3, "06:00", "06:00"), (4, "05:59", "07:00"), True),
        ((3, "06:00", "06:00"), (4, "06:00", "06:00"), False),
        ((3, "06:00", "06:00"), (2, "07:00", "06:01"), True),
        ((7, "06:00", "06:00"), (1, "05:00", "06:00"), True),
        ((7, "00:00", "00:00"), (1, "00:00", "00:00"), False),
        ((3, "06:00", "06:00"), (3, "06:00", "06:00"), True),
    ],
)
async def test_overlaps_around_midnight_and_the_end_of_the_week(radio, first, second, collide):
    editor = await radio.http("editor")
    kopi, teh = await add_program(editor), await add_program(editor, "Teh Sore")
    slot = await add_slot(editor, kopi, *first)
    weekday, start, end = second
    answer = await editor.post(
        "/programs/slots",
        json={"program_id": teh["id"], "weekday": weekday, "start_time": start, "end_time": end},
    )
    assert answer.status_code == (409 if collide else 201)
    assert await count(radio, "program_slots") == (1 if collide else 2)
    if collide:
        error = answer.json()["error"]
        assert error["code"] == "SLOT_OVERLAP"
        assert error["details"]["slots"] == [slot]
        assert "Kopi Pagi" in error["message"]


@pytest.mark.parametrize(
    ("first", "second", "collide"),
    [
        # The validity of the first ends on a Wednesday, so it is on air on Monday 3 March for the last time.
        ((1, None, "2031-03-05"), (1, "2031-03-04", None), False),
        ((1, None, "2031-03-05"), (1, "2031-03-03", None), True),
        # Over midnight into Tuesday 4 March, which the second claims from that day on.
        ((1, None, "2031-03-03"), (2, "2031-03-04", None), True),
        ((1, None, "2031-03-03"), (2, "2031-03-05", None), False),
        # Sunday 9 March reaches into Monday 10 March.
        ((7, None, "2031-03-09"), (1, "2031-03-10", None), True),
        ((7, None, "2031-03-09"), (1, "2031-03-11", None), False),
        ((7, "2031-03-09", None), (1, None, "2031-03-03"), False),
        # The old Sunday night ends, a new one begins a week later.
        ((7, None, "2031-03-09"), (7, "2031-03-10", None), False),
    ],
)
async def test_slots_with_validity_meet_only_where_both_are_on_air(radio, first, second, collide):
    editor = await radio.http("editor")
    program = await add_program(editor)
    for index, (weekday, valid_from, valid_until) in enumerate((first, second)):
        answer = await editor.post(
            "/programs/slots",
            json={
                "program_id": program["id"],
                "weekday": weekday,
                "start_time": "00:00" if index and weekday != first[0] else "23:00",
                "end_time": "01:00",
                "valid_from": valid_from,
                "valid_until": valid_until,
            },
        )
        assert answer.status_code == (409 if index and collide else 201), answer.text


async def test_the_database_itself_keeps_broadcasts_apart(radio):
    editor = await radio.http("editor")
    slot = await add_slot(editor, await add_program(editor), 7, "23:00", "01:00")
    other = await add_slot(editor, slot["program"], 1, "01:00", "02:00")
    db = radio.services.db
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute("UPDATE program_slots SET starts_at = '00:30' WHERE id = $1", other["id"])
    slot_id = await db.fetch_value(
        "INSERT INTO program_slots (program_id, weekday, starts_at, ends_at) "
        "VALUES (1, 1, '00:59', '03:00') RETURNING id"
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(
            "INSERT INTO program_slot_pieces (slot_id, part, start_minute, minutes, first_week, last_week) "
            "SELECT id, 0, start_minute, minutes, first_week, last_week FROM program_slots WHERE id = $1",
            slot_id,
        )


async def test_of_twenty_planners_one_gets_the_place(radio):
    editor = await radio.http("editor")
    program = await add_program(editor)
    body = {"program_id": program["id"], "weekday": 5, "end_time": "10:00"}
    answers = await asyncio.gather(
        *(
            editor.post("/programs/slots", json={**body, "start_time": f"09:{minute:02}"})
            for minute in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert await count(radio, "program_slots") == 1
    assert await count(radio, "program_slot_pieces") == 2
    winner = next(answer.json()["data"] for answer in answers if answer.status_code == 201)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["details"]["slots"] == [winner]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekday": 0}, "weekday"),
        ({"weekday": 8}, "weekday"),
        ({"start_time": "24:00"}, "start_time"),
        ({"start_time": "6:00"}, "start_time"),
        ({"start_time": "06:00\n0"}, "start_time"),
        ({"program_id": 99}, "program_id"),
        ({"valid_from": "2031-03-05", "valid_until": "2031-03-04"}, "valid_until"),
        ({"valid_from": "2031-03-04", "valid_until": "2031-03-09"}, "valid_until"),
        ({"valid_from": "besok"}, "valid_from"),
        ({"valid_until": "0001-01-01"}, "valid_until"),
        ({"valid_from": "9999-12-31"}, "valid_from"),
    ],
)
async def test_bad_slots_are_refused(radio, change, field):
    editor = await radio.http("editor")
    program = await add_program(editor)
    body = {"program_id": program["id"], "weekday": 1, "start_time": "06:00", "end_time": "07:00", **change}
    answer = await editor.post("/programs/slots", json=body)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert await count(radio, "program_slots") == 0


async def test_moving_a_slot_forgets_overrides_that_no_longer_fit(radio):
    editor = await radio.http("editor")
    slot = await add_slot(editor, await add_program(editor), 1, "06:00", "07:00")
    await add_slot(editor, slot["program"], 3, "06:00", "07:00")
    path = f"/programs/slots/{slot['id']}"
    made = await editor.post(
        "/programs/overrides", json={"slot_id": slot["id"], "date": str(MONDAY), "kind": "cancel"}
    )
    assert made.status_code == 201
    moved = await editor.put(path, json={"start_time": "06:30"})
    assert (moved.status_code, moved.json()["data"]["start_time"]) == (200, "06:30")
    assert await count(radio, "program_overrides") == 1
    refused = await editor.put(path, json={"weekday": 3})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SLOT_OVERLAP")
    assert (await editor.get(path)).json()["data"] == moved.json()["data"]
    assert await count(radio, "program_slot_pieces") == 4
    moved = await editor.put(path, json={"weekday": 2, "valid_until": "2032-01-01"})
    assert moved.status_code == 200
    assert await count(radio, "program_overrides") == 0
    assert (await editor.delete(path)).status_code == 204
    assert (await editor.delete(path)).status_code == 404
    assert await count(radio, "program_slot_pieces") == 2


async def test_a_programme_in_the_plan_stays(radio):
    editor = await radio.http("editor")
    program = await add_program(editor)
    slot = await add_slot(editor, program, 1, "06:00", "07:00")
    refused = await editor.delete("/programs/kopi-pagi")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "PROGRAM_IN_USE")
    assert (await editor.delete(f"/programs/slots/{slot['id']}")).status_code == 204
    assert (await editor.delete("/programs/kopi-pagi")).status_code == 204
    assert (await editor.delete("/programs/kopi-pagi")).status_code == 404


async def test_the_schedule_has_seven_days_with_overrides_applied(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    pagi, malam = await add_program(editor), await add_program(editor, "Pujian Malam", type="worship")
    khusus = await add_program(editor, "Siaran Khusus", type="other")
    monday = today() - timedelta(days=today().weekday()) + timedelta(weeks=1)
    morning = [await add_slot(editor, pagi, weekday, "06:00", "08:00") for weekday in (1, 2, 3)]
    night = await add_slot(editor, malam, 7, "23:00", "01:00")
    for slot, offset, kind, program in (
        (morning[0], 0, "cancel", None),
        (morning[1], 1, "replace", khusus["id"]),
    ):
        made = await editor.post(
            "/programs/overrides",
            json={
                "slot_id": slot["id"],
                "date": str(monday + timedelta(days=offset)),
                "kind": kind,
                "program_id": program,
                "note": "Libur",
            },
        )
        assert made.status_code == 201, made.text
    with count_statements(radio.services.db) as statements:
        schedule = (await visitor.get("/programs/schedule?week=1")).json()["data"]
    assert statements.count == 1
    assert schedule["timezone"] == "Asia/Jakarta"
    assert schedule["start_date"] == str(monday)
    assert [day["date"] for day in schedule["days"]] == [str(monday + timedelta(days=n)) for n in range(7)]
    assert [day["weekday"] for day in schedule["days"]] == [1, 2, 3, 4, 5, 6, 7]
    names = [[item["program"]["name"] for item in day["broadcasts"]] for day in schedule["days"]]
    assert names == [[], ["Siaran Khusus"], ["Kopi Pagi"], [], [], [], ["Pujian Malam"]]
    replaced = schedule["days"][1]["broadcasts"][0]
    assert replaced["replaces"] == {
        "id": pagi["id"],
        "name": "Kopi Pagi",
        "slug": "kopi-pagi",
        "type": "music",
    }
    assert replaced["starts_at"] == f"{monday + timedelta(days=1)}T06:00:00+07:00"
    last = schedule["days"][6]["broadcasts"][0]
    assert (last["slot_id"], last["start_time"], last["end_time"]) == (night["id"], "23:00", "01:00")
    assert last["ends_at"] == f"{monday + timedelta(days=7)}T01:00:00+07:00"
    only = (await visitor.get("/programs/schedule?week=1&type=worship")).json()["data"]
    assert [len(day["broadcasts"]) for day in only["days"]] == [0, 0, 0, 0, 0, 0, 1]
    after = (await visitor.get("/programs/schedule?week=2")).json()["data"]
    assert [len(day["broadcasts"]) for day in after["days"]] == [1, 1, 1, 0, 0, 0, 1]


async def test_the_schedule_is_kept_until_it_changes_or_the_day_ends(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program = await add_program(editor)
    empty = await visitor.get("/programs/schedule")
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/programs/schedule")).content == empty.content
    assert statements.count == 0
    (slot,) = radio.services.cache._slots.values()
    midnight = datetime.combine(today() + timedelta(days=1), time(), ZONE)
    assert slot.expires == midnight.timestamp()
    await add_slot(editor, program, 4, "06:00", "07:00")
    days = (await visitor.get("/programs/schedule")).json()["data"]["days"]
    assert [len(day["broadcasts"]) for day in days] == [0, 0, 0, 1, 0, 0, 0]
    assert (await editor.put("/programs/kopi-pagi", json={"name": "Teh Pagi"})).status_code == 200
    days = (await visitor.get("/programs/schedule")).json()["data"]["days"]
    assert days[3]["broadcasts"][0]["program"]["name"] == "Teh Pagi"


@pytest.mark.parametrize("query", ["week=521", "week=satu", "type=jazz", "week=-521"])
async def test_unknown_schedule_parameters_are_refused(radio, query):
    answer = await (await radio.http()).get(f"/programs/schedule?{query}")
    assert answer.status_code == 422


async def test_now_and_next_on_the_clock_of_the_station(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program, later = await add_program(editor), await add_program(editor, "Berikutnya")
    assert (await visitor.get("/programs/now")).json() == {"success": True, "data": None}
    assert (await visitor.get("/programs/next")).json() == {"success": True, "data": None}
    local = now().astimezone(ZONE)
    starts, ends = local - timedelta(hours=2), local + timedelta(hours=2)
    slot = await add_slot(editor, program, starts.isoweekday(), f"{starts:%H:%M}", f"{ends:%H:%M}")
    after = await add_slot(
        editor, later, ends.isoweekday(), f"{ends:%H:%M}", f"{ends + timedelta(hours=1):%H:%M}"
    )
    on_air = (await visitor.get("/programs/now")).json()["data"]
    assert (on_air["slot_id"], on_air["date"]) == (slot["id"], str(starts.date()))
    assert on_air["ends_at"] == ends.replace(second=0, microsecond=0).isoformat()
    upcoming = (await visitor.get("/programs/next")).json()["data"]
    assert (upcoming["slot_id"], upcoming["program"]["name"]) == (after["id"], "Berikutnya")
    for chosen in (slot, after):
        day = starts if chosen is slot else ends
        made = await editor.post(
            "/programs/overrides", json={"slot_id": chosen["id"], "date": str(day.date()), "kind": "cancel"}
        )
        assert made.status_code == 201
    assert (await visitor.get("/programs/now")).json()["data"] is None
    upcoming = (await visitor.get("/programs/next")).json()["data"]
    assert (upcoming["slot_id"], upcoming["date"]) == (slot["id"], str((starts + timedelta(days=7)).date()))


async def test_now_and_next_cross_midnight_and_the_end_of_the_week(radio):
    editor, db = await radio.http("editor"), radio.services.db
    program = await add_program(editor)
    night = await add_slot(editor, program, 7, "23:00", "01:00")
    early = await add_slot(editor, program, 1, "05:00", "06:00", valid_from="2031-03-31")
    sunday = MONDAY - timedelta(days=1)

    async def at(day: date, hour: int, minute: int = 0):
        moment = datetime.combine(day, time(hour, minute), ZONE)
        current, upcoming = await find_current(db, moment, ZONE), await find_next(db, moment, ZONE)
        return current and current.date, upcoming and upcoming.date

    assert await at(sunday, 22, 59) == (None, sunday)
    assert await at(sunday, 23) == (sunday, sunday + timedelta(days=7))
    assert await at(MONDAY, 0, 59) == (sunday, sunday + timedelta(days=7))
    assert await at(MONDAY, 1) == (None, sunday + timedelta(days=7))
    for week in range(1, 5):
        await editor.post(
            "/programs/overrides",
            json={"slot_id": night["id"], "date": str(sunday + timedelta(weeks=week)), "kind": "cancel"},
        )
    assert await at(MONDAY, 1) == (None, date(2031, 3, 31))
    assert await at(date(2031, 3, 31), 5, 30) == (date(2031, 3, 31), date(2031, 4, 6))
    await editor.delete(f"/programs/slots/{early['id']}")
    assert await at(MONDAY, 1) == (None, None)


async def test_a_slot_of_a_whole_day(radio):
    editor, db = await radio.http("editor"), radio.services.db
    slot = await add_slot(editor, await add_program(editor), 7, "06:00", "06:00")
    assert (slot["start_time"], slot["end_time"]) == ("06:00", "06:00")
    sunday = MONDAY - timedelta(days=1)
    for moment, expected in (
        (datetime.combine(sunday, time(5, 59, 59), ZONE), None),
        (datetime.combine(sunday, time(6), ZONE), sunday),
        (datetime.combine(MONDAY, time(5, 59, 59), ZONE), sunday),
        (datetime.combine(MONDAY, time(6), ZONE), None),
    ):
        current = await find_current(db, moment, ZONE)
        assert (current and current.date) == expected
    shorter = await editor.put(f"/programs/slots/{slot['id']}", json={"end_time": "07:00"})
    assert (shorter.status_code, shorter.json()["data"]["end_time"]) == (200, "07:00")
    assert await find_current(db, datetime.combine(MONDAY, time(5), ZONE), ZONE) is None


async def test_overrides_are_checked_and_exist_once(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program, other = await add_program(editor), await add_program(editor, "Lain")
    slot = await add_slot(editor, program, 1, "06:00", "07:00", valid_until=str(MONDAY))
    body = {"slot_id": slot["id"], "date": str(MONDAY), "kind": "replace", "program_id": other["id"]}
    for change, field in [
        ({"slot_id": 99}, "slot_id"),
        ({"date": str(MONDAY + timedelta(days=1))}, "date"),
        ({"date": str(MONDAY + timedelta(days=7))}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"kind": "move"}, "kind"),
        ({"kind": "cancel"}, "program_id"),
        ({"program_id": None}, "program_id"),
        ({"program_id": 99}, "program_id"),
        ({"note": "x" * 501}, "note"),
    ]:
        refused = await editor.post("/programs/overrides", json={**body, **change})
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)
    answers = await asyncio.gather(*(editor.post("/programs/overrides", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "OVERRIDE_EXISTS"
    }
    listed = (await visitor.get(f"/programs/overrides?dateFrom={MONDAY}&dateTo={MONDAY}")).json()
    assert listed["pagination"]["total"] == 1
    made = listed["data"][0]
    assert (made["kind"], made["program"]["name"], made["slot"]["id"]) == ("replace", "Lain", slot["id"])
    path = f"/programs/overrides/{made['id']}"
    changed = await editor.put(path, json={"kind": "cancel", "note": "Libur"})
    assert changed.status_code == 200
    assert (changed.json()["data"]["program"], changed.json()["data"]["note"]) == (None, "Libur")
    assert (await editor.put(path, json={"kind": "replace"})).status_code == 422
    assert (await visitor.get(path)).json()["data"] == changed.json()["data"]
    assert (await editor.delete(path)).status_code == 204
    assert (await visitor.get(path)).status_code == 404


async def test_lists_take_two_statements(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    program = await add_program(editor)
    for number in range(4):
        await add_program(editor, f"Acara {number}", type="news")
        await add_slot(editor, program, number + 1, "06:00", "07:00")
        await editor.post("/programs/presenters", json={"name": f"Penyiar {number}"})
    for path, total in [
        ("/programs?limit=2", 5),
        ("/programs?limit=2&type=news", 4),
        ("/programs/presenters?limit=2", 4),
        ("/programs/slots?limit=2", 4),
        ("/programs/slots?limit=2&program=kopi-pagi", 4),
        ("/programs/overrides?limit=2", 0),
    ]:
        with count_statements(radio.services.db) as statements:
            answer = (await visitor.get(path)).json()
        assert (statements.count, answer["pagination"]["total"]) == (2, total), path
        assert len(answer["data"]) == min(2, total)
    assert (await visitor.get("/programs?page=99")).json()["data"] == []
    assert [slot["weekday"] for slot in (await visitor.get("/programs/slots?weekday=3")).json()["data"]] == [
        3
    ]


@pytest.mark.parametrize(
    ("path", "field", "length"),
    [("/programs", "name", 255), ("/programs", "description", 5000), ("/programs/presenters", "bio", 5000)],
)
async def test_fields_end_where_they_say(radio, path, field, length):
    editor = await radio.http("editor")
    body = {"name": "Kopi Pagi", "type": "music"} if path == "/programs" else {"name": "Rina"}
    assert (await editor.post(path, json={**body, field: "x" * length})).status_code == 201
    refused = await editor.post(path, json={**body, field: "x" * (length + 1)})
    assert (refused.status_code, list(refused.json()["error"]["details"])) == (422, [field])


async def test_the_demonstration_week_is_full(radio):
    async with radio.services.db.transaction() as tx:
        await seed_programs(tx)
    schedule = (await (await radio.http()).get("/programs/schedule?week=3")).json()["data"]
    assert [len(day["broadcasts"]) for day in schedule["days"]] == [7, 8, 7, 8, 7, 7, 5]
    assert await count(radio, "program_overrides") == 2
