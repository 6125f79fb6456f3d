"""The homepage through HTTP: its parts, their freshness, and the effect of a part that fails."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyvips

from colonnade.app.seeding import seed_product
from colonnade.kernel.core import now
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.homepage import routes as homepage_routes

ZONE = ZoneInfo("Asia/Jakarta")
SECTIONS = ["articles", "schedule", "announcements", "gallery", "testimonials"]
TABLES = ["articles", "programs", "announcements", "gallery", "testimonials"]
CONTENT = "<p>Shalom sahabat pendengar.</p>"


def today() -> date:
    return now().astimezone(ZONE).date()


async def home(client):
    answer = await client.get("/homepage")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def cached_until(radio):
    entry = radio.services.cache.get(" /homepage")
    return entry and entry.expires_at


@asynccontextmanager
async def broken(radio, *tables):
    """Rename the tables for the length of the block."""
    db = radio.services.db
    for table in tables:
        await db.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        for table in tables:
            await db.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


async def publish_one_of_each(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await editor.post("/articles", json={"title": "Kabar Baik", "content": CONTENT, "status": "published"})
    program = (await editor.post("/programs", json={"name": "Kopi Pagi", "type": "music"})).json()["data"]
    await editor.post(
        "/programs/slots",
        json={
            "program_id": program["id"],
            "weekday": today().isoweekday(),
            "start_time": "06:00",
            "end_time": "08:00",
        },
    )
    await editor.post("/announcements", json={"title": "Malam Doa", "body": "Pukul 19.00"})
    image = pyvips.Image.black(40, 20, bands=3).copy(interpretation="srgb").write_to_buffer(".png")
    await editor.post("/gallery", data={"title": "Studio"}, files={"file": ("studio.png", image)})
    made = await visitor.post("/testimonials", json={"name": "Lestari", "content": "Terima kasih banyak"})
    await editor.post(f"/testimonials/{made.json()['data']['id']}/review", json={"action": "approve"})


async def test_an_empty_station_has_an_empty_homepage(radio):
    assert await home(await radio.http()) == {
        "articles": [],
        "schedule": {"date": str(today()), "weekday": today().isoweekday(), "broadcasts": []},
        "announcements": [],
        "gallery": [],
        "testimonials": [],
        "errors": {},
    }


async def test_all_sections_come_in_eight_statements_and_then_in_none(radio):
    await publish_one_of_each(radio)
    visitor = await radio.http()
    with count_statements(radio.services.db) as statements:
        page = await home(visitor)
    assert statements.count == 8
    assert [item["title"] for item in page["articles"]] == ["Kabar Baik"]
    assert "content" not in page["articles"][0]
    assert page["articles"][0]["author"]["name"] == "Rina Editor"
    assert [item["program"]["name"] for item in page["schedule"]["broadcasts"]] == ["Kopi Pagi"]
    assert page["schedule"]["broadcasts"][0]["starts_at"] == f"{today()}T06:00:00+07:00"
    assert [item["title"] for item in page["announcements"]] == ["Malam Doa"]
    assert [item["title"] for item in page["gallery"]] == ["Studio"]
    assert [set(item) for item in page["testimonials"]] == [{"id", "name", "content", "rating", "created_at"}]
    assert page["errors"] == {}
    with count_statements(radio.services.db) as statements:
        assert await home(visitor) == page
    assert statements.count == 0


async def test_every_change_is_seen_by_the_next_request(radio):
    editor, admin, visitor = await radio.http("editor"), await radio.http("admin"), await radio.http()
    assert (await home(visitor))["articles"] == []
    await publish_one_of_each(radio)
    page = await home(visitor)
    assert [len(page[name]) for name in SECTIONS if name != "schedule"] == [1, 1, 1, 1]
    await radio.work()
    assert set((await home(visitor))["gallery"][0]["thumbnails"]) == {"320", "960"}
    for request, section in [
        (("DELETE", "/articles/kabar-baik", None), "articles"),
        (("DELETE", "/announcements/1", None), "announcements"),
        (("DELETE", "/gallery/1", None), "gallery"),
        (("POST", "/testimonials/1/review", {"action": "reopen"}), "testimonials"),
    ]:
        assert (await admin.request(request[0], request[1], json=request[2])).status_code in (200, 204)
        assert (await home(visitor))[section] == []
    await editor.post("/programs/overrides", json={"slot_id": 1, "date": str(today()), "kind": "cancel"})
    assert (await home(visitor))["schedule"]["broadcasts"] == []


async def test_drafts_pending_and_future_things_are_not_shown(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    midnight = datetime.combine(today() + timedelta(days=1), time(), ZONE)
    later = (now() + timedelta(minutes=2)).isoformat()
    await editor.post("/articles", json={"title": "Rahasia", "content": CONTENT})
    await editor.post("/announcements", json={"title": "Nanti", "body": "x", "starts_at": later})
    await visitor.post("/testimonials", json={"name": "Lestari", "content": "Terima kasih banyak"})
    page = await home(visitor)
    assert (page["articles"], page["announcements"], page["testimonials"]) == ([], [], [])
    # The answer ends in time for the announcement to appear by itself, and for an article after that.
    until = min(datetime.fromisoformat(later), midnight)
    assert abs(cached_until(radio) - until.timestamp()) < 0.001
    sooner = now() + timedelta(minutes=1)
    await editor.post(
        "/articles",
        json={
            "title": "Sebentar lagi",
            "content": CONTENT,
            "status": "published",
            "published_at": sooner.isoformat(),
        },
    )
    assert (await home(visitor))["articles"] == []
    assert abs(cached_until(radio) - min(sooner, midnight).timestamp()) < 0.001
    assert (await home(editor))["articles"] == []


async def test_the_schedule_rolls_over_at_local_midnight(radio):
    await home(await radio.http())
    midnight = datetime.combine(today() + timedelta(days=1), time(), ZONE)
    assert cached_until(radio) == midnight.timestamp()


async def test_after_midnight_the_day_has_what_is_still_on_air(radio, monkeypatch):
    editor = await radio.http("editor")
    program = (await editor.post("/programs", json={"name": "Pujian Malam", "type": "worship"})).json()[
        "data"
    ]
    for weekday, start, end in ((6, "22:00", "00:00"), (7, "23:00", "01:00"), (1, "06:00", "06:00")):
        made = await editor.post(
            "/programs/slots",
            json={"program_id": program["id"], "weekday": weekday, "start_time": start, "end_time": end},
        )
        assert made.status_code == 201
    days = {}
    for day, hour in ((2, 23), (3, 0), (3, 12), (4, 0)):
        moment = datetime(2031, 3, day, hour, 30, tzinfo=ZONE)
        monkeypatch.setattr(homepage_routes, "now", lambda moment=moment: moment)
        schedule = (await home(editor))["schedule"]
        assert (schedule["date"], schedule["weekday"]) == (f"2031-03-{day:02}", moment.isoweekday())
        days[day, hour] = [(each["date"], each["start_time"]) for each in schedule["broadcasts"]]
    assert days == {
        (2, 23): [("2031-03-02", "23:00")],
        (3, 0): [("2031-03-02", "23:00"), ("2031-03-03", "06:00")],
        (3, 12): [("2031-03-02", "23:00"), ("2031-03-03", "06:00")],
        (4, 0): [("2031-03-03", "06:00")],
    }


async def test_an_article_for_the_end_of_time_breaks_nothing(radio):
    await radio.services.db.execute(
        "INSERT INTO articles (title, slug, content, status, author_id, published_at) "
        "VALUES ('Nanti', 'nanti', '', 'published', 1, 'infinity')"
    )
    assert (await home(await radio.http()))["errors"] == {}


async def test_a_broken_section_is_null_and_the_rest_is_served(radio):
    await publish_one_of_each(radio)
    visitor = await radio.http()
    whole = await home(visitor)
    for section, table in zip(SECTIONS, TABLES, strict=True):
        radio.services.cache.forget_all()
        async with broken(radio, table):
            page = await home(visitor)
            assert page == {**whole, section: None, "errors": {section: "INTERNAL_ERROR"}}
        # Not for long: five seconds instead of five minutes.
        assert cached_until(radio) < now().timestamp() + 5
    radio.services.cache.forget_all()
    assert await home(visitor) == whole


async def test_a_locked_section_does_not_take_the_others_along(radio):
    await publish_one_of_each(radio)
    visitor = await radio.http()
    async with radio.services.db.transaction() as tx:
        await tx.execute("LOCK TABLE testimonials IN ACCESS EXCLUSIVE MODE")
        page = await home(visitor)
    assert (page["testimonials"], page["errors"]) == (None, {"testimonials": "SERVICE_UNAVAILABLE"})
    assert [item["title"] for item in page["articles"]] == ["Kabar Baik"]


async def test_with_nothing_left_the_answer_is_an_error(radio):
    visitor = await radio.http()
    async with broken(radio, *TABLES):
        answer = await visitor.get("/homepage")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert "retry-after" in answer.headers
    assert (await home(visitor))["errors"] == {}


async def test_the_demonstration_station_fills_its_homepage(radio):
    await radio.services.db.execute("TRUNCATE accounts CASCADE")
    await seed_product(radio.services)
    await radio.work()
    page = await home(await radio.http())
    assert page["errors"] == {}
    lengths = [len(page[name]) for name in ("articles", "announcements", "gallery", "testimonials")]
    assert lengths == [6, 3, 4, 4]
    assert len(page["schedule"]["broadcasts"]) >= 4
    await seed_product(radio.services)
    assert await radio.services.db.fetch_value("SELECT count(*) FROM gallery") == 4
