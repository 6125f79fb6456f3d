"""Articles through HTTP: writing, reading, editing, archiving."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from colonnade.kernel.testing import count_statements

CONTENT = "<p>Shalom sahabat pendengar.</p>"
DRAFT = {"title": "Renungan Pagi", "content": CONTENT}
FIELDS = {
    "id", "title", "slug", "content", "excerpt", "status", "author_id", "category_id", "featured_image", "published_at",
    "version", "created_at", "updated_at", "author", "category", "enclosure",
}  # fmt: skip


async def _write(client, **values):
    answer = await client.post("/articles", json={**DRAFT, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def _slugs(client, query=""):
    answer = await client.get(f"/articles{query}")
    assert answer.status_code == 200, answer.text
    return [article["slug"] for article in answer.json()["data"]]


async def _rows(radio):
    return await radio.services.db.fetch("SELECT * FROM articles ORDER BY id")


async def test_a_new_article(radio):
    editor = await radio.http("editor")
    answer = await editor.post(
        "/articles",
        json={**DRAFT, "status": "published", "excerpt": "Pendek.", "featured_image": "https://cdn.id/a.jpg"},
    )
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"success", "data", "message"}
    assert (body["success"], body["message"]) == (True, "Article created")
    article = body["data"]
    assert set(article) == FIELDS
    assert article["published_at"] == article["created_at"] == article["updated_at"]
    assert answer.headers["etag"].startswith('"v1-')
    expected = {
        "title": "Renungan Pagi", "slug": "renungan-pagi", "content": CONTENT, "excerpt": "Pendek.",
        "status": "published", "author_id": radio.staff["editor"], "category_id": None, "version": 1,
        "featured_image": "https://cdn.id/a.jpg",
        "author": {"id": radio.staff["editor"], "name": "Rina Editor"}, "category": None,
    }  # fmt: skip
    assert {name: article[name] for name in expected} == expected
    visitor = await radio.http()
    assert (await visitor.get("/articles/renungan-pagi")).json() == {"success": True, "data": article}


async def test_a_draft_is_seen_by_editors_only(radio):
    editor, visitor, penyiar = await radio.http("editor"), await radio.http(), await radio.http("penyiar")
    article = await _write(editor)
    assert (article["slug"], article["status"], article["published_at"]) == ("renungan-pagi", "draft", None)
    for client in (visitor, penyiar):
        assert (await client.get("/articles/renungan-pagi")).status_code == 404
        for query in (
            "",
            "?status=draft",
            "?status=archived",
            "?status=scheduled",
            "?search=Shalom",
            "?author=2",
        ):
            answer = (await client.get(f"/articles{query}")).json()
            assert (answer["data"], answer["pagination"]["total"]) == ([], 0)
    assert (await editor.get("/articles/renungan-pagi")).status_code == 200
    assert (await editor.get("/articles")).json()["pagination"]["total"] == 1


async def test_visitors_see_what_is_published_whatever_they_ask_for(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for title, status in (("Satu draft", "draft"), ("Dua terbit", "published")):
        await _write(editor, title=title, status=status)
    for status in ("draft", "scheduled", "published", "archived"):
        assert await _slugs(visitor, f"?status={status}") == ["dua-terbit"]
    assert await _slugs(editor, "?status=draft") == ["satu-draft"]
    assert await _slugs(editor, "?status=published") == ["dua-terbit"]
    assert await _slugs(editor) == ["dua-terbit", "satu-draft"]


async def test_a_publication_is_seen_by_the_next_request(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    assert await _slugs(visitor) == []
    assert (await visitor.get("/articles/renungan-pagi")).status_code == 404
    await _write(editor)
    assert await _slugs(visitor) == []
    assert (await editor.put("/articles/renungan-pagi", json={"status": "published"})).status_code == 200
    assert await _slugs(visitor) == ["renungan-pagi"]
    assert (await visitor.get("/articles")).json()["pagination"]["total"] == 1
    shown = await visitor.get("/articles/renungan-pagi")
    assert shown.json()["data"]["title"] == "Renungan Pagi"
    await editor.put("/articles/renungan-pagi", json={"title": "Renungan Malam"})
    assert (await visitor.get("/articles/renungan-pagi")).json()["data"]["title"] == "Renungan Malam"
    assert (await visitor.get("/articles")).json()["data"][0]["title"] == "Renungan Malam"
    await editor.put("/articles/renungan-pagi", json={"status": "draft"})
    assert (await visitor.get("/articles/renungan-pagi")).status_code == 404
    assert (await visitor.get("/articles")).json()["pagination"]["total"] == 0


async def test_visitors_never_see_a_cached_answer_of_staff_and_vice_versa(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, title="Belum terbit")
    for _ in range(2):
        assert await _slugs(editor) == ["belum-terbit"]
        assert await _slugs(visitor) == []
        assert (await editor.get("/articles/belum-terbit")).status_code == 200
        assert (await visitor.get("/articles/belum-terbit")).status_code == 404


async def test_a_scheduled_article_appears_by_itself(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    moment = datetime.now(timezone(timedelta(hours=7))) + timedelta(seconds=1.2)
    article = await _write(
        editor,
        title="Nanti terbit",
        status="published",
        published_at=moment.isoformat(),
    )
    assert article["status"] == "scheduled"
    assert datetime.fromisoformat(article["published_at"]) == moment

    async def seen():
        listed = (await visitor.get("/articles")).json()
        detail = await visitor.get("/articles/nanti-terbit")
        found = (await visitor.get("/articles?search=nanti")).json()["pagination"]["total"]
        return len(listed["data"]), listed["pagination"]["total"], detail.status_code, found

    assert await seen() == (0, 0, 404, 0)
    assert await _slugs(editor, "?status=scheduled") == ["nanti-terbit"]
    assert await _slugs(editor, "?status=published") == []
    async with asyncio.timeout(5):
        while await seen() == (0, 0, 404, 0) and datetime.now(moment.tzinfo) < moment:
            await asyncio.sleep(0.02)
        while await radio.services.db.fetch_value("SELECT now() <= $1", moment):
            await asyncio.sleep(0.005)
    assert datetime.now(moment.tzinfo) >= moment
    assert await seen() == (1, 1, 200, 1)
    assert await _slugs(editor, "?status=scheduled") == []
    assert (await editor.get("/articles?status=scheduled")).json()["pagination"]["total"] == 0
    assert await _slugs(editor, "?status=published") == ["nanti-terbit"]


async def test_scheduling_and_unscheduling(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, status="published", published_at="2090-01-01T00:00:00+07:00")
    changed = (await editor.put("/articles/renungan-pagi", json={"title": "Judul lain"})).json()["data"]
    assert (changed["status"], changed["published_at"]) == ("scheduled", "2089-12-31T17:00:00Z")
    changed = (await editor.put("/articles/renungan-pagi", json={"published_at": None})).json()["data"]
    assert changed["status"] == "published"
    assert await _slugs(visitor) == ["renungan-pagi"]
    past = "2020-01-01T00:00:00Z"
    changed = (await editor.put("/articles/renungan-pagi", json={"published_at": past})).json()["data"]
    assert (changed["status"], changed["published_at"]) == ("published", past)
    for wrong in ("2020-01-01T00:00:00", "besok", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 5):
        answer = await editor.put("/articles/renungan-pagi", json={"published_at": wrong})
        assert answer.status_code == 422, wrong
        assert set(answer.json()["error"]["details"]) == {"published_at"}
    assert (await editor.get("/articles/renungan-pagi")).json()["data"]["published_at"] == past


@pytest.mark.parametrize(
    ("html", "stored"),
    [
        ('<p onclick="x()">Halo semua</p>', "<p>Halo semua</p>"),
        ("<p>Halo</p><script>alert(1)</script>", "<p>Halo</p>"),
        ('<img src="https://a.id/b.jpg" onerror="x()" alt="Foto">', '<img src="https://a.id/b.jpg" alt="Foto">'),
        ('<a href="javascript:alert(1)">klik di sini</a>', '<a rel="noopener noreferrer">klik di sini</a>'),
        ('<a href="JaVa&#10;Script:alert(1)">klik sini</a>', '<a rel="noopener noreferrer">klik sini</a>'),
        ('<a href="data:text/html,<script>1</script>">klik</a>', '<a rel="noopener noreferrer">klik</a>'),
        ('<p>Halo</p><iframe src="https://evil.id"></iframe>', "<p>Halo</p>"),
        ('<p>Halo</p><svg onload="x()"><script>1</script></svg>', "<p>Halo</p>"),
        ("<p>Halo</p><style>p{color:red}</style>", "<p>Halo</p>"),
        ('<p>Halo</p><object data="x"></object><embed src="x">', "<p>Halo</p>"),
        ('<p style="position:fixed" class="a" id="b">Halo</p>', "<p>Halo</p>"),
        ("<p>Halo<!-- rahasia --></p>", "<p>Halo</p>"),
        ('<form action="/x"><input name="a">Halo kawan</form>', "Halo kawan"),
        ("<h1>Judul</h1><h2>Anak</h2><ul><li>Satu</li></ul><ol start=\"3\"><li>Dua</li></ol>",
         "<h1>Judul</h1><h2>Anak</h2><ul><li>Satu</li></ul><ol start=\"3\"><li>Dua</li></ol>"),
        ('<blockquote>Yoh 3:16</blockquote><p><strong>b</strong> <em>i</em><br></p>',
         "<blockquote>Yoh 3:16</blockquote><p><strong>b</strong> <em>i</em><br></p>"),
        ('<p><a href="https://gereja.id" title="G">G</a> <a href="mailto:a@b.id">m</a></p>',
         '<p><a href="https://gereja.id" title="G" rel="noopener noreferrer">G</a> '
         '<a href="mailto:a@b.id" rel="noopener noreferrer">m</a></p>'),
        ("<table><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>",
         "<table><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>"),
        ("<p>tidak ditutup <b>tebal", "<p>tidak ditutup <b>tebal</b></p>"),
        ("O'Neil & Sons", "O'Neil &amp; Sons"),
        ("a < b dan c > d, <3 & \"kutip\"", "a &lt; b dan c &gt; d, &lt;3 &amp; \"kutip\""),
        ("baris satu\nbaris dua\n\n  tiga", "baris satu\nbaris dua\n\n  tiga"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)  # fmt: skip
async def test_html_is_made_safe(radio, html, stored):
    editor = await radio.http("editor")
    article = await _write(editor, content=html, title="O'Neil & Sons <b>")
    assert article["content"] == stored
    assert article["title"] == "O'Neil & Sons <b>"
    await _write(editor, title="Untuk diubah")
    changed = await editor.put("/articles/untuk-diubah", json={"content": html})
    assert changed.json()["data"]["content"] == stored


async def test_content_of_which_nothing_is_left_is_refused(radio):
    editor = await radio.http("editor")
    for content in ("<script>alert(1)</script>", "<iframe src='x'></iframe>   ", "<!-- " + "x" * 50 + " -->"):
        answer = await editor.post("/articles", json={**DRAFT, "content": content})
        assert answer.status_code == 422
        assert set(answer.json()["error"]["details"]) == {"content"}
    assert await _rows(radio) == []


async def test_excerpts(radio):
    editor = await radio.http("editor")
    article = await _write(editor, content="<h2>Kabar</h2><p>Tuhan &amp; kita.\n Amin.</p>")
    assert article["excerpt"] == "Kabar Tuhan &amp; kita. Amin."
    long = await _write(editor, content="<p>" + "kata " * 100 + "</p>", excerpt="")
    assert long["excerpt"] == ("kata " * 39).strip() + "…"
    assert len(long["excerpt"]) <= 200
    own = await _write(editor, excerpt="Punya saya")
    kept = (await editor.put(f"/articles/{own['slug']}", json={"content": "<p>Isi yang lain.</p>"})).json()[
        "data"
    ]
    assert kept["excerpt"] == "Punya saya"
    again = (await editor.put(f"/articles/{own['slug']}", json={"excerpt": None})).json()["data"]
    assert again["excerpt"] == "Isi yang lain."
    followed = await editor.put(f"/articles/{article['slug']}", json={"content": "<p>Sesuatu yang baru.</p>"})
    assert followed.json()["data"]["excerpt"] == "Sesuatu yang baru."


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Kasih   Tuhan!", "kasih-tuhan"),
        ("O'Neil & Sons", "oneil-sons"),
        ("Jum’at Agung", "jumat-agung"),
        ("Ğüzel Çiçek Ñandú", "guzel-cicek-nandu"),
        ("中文标题文章", "zhong-wen-biao-ti-wen-zhang"),
        ("Русский заголовок", "russkii-zagolovok"),
        ("العربية هنا", "l-rby-hn"),
        ("日本語タイトル", "ri-ben-yu-taitoru"),
        ("한국어 제목", "hangugeo-jemog"),
        ("🎉🎉🎉🎉🎉", "artikel"),
        ("-----", "artikel"),
        ("a/b?c=d#e%20", "a-b-c-d-e-20"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 500, "x" * 200),
    ],
)
async def test_slugs_of_any_script(radio, title, slug):
    editor, visitor = await radio.http("editor"), await radio.http()
    article = await _write(editor, title=title, status="published")
    assert (article["slug"], article["title"]) == (slug, " ".join(title.split()))
    assert (await visitor.get(f"/articles/{slug}")).json()["data"]["title"] == article["title"]
    assert (await _write(editor, title=title))["slug"] == f"{slug}-1"
    assert (await _write(editor, title=title))["slug"] == f"{slug}-2"


async def test_twenty_at_once_with_one_title(radio):
    editor = await radio.http("editor")
    articles = await asyncio.gather(*(_write(editor, title="Sama semua") for _ in range(20)))
    expected = {"sama-semua", *(f"sama-semua-{number}" for number in range(1, 20))}
    assert {article["slug"] for article in articles} == expected
    assert {row["slug"] for row in await _rows(radio)} == expected


async def test_a_slug_that_was_asked_for(radio):
    editor = await radio.http("editor")
    assert (await _write(editor, slug="pilihan-saya"))["slug"] == "pilihan-saya"
    answer = await editor.post("/articles", json={**DRAFT, "slug": "pilihan-saya"})
    assert answer.status_code == 409
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == ("SLUG_TAKEN", "slug")
    assert len(await _rows(radio)) == 1
    for slug in ("Besar", "a b", "a_b", "é", "a/b", "x" * 501, "abc\nd", "../x", 5):
        answer = await editor.post("/articles", json={**DRAFT, "slug": slug})
        assert answer.status_code == 422, slug
        assert set(answer.json()["error"]["details"]) == {"slug"}
    assert (await _write(editor, slug="x" * 500))["slug"] == "x" * 500
    assert (await _write(editor, slug=""))["slug"] == "renungan-pagi"


async def test_two_at_once_for_one_slug(radio):
    editor = await radio.http("editor")
    answers = await asyncio.gather(
        *(editor.post("/articles", json={**DRAFT, "slug": "satu-saja"}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await _rows(radio)) == 1


async def test_old_addresses_lead_to_the_new_one(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, slug="satu", status="published")
    for old, new in (("satu", "dua"), ("dua", "tiga")):
        assert (await editor.put(f"/articles/{old}", json={"slug": new})).json()["data"]["slug"] == new
    for old in ("satu", "dua"):
        for _ in range(2):
            answer = await visitor.get(f"/articles/{old}")
            assert answer.status_code == 301
            assert answer.headers["location"] == "/articles/tiga"
        assert (await editor.get(f"/articles/{old}")).headers["location"] == "/articles/tiga"
    assert (await visitor.get("/articles/tiga")).status_code == 200
    await editor.put("/articles/tiga", json={"slug": "satu"})
    assert (await visitor.get("/articles/satu")).status_code == 200
    for old in ("dua", "tiga"):
        assert (await visitor.get(f"/articles/{old}")).headers["location"] == "/articles/satu"
    await editor.put("/articles/satu", json={"status": "draft"})
    for address in ("satu", "dua", "tiga"):
        assert (await visitor.get(f"/articles/{address}")).status_code == 404
    assert (await _write(editor, title="Tiga lagi", slug="tiga", status="published"))["slug"] == "tiga"
    assert (await visitor.get("/articles/tiga")).json()["data"]["title"] == "Tiga lagi"


async def test_an_old_address_is_not_given_to_a_new_title(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, title="Judul lama", status="published")
    await editor.put("/articles/judul-lama", json={"slug": "judul-baru"})
    assert (await _write(editor, title="Judul lama"))["slug"] == "judul-lama-1"
    assert (await visitor.get("/articles/judul-lama")).headers["location"] == "/articles/judul-baru"


async def test_a_new_slug_that_is_taken_changes_nothing(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, slug="satu", status="published")
    await _write(editor, slug="dua", status="published")
    answer = await editor.put("/articles/satu", json={"slug": "dua", "title": "Judul lain"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "SLUG_TAKEN"
    assert [row["slug"] for row in await _rows(radio)] == ["satu", "dua"]
    assert {row["title"] for row in await _rows(radio)} == {"Renungan Pagi"}
    assert await radio.services.db.fetch_value("SELECT count(*) FROM article_old_slugs") == 0
    assert (await visitor.get("/articles/satu")).status_code == 200


async def test_two_articles_swap_their_slugs_at_once(radio):
    editor = await radio.http("editor")
    await _write(editor, slug="satu")
    await _write(editor, slug="dua")
    answers = await asyncio.gather(
        editor.put("/articles/satu", json={"slug": "dua"}), editor.put("/articles/dua", json={"slug": "satu"})
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sorted(row["slug"] for row in await _rows(radio)) in (["dua", "satu"],)


FAR = "2090-01-01T00:00:00Z"


@pytest.mark.parametrize("more", [{}, {"published_at": None}, {"title": "Judul lain"}])
async def test_a_scheduled_article_is_published_now(radio, more):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, status="published", published_at=FAR)
    assert await _slugs(visitor) == []
    answer = await editor.put("/articles/renungan-pagi", json={"status": "published", **more})
    article = answer.json()["data"]
    assert (answer.status_code, article["status"], article["version"]) == (200, "published", 2)
    assert article["published_at"] == article["updated_at"]
    assert await _slugs(visitor) == ["renungan-pagi"]


async def test_what_is_sent_twice_plans_once(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _write(editor, status="draft")
    plan = {"status": "published", "published_at": "2090-01-01T07:00:00+07:00"}
    for title in ({}, {}, {"title": "Judul lain"}, {"title": "Judul lain"}):
        answer = await editor.put("/articles/renungan-pagi", json=plan | title)
        article = answer.json()["data"]
        assert (answer.status_code, article["status"], article["published_at"]) == (200, "scheduled", FAR)
    assert article["version"] == 3  # the draft, its plan, its title
    assert await _slugs(visitor) == []


async def test_a_scheduled_article_is_planned_anew_and_sent_back_as_it_is(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    article = await _write(editor, status="published", published_at=FAR)
    same = await editor.put("/articles/renungan-pagi", json=article)
    assert (same.status_code, same.json()["data"]) == (200, article)
    same = await editor.put("/articles/renungan-pagi", json={"status": "scheduled"})
    assert (same.status_code, same.json()["data"]) == (200, article)
    renamed = (await editor.put("/articles/renungan-pagi", json=article | {"title": "Judul lain"})).json()[
        "data"
    ]
    assert (renamed["title"], renamed["status"], renamed["published_at"]) == ("Judul lain", "scheduled", FAR)
    later = {"status": "published", "published_at": "2091-01-01T00:00:00Z"}
    moved = (await editor.put("/articles/renungan-pagi", json=later)).json()["data"]
    assert (moved["status"], moved["published_at"], moved["version"]) == (
        "scheduled",
        later["published_at"],
        3,
    )
    assert await _slugs(visitor) == []
    again = (await editor.put("/articles/renungan-pagi", json=moved | {"status": "published"})).json()["data"]
    assert again == moved
    published = (await editor.put("/articles/renungan-pagi", json={"status": "published"})).json()["data"]
    assert (published["status"], published["version"]) == ("published", 4)
    refused = await editor.put("/articles/renungan-pagi", json={"status": "scheduled"})
    assert (refused.status_code, set(refused.json()["error"]["details"])) == (422, {"status"})
    assert (await _rows(radio))[0]["version"] == 4


async def test_a_taken_slug_is_explained_as_far_as_the_caller_may_know(radio):
    editor, admin = await radio.http("editor"), await radio.http("admin")
    await _write(editor, title="Rahasia besar", slug="satu")
    await _write(editor, slug="dua", status="published")
    role = {"name": "writer", "title": "Writer", "permissions": ["articles:create", "articles:update"]}
    assert (await admin.post("/roles", json=role)).status_code == 201
    writer = await radio.http(await radio.add_account("penulis@test.id", "Penulis", "writer"))
    assert (await writer.post("/articles", json={**DRAFT, "slug": "tiga"})).status_code == 201
    for answer in (
        await writer.post("/articles", json={**DRAFT, "slug": "satu"}),
        await writer.put("/articles/tiga", json={"slug": "satu"}),
    ):
        error = answer.json()["error"]
        sentence = "An article that is not published yet, and that you cannot see, already uses this slug."
        assert (answer.status_code, error["code"], error["field"]) == (409, "SLUG_TAKEN", "slug")
        assert error["message"] == sentence
        assert error["details"] == {"slug": sentence, "holder": {"status": "unpublished"}}
    answer = await writer.post("/articles", json={**DRAFT, "slug": "dua"})
    assert answer.json()["error"]["message"] == "“Renungan Pagi” (published) already uses this slug."
    answer = await admin.post("/articles", json={**DRAFT, "slug": "satu"})
    assert answer.json()["error"]["message"] == "“Rahasia besar” (draft) already uses this slug."
    holder = answer.json()["error"]["details"]["holder"]
    assert holder == {"id": 1, "title": "Rahasia besar", "status": "draft"}
    assert [row["slug"] for row in await _rows(radio)] == ["satu", "dua", "tiga"]


async def test_an_edit_raises_the_version_and_a_stale_one_is_refused(radio):
    editor = await radio.http("editor")
    await _write(editor)
    tag = (await editor.get("/articles/renungan-pagi")).headers["etag"]
    first = await editor.put(
        "/articles/renungan-pagi", json={"title": "Judul satu"}, headers={"If-Match": tag}
    )
    assert (first.status_code, first.json()["data"]["version"]) == (200, 2)
    assert first.json()["message"] == "Article updated"
    stale = await editor.put(
        "/articles/renungan-pagi", json={"title": "Judul dua"}, headers={"If-Match": tag}
    )
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    row = (await _rows(radio))[0]
    assert (row["title"], row["version"]) == ("Judul satu", 2)
    fresh = await editor.put(
        "/articles/renungan-pagi", json={"title": "Judul dua"}, headers={"If-Match": first.headers["etag"]}
    )
    assert (fresh.status_code, fresh.json()["data"]["version"]) == (200, 3)
    assert (await editor.put("/articles/renungan-pagi", json={"title": "Judul tiga"})).status_code == 200
    admin = await radio.http("admin")
    stale = await admin.delete("/articles/renungan-pagi", headers={"If-Match": fresh.headers["etag"]})
    assert (stale.status_code, (await _rows(radio))[0]["version"]) == (412, 4)
    assert (await admin.delete("/articles/renungan-pagi", headers={"If-Match": "4"})).status_code == 204
    archived = (await admin.get("/articles?status=archived")).json()["data"]
    assert [(row["status"], row["version"]) for row in archived] == [("archived", 5)]
    assert await _rows(radio) == []


async def test_of_many_edits_of_one_version_one_wins(radio):
    editor = await radio.http("editor")
    await _write(editor)
    answers = await asyncio.gather(
        *(
            editor.put("/articles/renungan-pagi", json={"title": f"Judul {n}"}, headers={"If-Match": "1"})
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert (await _rows(radio))[0]["version"] == 2


async def test_only_the_author_and_admins_edit(radio):
    editor, admin = await radio.http("editor"), await radio.http("admin")
    other = await radio.http(await radio.add_account("lain@test.id", "Editor Lain", "editor"))
    await _write(editor)
    refused = await other.put("/articles/renungan-pagi", json={"title": "Dibajak orang"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (await _rows(radio))[0]["title"] == "Renungan Pagi"
    edited = await admin.put("/articles/renungan-pagi", json={"title": "Disunting admin"})
    assert edited.status_code == 200
    assert edited.json()["data"]["author"]["name"] == "Rina Editor"
    for client, status in ((await radio.http(), 401), (await radio.http("penyiar"), 403)):
        assert (
            await client.put("/articles/renungan-pagi", json={"title": "Bukan saya"})
        ).status_code == status
        assert (await client.post("/articles", json=DRAFT)).status_code == status
        assert (await client.delete("/articles/renungan-pagi")).status_code == status
    assert (await editor.delete("/articles/renungan-pagi")).status_code == 403
    assert [row["status"] for row in await _rows(radio)] == ["draft"]


async def test_the_author_comes_from_the_token(radio):
    editor = await radio.http("editor")
    article = await _write(
        editor, author_id=radio.staff["admin"], id=77, version=9, created_at="2000-01-01T00:00:00Z"
    )
    assert (article["author_id"], article["id"], article["version"]) == (radio.staff["editor"], 1, 1)
    changed = await editor.put("/articles/renungan-pagi", json={"author_id": radio.staff["admin"]})
    assert changed.json()["data"]["author_id"] == radio.staff["editor"]


async def test_deleting_archives(radio):
    admin, editor, visitor = await radio.http("admin"), await radio.http("editor"), await radio.http()
    await _write(editor, status="published")
    assert await _slugs(visitor) == ["renungan-pagi"]
    gone = await admin.delete("/articles/renungan-pagi")
    assert (gone.status_code, gone.content) == (204, b"")
    assert await _slugs(visitor) == []
    assert (await visitor.get("/articles/renungan-pagi")).status_code == 404
    assert (await editor.get("/articles/renungan-pagi")).status_code == 404
    assert await _slugs(editor, "?status=archived") == []
    shown = (await admin.get("/articles/renungan-pagi")).json()["data"]
    assert (shown["status"], shown["version"]) == ("archived", 2)
    assert await _slugs(admin, "?status=archived") == ["renungan-pagi"]
    assert await _slugs(admin) == []
    assert (await admin.delete("/articles/renungan-pagi")).status_code == 404
    assert (await admin.delete("/articles/tidak-ada")).status_code == 404


async def test_no_update_revives_what_was_archived(radio):
    admin, editor, visitor = await radio.http("admin"), await radio.http("editor"), await radio.http()
    await _write(editor, status="published")
    assert (await admin.delete("/articles/renungan-pagi")).status_code == 204
    shown = (await admin.get("/articles/renungan-pagi")).json()["data"]
    for change in (
        {"status": "published"},
        {"title": "Judul lain"},
        {"slug": "lain"},
        shown | {"title": "Judul"},
    ):
        unseen = 404 if "id" not in change else 422  # who does not see it cannot have its status
        assert (await editor.put("/articles/renungan-pagi", json=change)).status_code == unseen
        refused = await admin.put("/articles/renungan-pagi", json=change)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ARTICLE_ARCHIVED")
    assert (await admin.put("/articles/renungan-pagi", json=shown)).json()["data"] == shown
    assert (await admin.get("/articles/renungan-pagi")).json()["data"] == shown
    assert await _slugs(visitor) == []
    assert await _rows(radio) == []


LIMITS = [
    ("title", "x" * 5, "x" * 4), ("title", "x" * 500, "x" * 501), ("title", "字" * 500, "字" * 501),
    ("content", "x" * 10, "x" * 9), ("content", "x" * 500_000, "x" * 500_001),
    ("excerpt", "x" * 500, "x" * 501),
    ("featured_image", "https://a.id/" + "x" * 487, "https://a.id/" + "x" * 488),
    ("featured_image", "/radio/uploads/a.jpg", "javascript:alert(1)"), ("featured_image", "http://a.id", "ftp://a.id"),
    ("featured_image", "/radio/uploads/a/b.jpg", "/uploads/a.jpg"),
    ("featured_image", "https://a.id/b", "https://a.id/b\nc"), ("featured_image", "https://a.id/b", "https://a b"),
    ("status", "published", "archived"), ("status", "draft", "scheduled"), ("category_id", None, 0),
    ("category_id", None, -1), ("category_id", None, 2**31), ("category_id", None, "1"), ("category_id", None, 99),
    ("title", "Judul", None), ("content", "x" * 10, 5), ("published_at", "2030-01-01T00:00:00Z", "2030-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "good", "bad"), LIMITS)
async def test_fields_at_their_limits(radio, field, good, bad):
    editor = await radio.http("editor")
    wrong = await editor.post("/articles", json={**DRAFT, field: bad})
    assert wrong.status_code == 422, wrong.text
    assert wrong.json()["error"]["code"] == "VALIDATION_ERROR"
    assert set(wrong.json()["error"]["details"]) == {field}
    assert await _rows(radio) == []
    article = await _write(editor, **{field: good})
    wrong = await editor.put(
        f"/articles/{article['slug']}", json={field: bad, "title": "Judul baru"} | {field: bad}
    )
    assert wrong.status_code == 422
    assert set(wrong.json()["error"]["details"]) == {field}
    assert (await _rows(radio))[0]["version"] == 1
    assert (await editor.put(f"/articles/{article['slug']}", json={field: good})).status_code == 200


async def test_empty_optional_fields_count_as_absent(radio):
    editor = await radio.http("editor")
    empty = {
        "slug": "",
        "status": "",
        "category_id": "",
        "excerpt": "",
        "featured_image": "",
        "published_at": "",
    }
    article = await _write(editor, **empty)
    assert (article["status"], article["category"], article["featured_image"]) == ("draft", None, None)
    changed = (
        await editor.put("/articles/renungan-pagi", json={**empty, "title": "", "content": ""})
    ).json()["data"]
    assert (changed["title"], changed["content"], changed["status"]) == ("Renungan Pagi", CONTENT, "draft")


async def test_categories_of_articles(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    category = (await editor.post("/categories", json={"name": "Kesaksian Iman"})).json()["data"]
    article = await _write(editor, status="published", category_id=category["id"])
    assert article["category"] == {"id": category["id"], "name": "Kesaksian Iman", "slug": "kesaksian-iman"}
    await _write(editor, title="Tanpa kategori", status="published")
    assert await _slugs(visitor, "?category=kesaksian-iman") == ["renungan-pagi"]
    assert await _slugs(visitor, "?category=tidak-ada") == []
    assert await _slugs(visitor, "?category=") == ["tanpa-kategori", "renungan-pagi"]
    removed = (await editor.put("/articles/renungan-pagi", json={"category_id": None})).json()["data"]
    assert removed["category"] is None
    assert await _slugs(visitor, "?category=kesaksian-iman") == []


async def test_filters_by_author(radio):
    editor, admin, visitor = await radio.http("editor"), await radio.http("admin"), await radio.http()
    await _write(editor, title="Oleh editor", status="published")
    await _write(admin, title="Oleh admin", status="published")
    assert await _slugs(visitor, f"?author={radio.staff['editor']}") == ["oleh-editor"]
    assert await _slugs(visitor, "?author=99") == []
    for wrong in ("0", "-1", "x", "2147483648", "1.5"):
        answer = await visitor.get(f"/articles?author={wrong}")
        assert answer.status_code == 422
        assert set(answer.json()["error"]["details"]) == {"author"}


async def test_sorting(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number, title in enumerate(("Beta dua", "Alfa satu", "Cakra tiga"), 1):
        await _write(editor, title=title, status="published", published_at=f"2020-01-0{4 - number}T00:00:00Z")
    await editor.put("/articles/beta-dua", json={"excerpt": "Baru"})
    orders = {
        "": ["cakra-tiga", "alfa-satu", "beta-dua"],
        "?sortBy=created_at": ["cakra-tiga", "alfa-satu", "beta-dua"],
        "?sortBy=created_at&sortOrder=asc": ["beta-dua", "alfa-satu", "cakra-tiga"],
        "?sortBy=title": ["cakra-tiga", "beta-dua", "alfa-satu"],
        "?sortBy=title&sortOrder=asc": ["alfa-satu", "beta-dua", "cakra-tiga"],
        "?sortBy=published_at": ["beta-dua", "alfa-satu", "cakra-tiga"],
        "?sortBy=published_at&sortOrder=asc": ["cakra-tiga", "alfa-satu", "beta-dua"],
        "?sortBy=updated_at": ["beta-dua", "cakra-tiga", "alfa-satu"],
        "?sortBy=updated_at&sortOrder=asc": ["alfa-satu", "cakra-tiga", "beta-dua"],
    }
    for query, expected in orders.items():
        assert await _slugs(visitor, query) == expected, query
    for wrong in (
        "sortBy=id",
        "sortBy=password_hash",
        "sortOrder=up",
        "sortBy=title;drop table articles",
        "status=all",
    ):
        assert (await visitor.get(f"/articles?{wrong}")).status_code == 422


async def test_drafts_come_last_when_sorted_by_publication(radio):
    editor = await radio.http("editor")
    await _write(editor, title="Masih draft")
    await _write(editor, title="Sudah terbit", status="published")
    for order in ("asc", "desc"):
        assert await _slugs(editor, f"?sortBy=published_at&sortOrder={order}") == [
            "sudah-terbit",
            "masih-draft",
        ]


async def test_pages_hold_every_article_once(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    db = radio.services.db
    await db.execute(
        "INSERT INTO articles (title, slug, content, status, author_id, published_at, created_at) "
        "SELECT 'Sama', 'sama-' || n, 'isi', 'published', $1, now(), now() FROM generate_series(1, 23) n",
        radio.staff["editor"],
    )
    for sort in ("title", "created_at", "published_at", "updated_at"):
        seen = []
        for page in range(1, 6):
            seen += await _slugs(visitor, f"?limit=5&page={page}&sortBy={sort}")
        assert sorted(seen) == sorted(f"sama-{n}" for n in range(1, 24))
    assert await _slugs(visitor, "?page=1000000&limit=50") == []
    last = (await visitor.get("/articles?limit=5&page=5")).json()["pagination"]
    assert last == {"page": 5, "limit": 5, "total": 23, "totalPages": 5, "hasNext": False, "hasPrev": True}
    assert editor is not None


async def test_a_list_takes_three_statements_and_a_cached_one_none(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number in range(12):
        await _write(editor, title=f"Artikel ke {number}", status="published")
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
    with count_statements(radio.services.db) as statements:
        assert (await editor.get("/articles?limit=50")).status_code == 200
    assert statements.count == 4  # the session as well
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/articles?search=artikel")).status_code == 200
    assert statements.count == 3
    with count_statements(radio.services.db) as statements:
        assert (await visitor.get("/articles/artikel-ke-1")).status_code == 200
    assert statements.count == 1


async def test_a_post_may_be_repeated_under_its_key(radio):
    editor, other = await radio.http("editor"), await radio.http("admin")
    key = {"Idempotency-Key": "artikel-1"}
    first = await editor.post("/articles", json=DRAFT, headers=key)
    again = await editor.post("/articles", json=DRAFT, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (
        await editor.post("/articles", json={**DRAFT, "title": "Lain lagi"}, headers=key)
    ).status_code == 422
    assert (await other.post("/articles", json=DRAFT, headers=key)).json()["data"][
        "slug"
    ] == "renungan-pagi-1"
    assert len(await _rows(radio)) == 2


async def test_a_renamed_author_is_shown_at_once(radio):
    editor, admin, visitor = await radio.http("editor"), await radio.http("admin"), await radio.http()
    await _write(editor, status="published")
    assert (await visitor.get("/articles")).json()["data"][0]["author"]["name"] == "Rina Editor"
    await editor.put("/auth/me", json={"name": "Rina Hutapea"})
    assert (await visitor.get("/articles")).json()["data"][0]["author"]["name"] == "Rina Hutapea"
    await admin.patch(f"/staff/{radio.staff['editor']}", json={"name": "Ibu Rina"})
    assert (await visitor.get("/articles/renungan-pagi")).json()["data"]["author"]["name"] == "Ibu Rina"


async def test_unknown_articles(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for slug in (
        "tidak-ada",
        "Huruf-Besar",
        "a b",
        "%F0%9F%98%80",
        "x" * 600,
        "%00",
        "'; drop table articles; --",
    ):
        assert (await visitor.get(f"/articles/{slug}")).status_code == 404
        assert (await editor.put(f"/articles/{slug}", json={"title": "Judul baru"})).status_code == 404


async def test_an_admin_that_is_deactivated_keeps_its_articles(radio):
    editor, admin, visitor = await radio.http("editor"), await radio.http("admin"), await radio.http()
    await _write(editor, status="published")
    await admin.patch(f"/staff/{radio.staff['editor']}", json={"is_active": False})
    assert (await editor.post("/articles", json=DRAFT)).status_code == 401
    assert (await visitor.get("/articles/renungan-pagi")).json()["data"]["author"]["name"] == "Rina Editor"
