"""What is deleted leaves its table, frees its key, and comes back through the trash only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from colonnade.kernel.testing import until_waiting
from colonnade.kernel.trash import purge_trash

ARTICLE = {"title": "Renungan Pagi", "content": "<p>Shalom sahabat.</p>", "status": "published"}
# Kind, collection, what is made, and the field by which it is addressed.
KINDS = [
    ("articles", "/articles", ARTICLE, "slug"),
    ("categories", "/categories", {"name": "Kesaksian", "description": "Cerita"}, "id"),
    (
        "pages",
        "/pages",
        {"title": "Kontak", "content": "<p>Alamat kami.</p>", "description": "Alamat"},
        "slug",
    ),
    ("announcements", "/announcements", {"title": "Tutup", "body": "Studio tutup.", "pinned": True}, "id"),
    ("programs", "/programs", {"name": "Kopi Pagi", "type": "talkshow"}, "slug"),
    ("presenters", "/programs/presenters", {"name": "Kak Debora", "bio": "Penyiar"}, "id"),
]
KEYED = [kind for kind in KINDS if kind[0] not in ("announcements", "presenters")]
CHANGES = {"version", "updated_at"}


def ids(kind):
    return kind[0]


async def _made(client, path, body, key):
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    thing = answer.json()["data"]
    return thing, f"{path}/{thing[key]}"


async def _trash(client, query=""):
    answer = await client.get(f"/trash{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def _count(radio, table):
    return await radio.services.db.fetch_value(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("kind", KINDS, ids=ids)
async def test_deleted_seen_by_nobody_and_restored(radio, kind):
    name, path, body, key = kind
    admin, editor, visitor = await radio.http("admin"), await radio.http("editor"), await radio.http()
    made, address = await _made(editor, path, body, key)
    shown = (await visitor.get(address)).json()["data"]
    assert (await visitor.get(path)).json()["data"] != []
    assert (await admin.delete(address)).status_code == 204
    for client in (visitor, editor):
        assert (await client.get(address)).status_code == 404
        assert (await client.get(path)).json()["data"] == []
    assert (await editor.put(address, json={})).status_code == 404
    assert (await admin.delete(address)).status_code == 404
    (entry,) = await _trash(admin)
    title = made.get("title") or made["name"]
    assert (entry["kind"], entry["id"], entry["title"]) == (name, made["id"], title)
    assert entry["key"] == made.get("slug")
    assert entry["deletedBy"] == radio.staff["admin"]
    days = datetime.fromisoformat(entry["purgedAt"]) - datetime.fromisoformat(entry["deletedAt"])
    assert days == timedelta(days=30)
    one = (await admin.get(f"/trash/{name}/{made['id']}")).json()["data"]
    assert {field: value for field, value in one.items() if field != "item"} == entry
    assert (one["item"]["id"], one["item"]["version"]) == (made["id"], made["version"] + 1)
    for client, status in ((visitor, 401), (editor, 403)):
        assert (await client.get("/trash")).status_code == status
        assert (await client.get(f"/trash/{name}/{made['id']}")).status_code == status
        assert (await client.post(f"/trash/{name}/{made['id']}/restore")).status_code == status
        assert (await client.delete(f"/trash/{name}/{made['id']}")).status_code == status
    assert await _trash(admin) == [entry]
    back = await admin.post(f"/trash/{name}/{made['id']}/restore")
    assert (back.status_code, back.json()) == (200, {"success": True, "message": "Restored", "data": entry})
    again = (await visitor.get(address)).json()["data"]
    assert {field for field in shown if again[field] != shown[field]} <= CHANGES
    assert again["version"] == made["version"] + 2
    (listed,) = (await visitor.get(path)).json()["data"]
    assert {field: again[field] for field in listed} == listed
    assert await _trash(admin) == []
    assert (await admin.post(f"/trash/{name}/{made['id']}/restore")).status_code == 404
    stale = await editor.put(
        address, json={"title": "Judul lain", "name": "Nama lain"}, headers={"If-Match": "1"}
    )
    assert stale.status_code == 412


@pytest.mark.parametrize("kind", KEYED, ids=ids)
async def test_a_freed_key_is_taken_and_the_holder_is_named(radio, kind):
    name, path, body, key = kind
    admin, visitor = await radio.http("admin"), await radio.http()
    made, address = await _made(admin, path, body, key)
    await admin.delete(address)
    other, taken = await _made(admin, path, body | {"slug": made["slug"]}, key)
    assert other["slug"] == made["slug"]
    refused = await admin.post(f"/trash/{name}/{made['id']}/restore")
    error = refused.json()["error"]
    title = other.get("title") or other["name"]
    assert (refused.status_code, error["code"]) == (409, "KEY_TAKEN")
    assert error["message"] == f"“{title}” ({other['id']}) has its place by now: change or delete that first."
    assert error["details"] == {"key": made["slug"], "holder": {"id": other["id"], "title": title}}
    assert [entry["id"] for entry in await _trash(admin)] == [made["id"]]
    assert (await visitor.get(taken)).json()["data"] == other
    assert (await admin.delete(taken)).status_code == 204
    assert [entry["id"] for entry in await _trash(admin, f"?kind={name}")] == [other["id"], made["id"]]
    assert (await admin.post(f"/trash/{name}/{made['id']}/restore")).status_code == 200
    assert (await admin.post(f"/trash/{name}/{other['id']}/restore")).status_code == 409
    assert [entry["id"] for entry in await _trash(admin)] == [other["id"]]


async def test_former_addresses_go_along_and_come_back_where_they_are_free(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    await admin.post("/articles", json=ARTICLE | {"slug": "satu"})
    for old, new in (("satu", "dua"), ("dua", "tiga")):
        await admin.put(f"/articles/{old}", json={"slug": new})
    assert (await visitor.get("/articles/satu")).headers["location"] == "/articles/tiga"
    await admin.delete("/articles/tiga")
    assert [(await visitor.get(f"/articles/{slug}")).status_code for slug in ("satu", "dua", "tiga")] == [
        404
    ] * 3
    assert await _count(radio, "article_old_slugs") == 0
    await admin.post("/articles", json=ARTICLE | {"slug": "lain"})
    await admin.put("/articles/lain", json={"slug": "satu"})
    await admin.put("/articles/satu", json={"slug": "empat"})
    assert (await admin.post("/trash/articles/1/restore")).status_code == 200
    assert (await visitor.get("/articles/satu")).headers["location"] == "/articles/empat"
    assert (await visitor.get("/articles/dua")).headers["location"] == "/articles/tiga"
    assert (await visitor.get("/articles/tiga")).json()["data"]["id"] == 1


async def test_articles_and_programmes_are_linked_again(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    for name in ("Kesaksian", "Berita"):
        await admin.post("/categories", json={"name": name})
    for slug in ("satu", "dua"):
        await admin.post("/articles", json=ARTICLE | {"slug": slug, "category_id": 1})
    await admin.delete("/categories/1")
    assert (await visitor.get("/articles/satu")).json()["data"]["category"] is None
    await admin.put("/articles/dua", json={"category_id": 2})
    assert (await admin.post("/trash/categories/1/restore")).status_code == 200
    shown = [
        (await visitor.get(f"/articles/{slug}")).json()["data"]["category_id"] for slug in ("satu", "dua")
    ]
    assert shown == [1, 2]
    await admin.delete("/articles/satu")
    await admin.delete("/categories/1")
    assert (await admin.post("/trash/articles/1/restore")).status_code == 200
    assert (await visitor.get("/articles/satu")).json()["data"]["category"] is None
    for name in ("Debora", "Yosua"):
        await admin.post("/programs/presenters", json={"name": name})
    await admin.post("/programs", json={"name": "Kopi", "type": "music", "presenter_ids": [2, 1]})
    await admin.delete("/programs/presenters/2")
    assert [one["id"] for one in (await visitor.get("/programs/kopi")).json()["data"]["presenters"]] == [1]
    await admin.post("/trash/presenters/2/restore")
    assert [one["id"] for one in (await visitor.get("/programs/kopi")).json()["data"]["presenters"]] == [2, 1]
    await admin.delete("/programs/kopi")
    await admin.delete("/programs/presenters/1")
    assert (await admin.post("/trash/programs/1/restore")).status_code == 200
    assert [one["id"] for one in (await visitor.get("/programs/kopi")).json()["data"]["presenters"]] == [2]


BOTH = [("articles", "categories"), ("programs", "presenters")]
ORDERS = [(deleted, restored) for deleted in (0, 1) for restored in (0, 1)]


@pytest.mark.parametrize("pair", BOTH, ids=lambda pair: pair[0])
@pytest.mark.parametrize(("first_deleted", "first_restored"), ORDERS)
async def test_links_come_back_whatever_the_order(radio, pair, first_deleted, first_restored):
    admin, visitor = await radio.http("admin"), await radio.http()
    await _linked(admin)
    where = {
        "articles": "/articles/satu",
        "categories": "/categories/1",
        "programs": "/programs/kopi",
        "presenters": "/programs/presenters/1",
    }

    async def delete(kind):
        assert (await admin.delete(where[kind])).status_code == 204

    async def restore(kind):
        assert (await admin.post(f"/trash/{kind}/1/restore")).status_code == 200

    async def linked():
        article, program = [
            (await visitor.get(where[one])).json()["data"] for one in ("articles", "programs")
        ]
        return article["category_id"], [one["id"] for one in program["presenters"]]

    for _ in range(2):
        await delete(pair[first_deleted])
        await delete(pair[1 - first_deleted])
        await restore(pair[first_restored])
        await delete(pair[first_restored])
        await restore(pair[1 - first_restored])
        await restore(pair[first_restored])
        assert await linked() == (1, [2, 1])
    # Both at once.
    await delete(pair[first_deleted])
    await delete(pair[1 - first_deleted])
    await asyncio.gather(*(restore(kind) for kind in pair))
    assert await linked() == (1, [2, 1])
    # Until one of them is purged.
    await delete(pair[first_deleted])
    await delete(pair[1 - first_deleted])
    await restore(pair[0])
    assert (await admin.delete(f"/trash/{pair[1]}/1")).status_code == 204
    assert await linked() == {"articles": (None, [2, 1]), "programs": (1, [2])}[pair[0]]


async def _linked(admin):
    await admin.post("/categories", json={"name": "Kesaksian"})
    await admin.post("/articles", json=ARTICLE | {"slug": "satu", "category_id": 1})
    for name in ("Debora", "Yosua"):
        await admin.post("/programs/presenters", json={"name": name})
    await admin.post("/programs", json={"name": "Kopi", "type": "music", "presenter_ids": [2, 1]})


async def test_every_link_that_a_deletion_cuts_is_kept_in_the_trash(radio):
    rows = await radio.services.db.fetch(
        """
        SELECT k.conrelid::regclass::text AS "table", a.attname AS "column", k.confrelid::regclass::text AS target,
            k.confdeltype::text AS rule
        FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n')
        """
    )
    kinds = {kind.table: kind for kind in radio.services.trash.values()}
    cut = {
        (row["target"], row["table"], row["column"], row["rule"]) for row in rows if row["target"] in kinds
    }
    kept = {
        (kind.table, table, column, rule)
        for kind in kinds.values()
        for rule, tables in (("c", kind.along), ("n", kind.links))
        for table, column in tables.items()
    }
    assert kept <= cut
    # Requests go to another presenter at once, and stay there.
    assert {link for link in cut - kept if link[1] != "onair_requests"} == set()


async def test_who_was_put_elsewhere_meanwhile_stays_there(radio):
    admin, visitor = await radio.http("admin"), await radio.http()
    await _linked(admin)
    await admin.post("/categories", json={"name": "Berita"})
    await admin.delete("/categories/1")
    await admin.put("/articles/satu", json={"category_id": 2})
    await admin.delete("/articles/satu")
    for kind in ("categories", "articles"):
        assert (await admin.post(f"/trash/{kind}/1/restore")).status_code == 200
    assert (await visitor.get("/articles/satu")).json()["data"]["category_id"] == 2
    await admin.delete("/articles/satu")
    await admin.delete("/categories/2")
    assert (await admin.post("/trash/articles/1/restore")).status_code == 200
    await admin.put("/articles/satu", json={"category_id": 1})
    assert (await admin.post("/trash/categories/2/restore")).status_code == 200
    assert (await visitor.get("/articles/satu")).json()["data"]["category_id"] == 1


async def test_what_is_being_deleted_meanwhile_is_not_referred_to(radio):
    admin, db = await radio.http("admin"), radio.services.db
    await admin.post("/categories", json={"name": "Kesaksian"})
    await admin.post("/articles", json=ARTICLE | {"category_id": 1})
    assert (await admin.delete("/articles/renungan-pagi")).status_code == 204
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM categories")
        restoring = asyncio.create_task(admin.post("/trash/articles/1/restore"))
        await until_waiting(db, restoring)
    assert (await restoring).status_code == 200
    assert (await admin.get("/articles/renungan-pagi")).json()["data"]["category"] is None


async def test_what_is_in_the_plan_stays(radio):
    admin = await radio.http("admin")
    await admin.post("/programs", json={"name": "Kopi", "type": "music"})
    slot = {"program_id": 1, "weekday": 1, "start_time": "06:00", "end_time": "07:00"}
    await admin.post("/programs/slots", json=slot)
    refused = await admin.delete("/programs/kopi")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "PROGRAM_IN_USE")
    assert (await _trash(admin), await _count(radio, "programs")) == ([], 1)


async def test_searches_and_the_homepage_do_not_find_it(radio):
    admin, editor, visitor = await radio.http("admin"), await radio.http("editor"), await radio.http()
    await admin.post("/articles", json=ARTICLE)
    await admin.post("/announcements", json={"title": "Tutup", "body": "Studio tutup."})

    async def seen():
        home = (await visitor.get("/homepage")).json()["data"]
        counts = [
            (await client.get(f"/articles?{query}")).json()["pagination"]["total"]
            for client in (visitor, editor, admin)
            for query in ("", "search=shalom", "author=1")
        ]
        return len(home["articles"]), len(home["announcements"]), set(counts)

    assert await seen() == (1, 1, {1})
    await admin.delete("/articles/renungan-pagi")
    await admin.delete("/announcements/1")
    assert await seen() == (0, 0, {0})
    archived = await admin.get("/articles?status=archived&search=RENUNGAN&author=1")
    assert archived.json()["pagination"]["total"] == 1
    assert (await admin.get("/articles?status=archived&search=lain")).json()["pagination"]["total"] == 0
    beyond = (await admin.get("/articles?status=archived&page=9")).json()
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 1)
    for kind in ("articles", "announcements"):
        await admin.post(f"/trash/{kind}/1/restore")
    assert await seen() == (1, 1, {1})


async def test_a_column_that_came_or_went_meanwhile(radio):
    admin, db = await radio.http("admin"), radio.services.db
    made, address = await _made(
        admin, "/announcements", {"title": "Tutup", "body": "Studio tutup.", "pinned": True}, "id"
    )
    await admin.delete(address)
    await db.execute("""UPDATE trash SET item = item - 'pinned' || '{"gone": 1}'""")
    assert (await admin.post(f"/trash/announcements/{made['id']}/restore")).status_code == 200
    shown = (await admin.get(address)).json()["data"]
    assert (shown["title"], shown["pinned"]) == ("Tutup", False)


async def test_who_has_left_is_not_named_again(radio):
    admin = await radio.http("admin")
    other = await radio.http(await radio.add_account("dua@test.id", "Admin Dua", "admin"))
    await admin.post("/pages", json={"title": "Kontak", "content": "<p>Alamat.</p>"})
    await admin.post("/articles", json=ARTICLE)
    for path in ("/pages/kontak", "/articles/renungan-pagi"):
        assert (await admin.delete(path)).status_code == 204
    assert (await admin.post("/account/deletion", json={"password": radio.password})).status_code == 200
    assert [entry["deletedBy"] for entry in await _trash(other)] == [None, None]
    for kind in ("pages", "articles"):
        assert (await other.post(f"/trash/{kind}/1/restore")).status_code == 200
    assert await radio.services.db.fetch_value("SELECT updated_by FROM pages") is None
    shown = (await other.get("/articles/renungan-pagi")).json()["data"]
    assert shown["author"] == {"id": radio.staff["admin"], "name": "Deleted account"}


async def test_purged_before_its_time(radio):
    admin = await radio.http("admin")
    await admin.post("/pages", json={"title": "Kontak", "content": "<p>Alamat.</p>"})
    await admin.delete("/pages/kontak")
    assert (await admin.delete("/trash/pages/1")).status_code == 204
    assert (await admin.delete("/trash/pages/1")).status_code == 404
    assert (await admin.post("/trash/pages/1/restore")).status_code == 404
    assert (await _trash(admin), await _count(radio, "pages")) == ([], 0)
    logged = (await admin.get("/audit")).json()["data"]
    assert (logged[0]["action"], logged[0]["target"]) == ("trash.purged", {"kind": "pages", "id": "1"})


async def test_purged_after_its_days(radio):
    admin, db = await radio.http("admin"), radio.services.db
    for title in ("Lama sekali", "Kemarin dulu"):
        await admin.post("/pages", json={"title": title, "content": "<p>Isi.</p>"})
    for slug in ("lama-sekali", "kemarin-dulu"):
        await admin.delete(f"/pages/{slug}")
    await db.execute("UPDATE trash SET deleted_at = now() - interval '30 days 1 minute' WHERE item_id = 1")
    await db.execute("UPDATE trash SET deleted_at = now() - interval '29 days 23 hours' WHERE item_id = 2")
    await purge_trash(radio.services)
    assert [entry["title"] for entry in await _trash(admin)] == ["Kemarin dulu"]


async def test_no_such_kind_and_no_such_thing(radio):
    admin = await radio.http("admin")
    for path in ("/trash/staff/1", "/trash/pages/1", "/trash/pages/99999999999"):
        assert (await admin.get(path)).status_code == 404
        assert (await admin.post(f"{path}/restore")).status_code == 404
        assert (await admin.delete(path)).status_code == 404
    wrong = await admin.get("/trash?kind=staff")
    assert (wrong.status_code, set(wrong.json()["error"]["details"])) == (422, {"kind"})


@pytest.mark.parametrize("kind", KEYED, ids=ids)
async def test_of_a_restoration_and_new_ones_at_once_one_has_the_key(radio, kind):
    name, path, body, key = kind
    admin = await radio.http("admin")
    made, address = await _made(admin, path, body, key)
    await admin.delete(address)
    wanted = body | {"slug": made["slug"]}
    answers = await asyncio.gather(
        admin.post(f"/trash/{name}/{made['id']}/restore"),
        *(admin.post(path, json=wanted) for _ in range(4)),
        admin.post(f"/trash/{name}/{made['id']}/restore"),
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert len([status for status in statuses if status in (200, 201)]) == 1, statuses
    assert set(statuses) <= {200, 201, 404, 409}
    restored = 200 in statuses
    assert len(await _trash(admin)) == (0 if restored else 1)
    assert await _count(radio, name) == 1


async def test_of_a_restoration_and_renamings_at_once_one_has_the_address(radio):
    admin = await radio.http("admin")
    for slug in ("satu", "dua", "tiga"):
        await admin.post("/articles", json=ARTICLE | {"slug": slug})
    await admin.delete("/articles/satu")
    answers = await asyncio.gather(
        admin.put("/articles/dua", json={"slug": "satu"}),
        admin.post("/trash/articles/1/restore"),
        admin.put("/articles/tiga", json={"slug": "satu"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    slugs = {row["id"]: row["slug"] for row in await radio.services.db.fetch("SELECT id, slug FROM articles")}
    assert sorted(slugs.values()).count("satu") == 1
    assert len(await _trash(admin)) == (0 if answers[1].status_code == 200 else 1)
    moved = await radio.services.db.fetch("SELECT slug, article_id FROM article_old_slugs")
    renamed = [(old, number) for old, number in (("dua", 2), ("tiga", 3)) if slugs[number] == "satu"]
    assert [tuple(row) for row in moved] == renamed


@pytest.mark.parametrize("kind", KINDS, ids=ids)
async def test_of_updates_and_deletions_at_once_each_is_whole(radio, kind):
    name, path, body, key = kind
    admin = await radio.http("admin")
    made, address = await _made(admin, path, body, key)
    field = "title" if "title" in body else "name"
    answers = await asyncio.gather(
        *(admin.put(address, json={field: f"Nama {number}"}) for number in range(4)),
        *(admin.delete(address) for _ in range(3)),
        *(admin.put(address, json={field: f"Nama {number}"}) for number in range(4, 8)),
    )
    updated = [answer for answer in answers[:4] + answers[7:] if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers[4:7]) == [204, 404, 404]
    assert {answer.status_code for answer in answers[:4] + answers[7:]} <= {200, 404, 409}
    assert len(await _trash(admin)) == 1
    one = (await admin.get(f"/trash/{name}/{made['id']}")).json()["data"]["item"]
    versions = [answer.json()["data"]["version"] for answer in updated]
    assert sorted(versions) == list(range(2, 2 + len(updated)))
    assert one["version"] == 2 + len(updated)
    assert await _count(radio, name) == 0


async def _overtake(radio, **moments):
    """Move the deletion of what is in the trash two hours back, and its moments to so many hours from now."""
    for name, hours in moments.items():
        moment = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        await radio.services.db.execute(
            "UPDATE trash SET deleted_at = now() - interval '2 hours', "
            "item = jsonb_set(item, ARRAY[$1::text], to_jsonb($2::text))",
            *(name, moment),
        )


@pytest.mark.parametrize(("hours", "status"), [(-3, "published"), (-1, "draft"), (1, "scheduled")])
async def test_an_article_does_not_appear_by_being_restored(radio, hours, status):
    admin, visitor = await radio.http("admin"), await radio.http()
    planned = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made, address = await _made(admin, "/articles", {**ARTICLE, "published_at": planned}, "slug")
    assert made["status"] == "scheduled"
    assert (await admin.delete(address)).status_code == 204
    await _overtake(radio, published_at=hours)
    restored = await admin.post(f"/trash/articles/{made['id']}/restore")
    assert restored.status_code == 200
    shown = (await admin.get(address)).json()["data"]
    assert shown["status"] == status
    assert (await visitor.get(address)).status_code == (200 if status == "published" else 404)
    if status != "draft":
        assert "warnings" not in restored.json()
        return
    (said,) = restored.json()["warnings"]
    assert said.startswith("It was to appear at ")
    assert said.endswith(", while it was deleted, and is a draft now: publish it anew")
    assert shown["published_at"] is None
    before = datetime.now(UTC)
    published = (await admin.put(address, json={"status": "published"})).json()["data"]
    assert datetime.fromisoformat(published["published_at"]) >= before - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("starts", "ends", "said"), [(-3, 1, False), (-1, 1, True), (-1.5, -1, False), (1, 2, False)]
)
async def test_an_announcement_that_began_meanwhile_is_told(radio, starts, ends, said):
    admin = await radio.http("admin")
    made, _ = await _made(admin, "/announcements", {"title": "Tutup", "body": "Studio tutup."}, "id")
    assert (await admin.delete(f"/announcements/{made['id']}")).status_code == 204
    await _overtake(radio, starts_at=starts, ends_at=ends)
    restored = (await admin.post(f"/trash/announcements/{made['id']}/restore")).json()
    told = ["It was to begin while it was deleted: it is shown from now on"] if said else None
    assert restored.get("warnings") == told
