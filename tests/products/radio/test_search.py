"""Searching each list over HTTP: what is found, by whom, in how many statements, and what stays hidden."""

from __future__ import annotations

import pytest
from tests.products.radio.test_gallery import uploaded
from tests.products.radio.test_livechat import guest
from tests.products.radio.test_livechat_moderation import configure, joined

from colonnade.kernel.testing import count_statements
from colonnade.products.radio.articles.slice import SLICE as ARTICLES

LISTS = {
    "/articles": ("visitor", "title"),
    "/gallery": ("visitor", "title"),
    "/testimonials": ("visitor", "name"),
    "/staff": ("admin", "name"),
    "/livechat/messages": ("visitor", "message"),
    "/livechat/sessions": ("penyiar", "name"),
}


async def _article(client, title, **more):
    body = {"title": title, "content": "<p>Isi artikel.</p>", "status": "published", **more}
    answer = await client.post("/articles", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture
async def filled(radio):
    """Provide a station in which each list has a row about Sinéad O'Brien, and one about something else."""
    admin, visitor = await radio.http("admin"), await radio.http()
    for name in ("Sinéad O'Brien", "Budi Santoso"):
        await _article(admin, name)
        await uploaded(admin, title=name, name="foto.jpg")
        told = await visitor.post(
            "/testimonials",
            json={"name": name, "email": f"{name[:4]}.rahasia@x.org", "content": "Terima kasih semua."},
        )
        assert told.status_code == 201, told.text
        said = await admin.post("/livechat/messages", json={"message": f"Shalom {name}"})
        assert said.status_code == 201, said.text
        await guest(radio, name.replace("'", "’"), city="Medan")
    await radio.services.db.execute("UPDATE testimonials SET status = 'approved', reviewed_at = now()")
    await radio.add_account("sinead@gereja.id", "Sinéad O’Brien", "editor")
    return radio


async def _found(client, path, search, **more):
    answer = await client.get(path, params={"search": search, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", LISTS)
async def test_each_list_is_searched(filled, path):
    who, field = LISTS[path]
    client = await filled.http(None if who == "visitor" else who)
    for search in ("sinead obrien", "SINÉAD", "O’Brien", "obr", '"sinead o\'brien"', "brien -budi"):
        found = (await _found(client, path, search))["data"]
        assert ["Sin" in row[field] for row in found] == [True], (search, found)
    assert (await _found(client, path, "pagi"))["data"] == []
    everything = (await client.get(path)).json()["data"]
    assert len(everything) >= 2
    for blank in ("   ", "\u200b", "\t\n"):
        assert (await _found(client, path, blank))["data"] == everything
    assert (await client.get(path, params={"search": "a" * 101})).status_code == 422


@pytest.mark.parametrize("path", ["/articles", "/gallery", "/testimonials", "/livechat/messages"])
async def test_texts_have_a_snippet_when_they_were_searched(filled, path):
    who, _ = LISTS[path]
    client = await filled.http(None if who == "visitor" else who)
    typed = "kasih" if path == "/testimonials" else "sinead"
    for row in (await _found(client, path, typed))["data"]:
        assert f"<mark>{'kasih' if path == '/testimonials' else 'Sinéad'}</mark>" in row["snippet"]
    assert all("snippet" not in row for row in (await client.get(path)).json()["data"])


async def test_a_list_by_keyset_says_what_is_similar_too(filled):
    client = await filled.http("admin")
    exact = await _found(client, "/livechat/messages", "sinead")
    near = await _found(client, "/livechat/messages", "sineda")
    assert "isSimilar" not in exact
    assert near == {**exact, "isSimilar": True}


@pytest.mark.parametrize("path", [path for path in LISTS if path != "/livechat/messages"])
async def test_a_typing_error_finds_what_is_similar_and_says_so(filled, path):
    client = await filled.http(None if LISTS[path][0] == "visitor" else LISTS[path][0])
    exact, near = await _found(client, path, "sinead"), await _found(client, path, "sineda")
    assert [row["id" if "id" in row else "session_id"] for row in near["data"]] == [
        row["id" if "id" in row else "session_id"] for row in exact["data"]
    ]
    assert near["pagination"] == {**exact["pagination"], "isSimilar": True}
    assert exact["pagination"] == {
        "page": 1, "limit": exact["pagination"]["limit"], "total": 1, "totalPages": 1,
        "hasNext": False, "hasPrev": False,
    }  # fmt: skip


async def test_each_search_takes_few_statements(filled):
    statements = {
        "/articles": 3,
        "/gallery": 3,
        "/testimonials": 2,
        "/staff": 2,
        "/livechat/messages": 2,
        "/livechat/sessions": 2,
    }
    for path, wanted in statements.items():
        who = LISTS[path][0]
        client = await filled.http(None if who == "visitor" else who)
        with count_statements(filled.services.db) as counted:
            assert len((await _found(client, path, "obrien"))["data"]) == 1
        assert counted.count == wanted + (who != "visitor"), path


async def test_visitors_find_nothing_that_they_may_not_see(filled):
    admin, visitor = await filled.http("admin"), await filled.http()
    await _article(admin, "Rahasia besar", status="draft")
    await _article(admin, "Rahasia esok", published_at="2999-01-01T00:00:00Z")
    for search in ("rahasia", "rahas", "rahasai", "rahasia or besar"):
        assert (await _found(visitor, "/articles", search))["data"] == []
    assert len((await _found(admin, "/articles", "rahasia"))["data"]) == 2
    assert len((await _found(admin, "/articles", "rahasia", status="draft"))["data"]) == 1
    assert len((await _found(admin, "/articles", "rahasia", status="scheduled"))["data"]) == 1
    # An e-mail address is no part of what a testimonial is found by.
    for client in (visitor, admin):
        assert (await _found(client, "/testimonials", "rahasia"))["data"] == []
    await filled.services.db.execute(
        "UPDATE testimonials SET status = 'pending', reviewed_at = NULL WHERE id = 1"
    )
    filled.services.cache.forget_all()
    assert (await _found(visitor, "/testimonials", "sinead"))["data"] == []
    assert len((await _found(admin, "/testimonials", "sinead"))["data"]) == 1
    assert (await _found(admin, "/testimonials", "sinead", status="approved"))["data"] == []
    await admin.post("/livechat/messages/1/moderate", json={"action": "hide"})
    assert (await _found(visitor, "/livechat/messages", "sinead"))["data"] == []
    assert len((await _found(admin, "/livechat/messages", "sinead", status="hidden"))["data"]) == 1


async def _hide_in_articles(filled, word):
    admin = await filled.http("admin")
    await _article(admin, f"Konsep {word}", status="draft")
    await _article(admin, f"Rencana {word}", published_at="2999-01-01T00:00:00Z")
    gone = await _article(admin, f"Sampah {word}", status="draft", slug="sampah")
    assert (await admin.delete("/articles/sampah")).status_code == 204
    assert (await admin.delete(f"/trash/articles/{gone['id']}")).status_code == 204


async def _hide_in_testimonials(filled, word):
    visitor = await filled.http()
    told = await visitor.post(
        "/testimonials", json={"name": f"Ibu {word}", "content": f"Kesaksian {word} saya."}
    )
    assert told.status_code == 201


async def _hide_in_messages(filled, word):
    await configure(filled, pre_moderation=True)
    _, client = await joined(filled)
    assert (await client.call("send-message", {"message": f"Nomor {word}"}))["status"] == "pending"


HIDING = {
    "/articles": _hide_in_articles,
    "/testimonials": _hide_in_testimonials,
    "/livechat/messages": _hide_in_messages,
}


@pytest.mark.parametrize("path", HIDING)
async def test_visitors_cannot_tell_which_words_are_hidden(filled, path):
    visitor = await filled.http()
    await _say(filled, path, "hutnagmu rahasiia")  # similar to what is hidden
    typed = (
        "hutangmu",
        "hutangm",
        "hutang",
        "huta",
        "rahasia",
        "rahasiaku",
        "hutangmu or rahasia",
        "-rahasia hutangmu",
    )
    before = [await _found(visitor, path, one) for one in typed]
    assert any(found["data"] for found in before)
    await HIDING[path](filled, "hutangmu rahasia rahasiaku")
    filled.services.cache.forget_all()
    assert [await _found(visitor, path, one) for one in typed] == before


async def _say(filled, path, words):
    """Publish a row with these words."""
    admin = await filled.http("admin")
    if path == "/articles":
        await _article(admin, f"Judul {words}")
    elif path == "/testimonials":
        await (await filled.http()).post(
            "/testimonials", json={"name": "Ani", "content": f"Syukur {words} sungguh."}
        )
        await filled.services.db.execute("UPDATE testimonials SET status = 'approved', reviewed_at = now()")
    else:
        assert (await admin.post("/livechat/messages", json={"message": words})).status_code == 201


async def test_words_of_a_planned_article_are_public_once_it_is(filled):
    admin, visitor = await filled.http("admin"), await filled.http()
    await _article(admin, "Ibadah keluargaraya", slug="nanti", published_at="2999-01-01T00:00:00Z")
    assert (await _found(visitor, "/articles", "keluargar"))["data"] == []
    assert (await admin.put("/articles/nanti", json={"status": "published"})).status_code == 200
    for typed in ("keluargar", "keluagraraya"):
        assert len((await _found(visitor, "/articles", typed))["data"]) == 1, typed


async def test_words_of_an_erased_message_are_forgotten_at_once(filled):
    db, kept = filled.services.db, "SELECT count(*) FROM search_words WHERE word = 'rahasiabesar'"
    session, client = await joined(filled)
    assert (await client.call("send-message", {"message": "Nomorku rahasiabesar"}))["status"] == "visible"
    assert await db.fetch_value(kept) == 1
    erased = await (await filled.http("admin")).post(
        "/privacy/erasures", json={"reference": session["session_id"], "reason": "Diminta"}
    )
    assert erased.status_code == 200, erased.text
    assert await db.fetch_value(kept) == 0


async def test_filters_and_orders_go_with_a_search(filled):
    admin, visitor = await filled.http("admin"), await filled.http()
    category = (await admin.post("/categories", json={"name": "Kabar"})).json()["data"]
    await _article(admin, "Kabar Sinead", category_id=category["id"])
    assert len((await _found(visitor, "/articles", "sinead"))["data"]) == 2
    assert [
        row["title"] for row in (await _found(visitor, "/articles", "sinead", category="kabar"))["data"]
    ] == ["Kabar Sinead"]
    assert (await _found(visitor, "/articles", "sinead", category="tidak-ada"))["data"] == []
    assert len((await _found(visitor, "/articles", "sinead", author=filled.staff["admin"]))["data"]) == 2
    assert (await _found(visitor, "/articles", "sinead", author=filled.staff["editor"]))["data"] == []
    titles = [
        row["title"]
        for row in (await _found(visitor, "/articles", "sinead", sortBy="title", sortOrder="asc"))["data"]
    ]
    assert titles == ["Kabar Sinead", "Sinéad O'Brien"]
    assert len((await _found(visitor, "/gallery", "sinead", type="jpg"))["data"]) == 1
    assert (await _found(visitor, "/gallery", "sinead", type="png"))["data"] == []
    assert (await _found(visitor, "/gallery", "sinead", dateTo="2020-01-01"))["data"] == []
    assert len((await _found(visitor, "/gallery", "sinead", dateFrom="2020-01-01"))["data"]) == 1
    moderator = await filled.http("penyiar")
    assert len((await _found(moderator, "/livechat/sessions", "medan", status="active"))["data"]) == 2
    assert (await _found(moderator, "/livechat/sessions", "medan", status="blocked"))["data"] == []


async def test_messages_are_paged_newest_first(filled):
    admin, visitor = await filled.http("admin"), await filled.http()
    for number in range(5):
        await admin.post("/livechat/messages", json={"message": f"kabar {number}"})
    first = await _found(visitor, "/livechat/messages", "kabar", limit=2)
    assert [row["message"] for row in first["data"]] == ["kabar 4", "kabar 3"]
    second = await _found(visitor, "/livechat/messages", "kabar", limit=2, before=first["nextCursor"])
    assert [row["message"] for row in second["data"]] == ["kabar 2", "kabar 1"]
    newer = await _found(visitor, "/livechat/messages", "kabar", after=second["data"][0]["id"])
    assert [row["message"] for row in newer["data"]] == ["kabar 4", "kabar 3"]


async def test_a_total_beyond_a_thousand_is_a_floor(radio):
    await radio.services.db.execute(
        "INSERT INTO articles (title, slug, content, author_id, status, published_at) "
        "SELECT 'Kabar ' || n, 'kabar-' || n, 'isi', $1, 'published', now() FROM generate_series(1, 1001) AS n",
        radio.staff["editor"],
    )
    visitor = await radio.http()
    answer = await _found(visitor, "/articles", "kabar", limit=50, page=20)
    assert answer["pagination"] == {
        "page": 20, "limit": 50, "total": 1000, "totalPages": 20, "hasNext": False, "hasPrev": True,
        "totalIsFloor": True,
    }  # fmt: skip
    assert len(answer["data"]) == 50
    await radio.services.db.execute("DELETE FROM articles WHERE slug = 'kabar-7'")
    radio.services.cache.forget_all()
    answer = await _found(visitor, "/articles", "kabar", limit=50, page=20)
    assert (answer["pagination"]["total"], "totalIsFloor" in answer["pagination"]) == (1000, False)


async def test_a_publication_is_found_by_the_next_search(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    assert (await _found(visitor, "/articles", "mukjizat"))["data"] == []
    article = await _article(editor, "Mukjizat terjadi")
    assert len((await _found(visitor, "/articles", "mukjizat"))["data"]) == 1
    await editor.put(f"/articles/{article['slug']}", json={"title": "Keajaiban terjadi"})
    assert (await _found(visitor, "/articles", "mukjizat"))["data"] == []
    assert len((await _found(visitor, "/articles", "keajaib"))["data"]) == 1


async def test_a_word_goes_with_its_last_row(filled):
    db = filled.services.db
    words = "SELECT count(*) FROM search_words WHERE corpus = $1 AND word = $2"
    assert await db.fetch_value(words, "testimonials", "sinead") == 1
    assert await db.fetch_value(words, "accounts", "sinead") == 1
    await db.execute("DELETE FROM testimonials WHERE name LIKE 'Sin%'")
    await db.execute("DELETE FROM accounts WHERE email = 'sinead@gereja.id'")
    assert await db.fetch_value(words, "testimonials", "sinead") == 0
    assert await db.fetch_value(words, "accounts", "sinead") == 0
    # Of articles it goes overnight.
    await db.execute("DELETE FROM articles WHERE title LIKE 'Sin%'")
    assert await db.fetch_value(words, "articles", "sinead") == 1
    (upkeep,) = ARTICLES.jobs
    await upkeep(filled.services)
    assert await db.fetch_value(words, "articles", "sinead") == 0
    assert await db.fetch_value(words, "articles", "budi") == 1
    assert (
        await db.fetch_value("SELECT share FROM search_words WHERE corpus = 'articles' AND word = 'budi'")
        == 1.0
    )


async def test_scripts_without_spaces_and_telephone_numbers(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await _article(
        editor, "日本語のニュース", content="<p>Hubungi +62 812-3456-7890 atau <b>budi</b>@gereja.id</p>"
    )
    for search in ("日本語", "本語", "ニュース", "語", "081234567890", "7890", "budi@gereja.id", "gereja.id"):
        (article,) = (await _found(visitor, "/articles", search))["data"]
        assert "<mark>" in article["snippet"], search
