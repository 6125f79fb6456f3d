"""Exporting one's data and leaving the station: staff see what they did, and it stays without their name."""

from __future__ import annotations

import asyncio

import pytest
from tests.products.radio.test_gallery import uploaded

PARTS = {
    ("articles", "author_id"): "articles",
    ("gallery", "uploaded_by"): "pictures",
    ("pages", "updated_by"): "pages",
    ("announcements", "created_by"): "announcements",
    ("chat_messages", "account_id"): "chat_messages",
    ("chat_messages", "moderated_by"): "chat_decisions",
    ("chat_sessions", "blocked_by"): "chat_blocks",
    ("chat_settings", "updated_by"): "chat_settings",
    ("desk_claims", "account_id"): "desk_claims",
    ("membership_registrations", "updated_by"): "registrations_handled",
    ("prayer_requests", "prayed_by"): "prayers_marked",
    ("prayer_requests", "archived_by"): "prayers_marked",
    ("prayer_reads", "account_id"): "prayers_read",
    ("song_requests", "decided_by"): "songs_decided",
    ("testimonials", "reviewed_by"): "testimonials_reviewed",
    ("trash", "deleted_by"): "deleted",
    ("trash", "owner_id"): "deleted",
}
"""The part of an export that shows a column in which the station's tables name an account."""


