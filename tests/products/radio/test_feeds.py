"""Feeds of articles through HTTP: RSS, Atom, the podcast and the sitemap, read as XML."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from colonnade.kernel.core import now
from colonnade.kernel.testing import count_statements
from colonnade.products.radio.feeds import routes as feed_routes

BASE = "https://api.elshaddaifm.id"
ATOM, CONTENT, CREATOR, ITUNES, SITEMAP = (
    "{http://www.w3.org/2005/Atom}",
    "{http://purl.org/rss/1.0/modules/content/}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}",
    "{http://www.sitemaps.org/schemas/sitemap/0.9}",
)
RECORDING = {"url": "/radio/uploads/renungan.mp3", "type": "audio/mpeg", "bytes": 7_340_032, "seconds": 615}


@pytest.fixture(autouse=True)
def public(radio, monkeypatch):
    """Let the server be reached under a public address."""
    monkeypatch.setitem(radio.services.settings.__dict__, "public_url", f"{BASE}/")


async def write(radio, **more):
    body = {"title": "Kabar Baik", "content": "<p>Shalom sahabat.</p>", "status": "published", **more}
    answer = await (await radio.http("editor")).post("/articles", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def read(client, path, media):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{media}; charset=utf-8")
    return ET.fromstring(answer.content)


async def rss(client, path="/feeds/articles.rss"):
    return (await read(client, path, "application/rss+xml")).find("channel")


async def atom(client, path="/feeds/articles.atom"):
    return await read(client, path, "application/atom+xml")


async def test_rss_has_the_articles_with_whole_addresses(radio):
    visitor = await radio.http()
    made = await write(
        radio,
        content='<p>Lihat <a href="/gallery/1">ini</a> <img src="/radio/uploads/a.jpg"> & "itu".</p>',
        excerpt="Ringkasan <tulus> & jujur",
        enclosure=RECORDING,
    )
    await write(radio, title="Rahasia", status="draft")
    channel = await rss(visitor)
    assert [channel.findtext(name) for name in ("title", "link", "description", "language")] == [
        "El Shaddai FM", f"{BASE}/", "Kabar dan renungan.", "id",
    ]  # fmt: skip
    own = channel.find(f"{ATOM}link")
    assert own.attrib == {"rel": "self", "type": "application/rss+xml", "href": f"{BASE}/feeds/articles.rss"}
    (item,) = channel.findall("item")
    assert item.findtext("title") == "Kabar Baik"
    assert item.findtext("link") == f"{BASE}/articles/kabar-baik"
    created = datetime.fromisoformat(made["created_at"])
    assert item.findtext("guid") == f"tag:api.elshaddaifm.id,{created:%Y-%m-%d}:articles/{made['id']}"
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    published = datetime.fromisoformat(made["published_at"]).replace(microsecond=0)
    assert parsedate_to_datetime(item.findtext("pubDate")) == published
    assert item.findtext(f"{CREATOR}creator") == "Rina Editor"
    assert item.findtext("description") == made["excerpt"]
    content = item.findtext(f"{CONTENT}encoded")
    assert f'href="{BASE}/gallery/1"' in content
    assert f'src="{BASE}/radio/uploads/a.jpg"' in content
    assert item.find("enclosure").attrib == {
        "url": f"{BASE}/radio/uploads/renungan.mp3",
        "length": "7340032",
        "type": "audio/mpeg",
    }
    assert item.findtext(f"{ITUNES}duration") == "615"


async def test_of_a_long_article_a_feed_has_the_excerpt_and_a_link(radio):
    visitor = await radio.http()
    long = f"<p>{'kata ' * 4_000}</p>"
    made = await write(radio, title="Kabar <Baik> & Panjang", content=long, excerpt="Ringkasan & jujur")
    expected = (
        "<p>Ringkasan &amp; jujur</p>"
        f'<p><a href="{BASE}/articles/{made["slug"]}">Kabar &lt;Baik&gt; &amp; Panjang</a></p>'
    )
    (item,) = (await rss(visitor)).findall("item")
    assert item.findtext(f"{CONTENT}encoded") == expected
    (entry,) = (await atom(visitor)).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}content") == expected
    short = f"<p>{'k' * (feed_routes.MOST_CONTENT_BYTES - 7)}</p>"
    await (await radio.http("editor")).put(f"/articles/{made['slug']}", json={"content": short})
    (item,) = (await rss(visitor)).findall("item")
    assert item.findtext(f"{CONTENT}encoded") == short


async def test_atom_says_the_same(radio):
    made = await write(radio, enclosure={**RECORDING, "url": "https://cdn.id/a.mp3"})
    feed = await atom(await radio.http())
    assert [feed.findtext(ATOM + name) for name in ("title", "subtitle", "id")] == [
        "El Shaddai FM",
        "Kabar dan renungan.",
        f"{BASE}/feeds/articles.atom",
    ]
    updated = datetime.fromisoformat(made["updated_at"])
    assert datetime.fromisoformat(feed.findtext(f"{ATOM}updated")) == updated
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": f"{BASE}/feeds/articles.atom", "alternate": f"{BASE}/"}
    (entry,) = feed.findall(f"{ATOM}entry")
    created = datetime.fromisoformat(made["created_at"])
    assert entry.findtext(f"{ATOM}id") == f"tag:api.elshaddaifm.id,{created:%Y-%m-%d}:articles/{made['id']}"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Rina Editor"
    assert (entry.findtext(f"{ATOM}content"), entry.find(f"{ATOM}content").get("type")) == (
        made["content"],
        "html",
    )
    links = {link.get("rel"): link.attrib for link in entry.findall(f"{ATOM}link")}
    assert links["alternate"]["href"] == f"{BASE}/articles/kabar-baik"
    assert links["enclosure"] == {
        "rel": "enclosure", "type": "audio/mpeg", "length": "7340032", "href": "https://cdn.id/a.mp3",
    }  # fmt: skip


@pytest.mark.parametrize("code", [0x01, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0xFFFE, 0xFFFF])
async def test_any_text_makes_well_formed_xml(radio, code):
    made = await write(radio)
    odd = f"a{chr(code)}b ]]> <b>&amp;&lt; \U0001f64f"
    await radio.services.db.execute(
        "UPDATE articles SET title = $1, excerpt = $1, content = $1 WHERE id = $2", odd, made["id"]
    )
    visitor, shown = await radio.http(), odd.replace(chr(code), "")
    (item,) = (await rss(visitor)).findall("item")
    assert (item.findtext("title"), item.findtext("description")) == (shown, shown)
    assert item.findtext(f"{CONTENT}encoded") == shown
    (entry,) = (await atom(visitor)).findall(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}content")) == (shown, shown)


async def test_feeds_are_of_a_category_and_as_long_as_one_likes(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = (await editor.post("/categories", json={"name": "Renungan"})).json()["data"]
    for number in range(3):
        when = (now() - timedelta(days=number)).isoformat()
        await write(radio, title=f"Renungan {number}", category_id=made["id"], published_at=when)
    await write(radio, title="Lainnya", enclosure=RECORDING)

    async def titles(path):
        return [item.findtext("title") for item in (await rss(visitor, path)).findall("item")]

    slug = made["slug"]
    assert await titles(f"/feeds/articles.rss?category={slug}") == ["Renungan 0", "Renungan 1", "Renungan 2"]
    channel = await rss(visitor, f"/feeds/articles.rss?category={slug}&limit=1")
    assert [item.findtext("category") for item in channel.findall("item")] == ["Renungan"]
    assert channel.find(f"{ATOM}link").get("href") == f"{BASE}/feeds/articles.rss?category={slug}"
    assert await titles("/feeds/articles.rss?category=tidak-ada") == []
    assert await titles("/feeds/podcast.rss") == ["Lainnya"]
    assert len(await titles("/feeds/articles.rss")) == 4
    for query in ("limit=0", "limit=101", "limit=x"):
        assert (await visitor.get(f"/feeds/articles.rss?{query}")).status_code == 422


async def test_the_podcast_says_what_directories_ask_for(radio):
    await write(radio, enclosure=RECORDING)
    channel = await rss(await radio.http(), "/feeds/podcast.rss")
    assert channel.findtext(f"{ITUNES}author") == "El Shaddai FM"
    assert channel.findtext(f"{ITUNES}explicit") == "false"
    assert channel.find(f"{ITUNES}category").get("text") == "Religion & Spirituality"
    assert channel.find(f"{ITUNES}image") is None
    assert len(channel.findall("item/enclosure")) == 1


async def test_a_feed_is_kept_until_an_article_appears_or_changes(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    await write(radio)
    for path, count in (("/feeds/articles.rss", 2), ("/feeds/articles.atom", 2), ("/sitemap.xml", 3)):
        with count_statements(radio.services.db) as statements:
            first = await visitor.get(path)
        assert statements.count == count
        with count_statements(radio.services.db) as statements:
            assert (await visitor.get(path)).content == first.content
        assert statements.count == 0
        radio.services.cache.forget_all()
        again = await visitor.get(path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
    soon = now() + timedelta(minutes=1)
    await write(radio, title="Sebentar lagi", published_at=soon.isoformat())
    for path in ("/feeds/articles.rss", "/feeds/articles.atom", "/sitemap.xml", "/sitemaps/1.xml"):
        await visitor.get(path)
        assert abs(radio.services.cache.get(f" {path}").expires_at - soon.timestamp()) < 0.001
    changed = await editor.put("/articles/kabar-baik", json={"title": "Kabar Lebih Baik"})
    assert changed.status_code == 200
    (item,) = (await rss(visitor)).findall("item")
    assert item.findtext("title") == "Kabar Lebih Baik"


async def test_the_sitemap_lists_the_articles_or_its_parts(radio, monkeypatch):
    visitor = await radio.http()
    made = [await write(radio, title=f"Kabar {number}") for number in range(3)]
    await write(radio, title="Rahasia", status="draft")
    root = await read(visitor, "/sitemap.xml", "application/xml")
    assert root.tag == f"{SITEMAP}urlset"
    assert [(url.findtext(f"{SITEMAP}loc"), url.findtext(f"{SITEMAP}lastmod")) for url in root] == [
        (
            f"{BASE}/articles/{one['slug']}",
            datetime.fromisoformat(one["updated_at"]).isoformat(timespec="seconds"),
        )
        for one in made
    ]
    monkeypatch.setattr(feed_routes, "URLS_PER_SITEMAP", 3)
    radio.services.cache.forget_all()
    assert (await read(visitor, "/sitemap.xml", "application/xml")).tag == f"{SITEMAP}urlset"
    monkeypatch.setattr(feed_routes, "URLS_PER_SITEMAP", 2)
    radio.services.cache.forget_all()
    root = await read(visitor, "/sitemap.xml", "application/xml")
    assert root.tag == f"{SITEMAP}sitemapindex"
    parts = [part.findtext(f"{SITEMAP}loc") for part in root]
    assert parts == [f"{BASE}/sitemaps/1.xml", f"{BASE}/sitemaps/2.xml"]
    found = []
    for part in parts:
        root = await read(visitor, part.removeprefix(BASE), "application/xml")
        found += [url.findtext(f"{SITEMAP}loc").rpartition("/")[2] for url in root]
    assert found == [one["slug"] for one in made]
    for name in ("0.xml", "3.xml", "01.xml", "1", "x.xml", "-1.xml", "٣.xml", "123456.xml"):
        assert (await visitor.get(f"/sitemaps/{name}")).status_code == 404, name


async def test_the_articles_of_another_website_are_named(radio, monkeypatch):
    about = radio.services.settings.listed(feed_routes.FeedSettings)
    monkeypatch.setitem(about.__dict__, "article_pages", "https://www.elshaddaifm.id/kabar")
    await write(radio)
    channel = await rss(await radio.http())
    assert channel.findtext("link") == "https://www.elshaddaifm.id/"
    assert channel.findtext("item/link") == "https://www.elshaddaifm.id/kabar/kabar-baik"
    assert channel.find(f"{ATOM}link").get("href") == f"{BASE}/feeds/articles.rss"


async def test_an_article_has_a_recording_or_none(radio):
    editor = await radio.http("editor")
    made = await write(radio, enclosure=RECORDING)
    assert made["enclosure"] == RECORDING
    path = f"/articles/{made['slug']}"
    same = await editor.put(path, json={"enclosure": RECORDING})
    assert (same.json()["data"]["version"], same.json()["data"]["enclosure"]) == (1, RECORDING)
    shorter = {"url": "https://cdn.id/b.m4a", "type": "audio/mp4", "bytes": 5}
    changed = (await editor.put(path, json={"enclosure": shorter})).json()["data"]
    assert (changed["version"], changed["enclosure"]) == (2, {**shorter, "seconds": None})
    for bad in (
        {"type": "text/html"},
        {"type": "audio/mpeg; x=1"},
        {"bytes": 0},
        {"seconds": 0},
        {"url": "javascript:alert(1)"},
    ):
        refused = await editor.put(path, json={"enclosure": {**RECORDING, **bad}})
        assert (refused.status_code, list(refused.json()["error"]["details"])) == (
            422,
            [f"enclosure.{next(iter(bad))}"],
        )
    assert (await editor.get(path)).json()["data"]["enclosure"] == changed["enclosure"]
    cleared = (await editor.put(path, json={"enclosure": None})).json()["data"]
    assert cleared["enclosure"] is None
    assert (await write(radio, title="Tanpa suara"))["enclosure"] is None
