"""Articles through HTTP."""

from __future__ import annotations

from colonnade.kernel.testing import count_statements

CONTENT = "<p>Shalom sahabat pendengar.</p>"


async def test_a_draft_is_seen_by_editors_only(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = await editor.post("/articles", json={"title": "Renungan Pagi", "content": CONTENT})
    assert made.status_code == 201
    assert made.json()["data"]["slug"] == "renungan-pagi"
    assert made.json()["data"]["status"] == "draft"
    assert (await visitor.get("/articles/renungan-pagi")).status_code == 404
    assert (await visitor.get("/articles?status=draft")).json()["data"] == []
    assert (await editor.get("/articles/renungan-pagi")).status_code == 200


async def test_a_list_takes_three_statements_and_a_cached_one_none(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number in range(12):
        await editor.post(
            "/articles", json={"title": f"Artikel ke {number}", "content": CONTENT, "status": "published"}
        )
    with count_statements(radio.services.db) as statements:
        answer = await visitor.get("/articles?limit=5&page=2")
    assert statements.count == 3
    assert answer.json()["pagination"] == {
        "page": 2, "limit": 5, "total": 12, "totalPages": 3, "hasNext": True, "hasPrev": True
    }  # fmt: skip
    assert [item["title"] for item in answer.json()["data"]] == [f"Artikel ke {n}" for n in (6, 5, 4, 3, 2)]
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/articles?page=2&limit=5")).content == answer.content
    assert statements.count == 0