async def _done(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"] if answer.content else None


async def _work_a_day(radio, http):
    """Create with `http` (an administrator) one of everything that refers to an account."""
    guest = await radio.http()
    article = {"title": "Kabar", "content": "<p>Isi.</p>", "status": "published"}
    await _done(await http.post("/articles", json=article), 201)
    await uploaded(http)
    await _done(await http.post("/pages", json={"title": "Tentang", "content": "<p>Shalom</p>"}), 201)
    await _done(await http.post("/announcements", json={"title": "Malam Doa", "body": "Pukul 19."}), 201)
    await _done(await http.post("/pages", json={"title": "Salah", "content": "<p>Salah</p>"}), 201)
    await _done(await http.delete("/pages/salah"), 204)
    await _done(await http.put("/livechat/settings", json={"slow_mode_seconds": 1}))
    await _done(await http.post("/livechat/messages", json={"message": "Selamat malam"}), 201)
    await _done(await http.post("/livechat/messages/1/moderate", json={"action": "hide"}))
    session = await _done(await guest.post("/livechat/session", json={"name": "Budi"}), 201)
    block = {"minutes": 5, "reason": "Iklan"}
    await _done(await http.post(f"/livechat/sessions/{session['session_id']}/block", json=block))
    prayer = await _done(await guest.post("/services/prayer", json={"content": "Doakan saya."}), 201)
    await _done(await http.get(f"/services/prayer/{prayer['id']}"))
    for status in ("prayed", "archived"):
        await _done(await http.patch(f"/services/prayer/{prayer['id']}", json={"status": status}))
    song = {"song_title": "Seperti Rusa", "requester_name": "Ibu Lestari"}
    asked = await _done(await guest.post("/services/song_request", json=song), 201)
    await _done(await http.post(f"/moderation/queue/song/{asked['id']}/claim"))
    await _done(await http.post(f"/services/song_request/{asked['id']}/approve"))
    told = {"name": "Ibu Lestari", "content": "Siaran doa malam menguatkan kami."}
    await _done(await guest.post("/testimonials", json=told), 201)
    await _done(await http.post("/testimonials/1/review", json={"action": "approve"}))
    await radio.services.db.execute(
        "INSERT INTO membership_tiers (code, position, name, description, benefits) "
        "VALUES ('sahabat', 1, 'Sahabat', 'Teman', '{}') ON CONFLICT DO NOTHING"
    )
    ruth = {"contact_person": "Ruth Siregar", "email": "ruth@gereja.id", "phone": "+62 812-5550-1101"}
    await _done(await guest.post("/membership/register", json={**ruth, "partnership_type": "sahabat"}), 201)
    await _done(await http.patch("/membership/registrations/1", json={"status": "contacted"}))


async def _export(radio, http):
    await _done(await http.post("/account/exports"), 201)
    await radio.work()
    (listed,) = await _done(await http.get("/account/exports"))
    url = (await _done(await http.get(f"/account/exports/{listed['id']}")))["url"]
    return (await (await radio.http()).get(url)).json()["data"]


async def _another_admin(radio):
    return await radio.http(await radio.add_account("kedua@test.id", "Admin Kedua", "admin"))


async def test_every_column_that_names_an_account_is_in_the_export(radio):
    """A table that is added must say what an export shows of it."""
    named = await radio.services.db.fetch(
        """
        SELECT k.conrelid::regclass::text AS table, a.attname AS column
        FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
        WHERE k.contype = 'f' AND k.confrelid = 'accounts'::regclass
        UNION SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE attname = 'account_id' AND c.relkind = 'r'
        """
    )
    kernels = {
        "accounts",
        "account_",
        "api_keys",
        "idempotency_keys",
        "identity_codes",
        "password_history",
        "personal_exports",
        "audit",
    }
    own = {tuple(row) for row in named if not any(row["table"].startswith(one) for one in kernels)}
    assert own == set(PARTS)


async def test_an_export_shows_what_one_did(radio):
    admin = await radio.http("admin")
    await _work_a_day(radio, admin)
    data = await _export(radio, admin)
    assert (data["account"]["email"], data["role"]) == (
        "admin@test.id",
        [{"name": "admin", "title": "Admin"}],
    )
    assert {part: len(data[part]) for part in set(PARTS.values())} == dict.fromkeys(set(PARTS.values()), 1)
    assert data["articles"][0]["content"] == "<p>Isi.</p>"
    assert data["chat_decisions"][0]["status"] == "hidden"
    assert data["prayers_marked"][0].keys() == {"id", "prayed_at", "archived_at"}
    assert None not in data["prayers_marked"][0].values()
    # Nothing of what others wrote or are called.
    for theirs in ("Doakan", "Ruth", "ruth@", "Lestari", "menguatkan", "Budi"):
        assert theirs not in str(data)
    other = await _export(radio, await radio.http("editor"))
    assert all(other[part] == [] for part in set(PARTS.values()))


async def test_who_leaves_is_named_nowhere_and_the_work_stays(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    await _another_admin(radio)
    await _work_a_day(radio, admin)
    shown = (await visitor.get("/articles/kabar")).json()["data"]
    assert shown["author"]["name"] == "Maria Admin"
    wrong = await admin.post("/account/deletion", json={"password": "not-this-one"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "WRONG_PASSWORD")
    left = await admin.post("/account/deletion", json={"password": radio.password})
    assert left.status_code == 200
    assert (await admin.get("/auth/me")).status_code == 401
    # The cached answer does not outlive the name.
    shown = (await visitor.get("/articles/kabar")).json()["data"]
    assert (shown["title"], shown["author"]["name"]) == ("Kabar", "Deleted account")
    row = await radio.services.db.fetch_row("SELECT email, name, is_active FROM accounts WHERE id = 1")
    assert row["email"].endswith("@deleted.invalid")
    assert (row["name"], row["is_active"]) == ("Deleted account", False)
    for (table, column), part in PARTS.items():
        if part not in ("articles", "pictures", "prayers_read"):
            left = await radio.services.db.fetch_value(f"SELECT count(*) FROM {table} WHERE {column} = 1")
            assert (table, column, left) == (table, column, 0)
    assert await radio.services.db.fetch_value("SELECT array_agg(DISTINCT address) FROM prayer_reads") == [""]
    login = {"email": "admin@test.id", "password": radio.password}
    assert (await visitor.post("/auth/login", json=login)).status_code == 401


async def test_the_last_administrator_stays(radio):
    admin = await radio.http("admin")
    refused = await admin.post("/account/deletion", json={"password": radio.password})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "LAST_ADMIN")
    assert (await admin.get("/auth/me")).status_code == 200
    editor = await radio.http("editor")
    assert (await editor.post("/account/deletion", json={"password": radio.password})).status_code == 200


async def test_of_two_who_leave_at_once_one_stays(radio):
    clients = [await radio.http("admin"), await _another_admin(radio)]
    answers = await asyncio.gather(
        *(client.post("/account/deletion", json={"password": radio.password}) for client in clients)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    active = "SELECT count(*) FROM accounts WHERE role = 'admin' AND is_active"
    assert await radio.services.db.fetch_value(active) == 1


@pytest.mark.parametrize("path", ["/account/exports", "/account/deletion"])
async def test_a_key_does_neither(radio, path):
    editor, program = await radio.http("editor"), await radio.http()
    key = (await editor.post("/auth/keys", json={"name": "All", "scopes": ["articles:create"]})).json()[
        "data"
    ]
    program.headers["Authorization"] = f"Bearer {key['key']}"
    answer = await program.post(path, json={"password": radio.password})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SESSION_REQUIRED")
