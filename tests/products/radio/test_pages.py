"""Static pages and announcements through HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from colonnade.kernel.core import now
from colonnade.kernel.testing import count_statements

ABOUT = {"title": "Tentang Kami", "content": "<p>Shalom</p>"}
NOTICE = {"title": "Malam Doa", "body": "Mulai pukul 19.00 WIB."}


async def count(radio, table):
    return await radio.services.db.fetch_value(f"SELECT count(*) FROM {table}")


async def test_a_page_is_public_and_changes_are_seen_at_once(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await editor.post("/pages", json={**ABOUT, "description": "Siapa kami"})
    assert made.status_code == 201
    page = made.json()["data"]
    assert (page["slug"], page["version"]) == ("tentang-kami", 1)
    assert (await visitor.get("/pages/tentang-kami")).json()["data"] == page
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/pages/tentang-kami")).json()["data"] == page
    assert statements.count == 0
    changed = await editor.put("/pages/tentang-kami", json={"content": "Plain O'Neil & Sons", "slug": "kami"})
    assert changed.status_code == 200
    assert (await visitor.get("/pages/tentang-kami")).status_code == 404
    shown = (await visitor.get("/pages/kami")).json()["data"]
    assert (shown["content"], shown["version"], shown["title"]) == (
        "Plain O'Neil &amp; Sons",
        2,
        "Tentang Kami",
    )
    assert (await editor.delete("/pages/kami")).status_code == 204
    assert (await visitor.get("/pages/kami")).status_code == 404
    assert (await editor.delete("/pages/kami")).status_code == 404


async def test_pages_hold_no_scripts(radio):
    editor = await radio.http("editor")
    content = (
        '<h2 onclick="x()">Visi</h2><script>alert(1)</script><p><a href="javascript:x()">a</a>'
        '<a href="https://elshaddaifm.id">b</a><img src="/uploads/a/b.jpg" onerror="x()"></p>'
    )
    made = await editor.post("/pages", json={"title": "Visi", "content": content})
    assert made.json()["data"]["content"] == (
        '<h2>Visi</h2><p><a rel="noopener noreferrer">a</a>'
        '<a href="https://elshaddaifm.id" rel="noopener noreferrer">b</a><img src="/uploads/a/b.jpg"></p>'
    )
    made = await editor.post("/announcements", json={"title": "Doa", "body": "<b>Doa</b><script>x</script>"})
    assert made.json()["data"]["body"] == "<b>Doa</b>"


async def test_slugs_are_unique_also_in_a_race(radio):
    editor = await radio.http("editor")
    answers = await asyncio.gather(*(editor.post("/pages", json=ABOUT) for _ in range(5)))
    assert sorted(answer.json()["data"]["slug"] for answer in answers) == [
        "tentang-kami", "tentang-kami-1", "tentang-kami-2", "tentang-kami-3", "tentang-kami-4",
    ]  # fmt: skip
    body = {**ABOUT, "slug": "visi"}
    answers = await asyncio.gather(*(editor.post("/pages", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    taken = await editor.put("/pages/visi", json={"slug": "tentang-kami"})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "PAGE_SLUG_TAKEN")
    assert await count(radio, "pages") == 6


async def test_a_stale_edit_is_refused(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await editor.post("/pages", json=ABOUT)
    etag = (await visitor.get("/pages/tentang-kami")).headers["etag"]
    answers = await asyncio.gather(
        *(
            editor.put("/pages/tentang-kami", json={"title": f"Judul {n}"}, headers={"If-Match": etag})
            for n in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert (await visitor.get("/pages/tentang-kami")).json()["data"]["version"] == 2
    assert (await editor.delete("/pages/tentang-kami", headers={"If-Match": etag})).status_code == 412
    assert await count(radio, "pages") == 1
    assert (await editor.delete("/pages/tentang-kami", headers={"If-Match": "2"})).status_code == 204
    assert await count(radio, "pages") == 0


@pytest.mark.parametrize("role", [None, "penyiar"])
async def test_only_editors_write(radio, role):
    editor, other = await radio.http("editor"), await radio.http(role)
    page = (await editor.post("/pages", json=ABOUT)).json()["data"]
    notice = (await editor.post("/announcements", json=NOTICE)).json()["data"]
    refused = 401 if role is None else 403
    for method, path, data in [
        ("POST", "/pages", ABOUT),
        ("PUT", "/pages/tentang-kami", {"title": "Lain"}),
        ("DELETE", "/pages/tentang-kami", None),
        ("POST", "/announcements", NOTICE),
        ("PUT", f"/announcements/{notice['id']}", {"title": "Lain"}),
        ("DELETE", f"/announcements/{notice['id']}", None),
    ]:
        assert (await other.request(method, path, json=data)).status_code == refused, (method, path)
    assert (await other.get("/pages/tentang-kami")).json()["data"] == page
    assert (await other.get("/announcements")).json()["data"] == [notice]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/pages", {**ABOUT, "title": "x" * 256}, "title"),
        ("/pages", {**ABOUT, "title": "x"}, "title"),
        ("/pages", {**ABOUT, "slug": "Huruf Besar"}, "slug"),
        ("/pages", {**ABOUT, "slug": "visi\nb"}, "slug"),
        ("/pages", {**ABOUT, "description": "x" * 501}, "description"),
        ("/pages", {"title": "Visi"}, "content"),
        ("/announcements", {**NOTICE, "body": "x" * 10_001}, "body"),
        ("/announcements", {**NOTICE, "body": ""}, "body"),
        ("/announcements", {**NOTICE, "pinned": "ya"}, "pinned"),
        ("/announcements", {**NOTICE, "ends_at": "2020-01-01T00:00:00+07:00"}, "ends_at"),
        ("/announcements", {**NOTICE, "starts_at": "2031-01-01T00:00:00"}, "starts_at"),
        ("/announcements", {**NOTICE, "starts_at": "9999-12-31T23:59:59.999999Z"}, "starts_at"),
        ("/announcements", {**NOTICE, "starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ("/announcements", {**NOTICE, "ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at"),
    ],
)
async def test_bad_input_is_refused(radio, path, body, field):
    editor = await radio.http("editor")
    answer = await editor.post(path, json=body)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])
    assert await count(radio, path.strip("/")) == 0


async def test_the_longest_fields_fit_and_empty_ones_count_as_absent(radio):
    editor = await radio.http("editor")
    body = {"title": "x" * 255, "content": "y", "description": "z" * 500, "slug": ""}
    made = (await editor.post("/pages", json=body)).json()["data"]
    assert (made["title"], made["slug"]) == ("x" * 255, "x" * 200)
    made = await editor.post("/announcements", json={**NOTICE, "body": "x" * 10_000, "ends_at": ""})
    assert (made.status_code, made.json()["data"]["ends_at"]) == (201, None)


async def test_visitors_see_current_announcements_only_pinned_ones_first(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    moment = now()
    for title, start, end, pinned in [
        ("lama", -48, -24, False),
        ("biasa", -5, None, False),
        ("penting", -10, 10, True),
        ("nanti", 24, None, True),
        ("baru", -1, 5, False),
    ]:
        made = await editor.post(
            "/announcements",
            json={
                **NOTICE,
                "title": title,
                "starts_at": (moment + timedelta(hours=start)).isoformat(),
                "ends_at": end and (moment + timedelta(hours=end)).isoformat(),
                "pinned": pinned,
            },
        )
        assert made.status_code == 201

    async def titles(client, query=""):
        return [item["title"] for item in (await client.get(f"/announcements{query}")).json()["data"]]

    assert await titles(visitor) == ["penting", "baru", "biasa"]
    assert await titles(visitor, "?when=all") == ["penting", "baru", "biasa"]
    assert await titles(editor, "?when=upcoming") == ["nanti"]
    assert await titles(editor, "?when=past") == ["lama"]
    assert await titles(editor, "?when=all") == ["nanti", "penting", "baru", "biasa", "lama"]
    assert (await visitor.get("/announcements?when=besok")).status_code == 422
    statuses = [(await visitor.get(f"/announcements/{number}")).status_code for number in range(1, 6)]
    assert statuses == [404, 200, 200, 404, 200]
    assert (await editor.get("/announcements/1")).status_code == 200
    entry = radio.services.cache.get(" /announcements")
    assert abs(entry.expires_at - (moment + timedelta(hours=5)).timestamp()) < 0.001


async def test_an_announcement_can_be_changed_and_deleted(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = (await editor.post("/announcements", json=NOTICE)).json()["data"]
    path = f"/announcements/{made['id']}"
    assert (await visitor.get("/announcements")).json()["data"] == [made]
    refused = await editor.put(path, json={"ends_at": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "ends_at")
    assert (await visitor.get("/announcements")).json()["data"] == [made]
    changed = (await editor.put(path, json={"title": "Malam Pujian", "pinned": True})).json()["data"]
    assert (changed["title"], changed["pinned"], changed["body"]) == ("Malam Pujian", True, NOTICE["body"])
    assert (await visitor.get("/announcements")).json()["data"] == [changed]
    assert (await editor.delete(path)).status_code == 204
    assert (await visitor.get("/announcements")).json()["data"] == []
    assert (await editor.put(path, json={"title": "Lagi"})).status_code == 404
    assert (await editor.delete(path)).status_code == 404


async def test_lists_take_few_statements(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number in range(3):
        await editor.post("/pages", json={**ABOUT, "title": f"Halaman {number}"})
        await editor.post("/announcements", json=NOTICE)
    for path, statements_wanted in (("/pages?limit=2", 2), ("/announcements?limit=2", 3)):
        with count_statements(radio.services.db) as statements:
            answer = (await visitor.get(path)).json()
        assert statements.count == statements_wanted
        assert (len(answer["data"]), answer["pagination"]["total"]) == (2, 3)
    assert "content" not in (await visitor.get("/pages")).json()["data"][0]
    assert (await visitor.get("/pages?page=9")).json()["data"] == []
