"""API keys of staff: a program writes articles with one, and can do nothing else with it."""

from __future__ import annotations


async def _key(http, *scopes):
    answer = await http.post("/auth/keys", json={"name": "Website", "scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_a_key_writes_articles_and_nothing_else(radio):
    editor, program = await radio.http("editor"), await radio.http()
    key = await _key(editor, "articles:create")
    program.headers["Authorization"] = f"Bearer {key['key']}"
    article = {"title": "Kabar dari program", "content": "<p>Isi.</p>", "status": "published"}
    made = await program.post("/articles", json=article)
    assert (made.status_code, made.json()["data"]["slug"]) == (201, "kabar-dari-program")
    refused = await program.get("/membership/registrations")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    own = await program.get("/auth/me")
    assert (own.status_code, own.json()["error"]["code"]) == (403, "SESSION_REQUIRED")
    assert (await editor.delete(f"/auth/keys/{key['id']}")).status_code == 204
    assert (await program.post("/articles", json=article)).status_code == 401
    assert await radio.services.db.fetch_value("SELECT count(*) FROM articles") == 1


async def test_nobody_gives_a_key_more_than_they_may(radio):
    editor = await radio.http("editor")
    answer = await editor.post("/auth/keys", json={"name": "Too much", "scopes": ["staff:manage"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SCOPE_NOT_HELD")
    assert await radio.services.db.fetch_value("SELECT count(*) FROM api_keys") == 0


async def test_a_key_for_staff_makes_nobody_more_than_itself(radio):
    """`staff:manage` alone is no administrator: it makes none, and changes none."""
    admin, program = await radio.http("admin"), await radio.http()
    key = await _key(admin, "staff:manage")
    program.headers["Authorization"] = f"Bearer {key['key']}"
    new = {"email": "baru@test.id", "name": "Orang Baru", "password": "kata-sandi-baru-77", "role": "admin"}
    made = await program.post("/staff", json=new)
    assert (made.status_code, made.json()["error"]["code"]) == (403, "PERMISSION_NOT_HELD")
    raised = await program.patch("/staff/2", json={"role": "admin"})
    assert (raised.status_code, raised.json()["error"]["code"]) == (403, "FORBIDDEN")
    # Its owner is no exception: a key is less than who made it.
    second = {**new, "email": "kedua@test.id"}
    assert (await admin.post("/staff", json=second)).status_code == 201
    for change in ({"name": "Diganti Kunci"}, {"is_active": False}):
        own = await program.patch(f"/staff/{radio.staff['admin']}", json=change)
        assert (own.status_code, own.json()["error"]["code"]) == (403, "FORBIDDEN")
    rows = await radio.services.db.fetch("SELECT name, role, is_active FROM accounts ORDER BY id")
    assert [row["role"] for row in rows] == ["admin", "editor", "penyiar", "admin"]
    assert (rows[0]["name"], rows[0]["is_active"]) == ("Maria Admin", True)
