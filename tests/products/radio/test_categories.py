"""Categories of articles through HTTP."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.kernel.testing import count_statements


async def _rows(radio):
    rows = await radio.services.db.fetch("SELECT name, slug, description FROM categories ORDER BY id")
    return [tuple(row) for row in rows]


async def test_create_read_update_delete(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await editor.post(
        "/categories", json={"name": "Kesaksian Iman", "description": "Cerita pendengar"}
    )
    assert made.status_code == 201
    category = made.json()["data"]
    assert made.json()["message"] == "Category created"
    assert set(category) == {"id", "name", "slug", "description", "version", "created_at"}
    assert (category["slug"], category["description"]) == ("kesaksian-iman", "Cerita pendengar")
    assert (await visitor.get("/categories")).json() == {"success": True, "data": [category]}
    assert (await visitor.get(f"/categories/{category['id']}")).json() == {"success": True, "data": category}
    changed = await editor.put(f"/categories/{category['id']}", json={"name": "Kesaksian"})
    assert (changed.status_code, changed.json()["message"]) == (200, "Category updated")
    assert changed.json()["data"] == {**category, "name": "Kesaksian", "version": 2}
    assert (await visitor.get("/categories")).json()["data"] == [changed.json()["data"]]
    emptied = await editor.put(f"/categories/{category['id']}", json={"description": None})
    assert emptied.json()["data"]["description"] is None
    assert (await editor.put(f"/categories/{category['id']}", json={})).status_code == 200
    gone = await editor.delete(f"/categories/{category['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await visitor.get("/categories")).json()["data"] == []
    assert (await visitor.get(f"/categories/{category['id']}")).status_code == 404


async def test_articles_stay_without_their_category(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    category = (await editor.post("/categories", json={"name": "Kesaksian"})).json()["data"]
    await editor.post(
        "/articles",
        json={"title": "Renungan", "content": "x" * 10, "status": "published", "category_id": category["id"]},
    )
    assert (await visitor.get("/articles/renungan")).json()["data"]["category"]["slug"] == "kesaksian"
    await editor.put(f"/categories/{category['id']}", json={"slug": "cerita"})
    assert (await visitor.get("/articles/renungan")).json()["data"]["category"]["slug"] == "cerita"
    assert (await visitor.get("/articles?category=cerita")).json()["pagination"]["total"] == 1
    assert (await visitor.get("/articles?category=kesaksian")).json()["pagination"]["total"] == 0
    await editor.delete(f"/categories/{category['id']}")
    article = (await visitor.get("/articles/renungan")).json()["data"]
    assert (article["category"], article["category_id"]) == (None, None)


async def test_a_taken_slug_is_409_and_changes_nothing(radio):
    editor = await radio.http("editor")
    await editor.post("/categories", json={"name": "Satu saja"})
    other = (await editor.post("/categories", json={"name": "Dua saja"})).json()["data"]["id"]
    before = await _rows(radio)
    for answer in (
        await editor.post("/categories", json={"name": "Satu saja"}),
        await editor.post("/categories", json={"name": "Lain", "slug": "satu-saja"}),
        await editor.put(f"/categories/{other}", json={"name": "Tiga", "slug": "satu-saja"}),
    ):
        assert answer.status_code == 409
        assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == ("CATEGORY_TAKEN", "slug")
    assert await _rows(radio) == before


async def test_two_at_once(radio):
    editor = await radio.http("editor")
    answers = await asyncio.gather(*(editor.post("/categories", json={"name": "Sama"}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert await _rows(radio) == [("Sama", "sama", None)]


@pytest.mark.parametrize(
    ("name", "slug"), [("😀😀", "kategori"), ("中文", "zhong-wen"), ("O'Neil & Sons", "oneil-sons")]
)
async def test_names_of_any_script(radio, name, slug):
    made = await (await radio.http("editor")).post("/categories", json={"name": name})
    assert (made.json()["data"]["name"], made.json()["data"]["slug"]) == (name, slug)


@pytest.mark.parametrize(
    ("values", "fields"),
    [({}, {"name"}), ({"name": "x"}, {"name"}), ({"name": "x" * 256}, {"name"}), ({"name": 5}, {"name"}),
     ({"name": "ok", "slug": "Huruf"}, {"slug"}), ({"name": "ok", "slug": "a b"}, {"slug"}),
     ({"name": "ok", "slug": "ok\nb"}, {"slug"}), ({"name": "ok", "description": "x" * 2001}, {"description"}),
     ({"name": "", "slug": "!", "description": 5}, {"name", "slug", "description"})],
)  # fmt: skip
async def test_bad_input(radio, values, fields):
    answer = await (await radio.http("editor")).post("/categories", json=values)
    assert answer.status_code == 422
    assert set(answer.json()["error"]["details"]) == fields
    assert await _rows(radio) == []


async def test_values_at_their_limits(radio):
    editor = await radio.http("editor")
    made = await editor.post(
        "/categories", json={"name": "x" * 255, "slug": "y" * 500, "description": "z" * 2000}
    )
    assert made.status_code == 201
    made = await editor.post("/categories", json={"name": "ab", "slug": "", "description": ""})
    assert (made.json()["data"]["slug"], made.json()["data"]["description"]) == ("ab", None)


async def test_who_may(radio):
    editor = await radio.http("editor")
    category = (await editor.post("/categories", json={"name": "Satu"})).json()["data"]["id"]
    before = await _rows(radio)
    for client, status in ((await radio.http(), 401), (await radio.http("penyiar"), 403)):
        assert (await client.post("/categories", json={"name": "Lain"})).status_code == status
        assert (await client.put(f"/categories/{category}", json={"name": "Lain"})).status_code == status
        assert (await client.delete(f"/categories/{category}")).status_code == status
    assert await _rows(radio) == before


async def test_unknown_ids(radio):
    admin = await radio.http("admin")
    for value in ("99", "0", "-1", "abc", "2147483648", "1.5"):
        assert (await admin.get(f"/categories/{value}")).status_code == 404
        assert (await admin.put(f"/categories/{value}", json={"name": "Lain"})).status_code == 404
        assert (await admin.delete(f"/categories/{value}")).status_code == 404


async def test_the_list_takes_one_statement(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number in range(9):
        await editor.post("/categories", json={"name": f"Kategori {number}"})
    with count_statements(radio.services.db) as statements:
        names = [category["name"] for category in (await visitor.get("/categories")).json()["data"]]
    assert statements.count == 1
    assert names == [f"Kategori {number}" for number in range(9)]
    with count_statements(radio.services.db) as statements:
        await visitor.get("/categories")
    assert statements.count == 0
