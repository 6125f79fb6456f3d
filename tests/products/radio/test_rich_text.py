"""Rich texts through HTTP: articles, pages, programmes, presenters, announcements and notes of the plan."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from colonnade.kernel.testing import Backend
from colonnade.products.radio.product import PRODUCT


class Kind(NamedTuple):
    """A resource with a rich text: where it is made, with which other fields, the field, and its longest text."""

    path: str
    others: dict
    field: str
    most: int
    key: str = "slug"
    required: bool = True


ARTICLE = Kind("/articles", {"title": "Renungan Pagi", "status": "published"}, "content", 500_000)
PAGE = Kind("/pages", {"title": "Tentang Kami"}, "content", 500_000)
NOTICE = Kind("/announcements", {"title": "Malam Doa"}, "body", 10_000, key="id")
PROGRAM = Kind("/programs", {"name": "Kopi Pagi", "type": "music"}, "description", 5_000, required=False)
PRESENTER = Kind("/programs/presenters", {"name": "Debora"}, "bio", 5_000, key="id", required=False)
KINDS = [ARTICLE, PAGE, NOTICE, PROGRAM, PRESENTER]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.path for kind in KINDS])


async def make(client, kind, text, **more):
    answer = await client.post(kind.path, json={**kind.others, kind.field: text, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def count(radio, kind):
    return await radio.services.db.fetch_value(f"SELECT count(*) FROM {kind.path.rpartition('/')[2]}")


@every_kind
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Hubungi <budi@elshaddai.id> ya", "Hubungi &lt;budi@elshaddai.id&gt; ya"),
        ("Jika x<b hubungi <budi@elshaddai.id>", "Jika x&lt;b hubungi &lt;budi@elshaddai.id&gt;"),
        ("a < b, <3 & x<y>z", "a &lt; b, &lt;3 &amp; x&lt;y&gt;z"),
        ("&lt;img src=x onerror=alert(1)&gt;", "&lt;img src=x onerror=alert(1)&gt;"),
        ("<p>Halo<script>alert(1)</script></p>", "<p>Halo</p>"),
        ('<h2 id="bab-1">Bab</h2>', '<h2 id="user-content-bab-1">Bab</h2>'),
        ("<p>Dengan foto</p><iframe src=https://www.youtube.com/embed/x></iframe>", "<p>Dengan foto</p>"),
    ],
)
async def test_html_comes_out_safe_and_goes_in_again(radio, kind, sent, stored):
    editor = await radio.http("editor")
    made = (await make(editor, kind, sent))["data"]
    assert made[kind.field] == stored
    address = f"{kind.path}/{made[kind.key]}"
    again = await editor.put(address, json=made)
    assert again.status_code == 200, again.text
    assert again.json()["data"] == made
    assert "warnings" not in again.json()
    alone = (await editor.put(address, json={kind.field: stored})).json()
    assert alone["data"][kind.field] == stored
    assert "warnings" not in alone


@every_kind
async def test_a_text_that_is_said_to_be_one_is_shown_as_typed(radio, kind):
    editor = await radio.http("editor")
    typed = "Satu & <b>dua</b>\nbaris &lt;x&gt;\n\nBlok kedua"
    stored = "<p>Satu &amp; &lt;b&gt;dua&lt;/b&gt;<br>baris &amp;lt;x&amp;gt;</p><p>Blok kedua</p>"
    answer = await make(editor, kind, typed, format="text")
    assert (answer["data"][kind.field], "warnings" in answer) == (stored, False)
    address = f"{kind.path}/{answer['data'][kind.key]}"
    await editor.put(address, json={kind.field: "<p>Yang lain.</p>"})
    changed = await editor.put(address, json={kind.field: typed, "format": "text"})
    assert changed.json()["data"][kind.field] == stored
    refused = await editor.put(address, json={kind.field: typed, "format": "markdown"})
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == {"format": "Format must be html or text"}


@every_kind
async def test_what_was_removed_is_told(radio, kind):
    editor = await radio.http("editor")
    sent = '<p onclick="x()" onload="y()">Halo semua</p><script>1</script><script>2</script><!-- rahasia -->'
    answer = await make(editor, kind, sent)
    told = f"Removed from {kind.field}: script (2), onclick (1), onload (1), comment (1)"
    assert answer["warnings"] == [told]
    assert answer["data"][kind.field] == "<p>Halo semua</p>"
    changed = await editor.put(
        f"{kind.path}/{answer['data'][kind.key]}", json={kind.field: sent.replace("Halo", "Hai")}
    )
    assert changed.json()["warnings"] == [told]


BLANK = [
    "<p>&nbsp;</p>", "<p><br></p>", "<p>\u200b\u2060 \u200b</p>", "<h2></h2><hr>", "&#8203;&#x2800;&nbsp;",
    "\u3000\u200b" * 6,
    "<script>alert(1)</script>", "<!-- tidak ada apa-apa -->", "<p>\u202e\u00ad</p><br><br>", "<img>" * 3,
]  # fmt: skip


@every_kind
@pytest.mark.parametrize("blank", BLANK)
async def test_what_shows_nothing_is_empty(radio, kind, blank):
    editor = await radio.http("editor")
    answer = await editor.post(kind.path, json={**kind.others, kind.field: blank})
    if kind.required:
        assert answer.status_code == 422
        removed = next((name for name in ("script", "<!--") if name in blank), "").replace("<!--", "comment")
        told = f". Removed from {kind.field}: {removed} (1)" if removed else ""
        rule = {kind.field: f"{kind.field.capitalize()} must not be blank{told}"}
        assert answer.json()["error"]["details"] == rule
        assert await count(radio, kind) == 0
    else:
        assert answer.status_code == 201
        assert answer.json()["data"][kind.field] is None
    made = (await make(editor, kind, "<p>Ada isinya.</p>", **_another(kind)))["data"]
    changed = await editor.put(f"{kind.path}/{made[kind.key]}", json={kind.field: blank})
    shown = (await editor.get(f"{kind.path}/{made[kind.key]}")).json()["data"]
    if "<" not in blank and "&" not in blank:  # as "" is: absent
        assert (changed.status_code, shown) == (200, made)
    elif kind.required:
        assert (changed.status_code, changed.json()["error"]["details"]) == (422, rule)
        assert shown == made
    else:
        assert (changed.status_code, shown[kind.field]) == (200, None)


@every_kind
@pytest.mark.parametrize(
    "address", ["https://www.youtube.com/embed/abc", "//www.youtube.com/x", "http://a:b@c/"]
)
async def test_who_is_refused_is_told_what_was_removed(radio, kind, address):
    if not kind.required:
        return
    editor = await radio.http("editor")
    sent = f'<iframe class="x" src="{address}"></iframe>'
    host = "c" if "@" in address else "www.youtube.com"
    embeds = f", {host} is not in EMBED_HOSTS"
    answer = await editor.post(kind.path, json={**kind.others, kind.field: sent})
    rule = f"{kind.field.capitalize()} must not be blank. Removed from {kind.field}: iframe (1){embeds}"
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, {kind.field: rule})
    assert await count(radio, kind) == 0
    words = "<p>Sebuah video:</p>"
    warnings = (await make(editor, kind, words + sent))["warnings"]
    assert warnings == [f"Removed from {kind.field}: iframe (1){embeds}"]


async def test_who_wrote_too_little_text_is_told_what_was_removed(radio):
    editor = await radio.http("editor")
    sent = "Tulis <script> lalu sisa teks ini hilang?"
    answer = await editor.post("/articles", json={"title": "Renungan", "content": sent})
    rule = "Content must be at least 10 characters. Removed from content: script (1)"
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, {"content": rule})


def _another(kind):
    return {"name": "Yang Lain"} if "name" in kind.others else {"title": "Yang Lain"}


@every_kind
async def test_a_picture_is_something_to_see(radio, kind):
    editor = await radio.http("editor")
    picture = '<p><img src="https://cdn.id/a.jpg"></p>'
    assert (await make(editor, kind, picture))["data"][kind.field] == picture


@every_kind
async def test_what_is_kept_is_no_longer_than_what_may_be_sent(radio, kind):
    editor = await radio.http("editor")
    most = kind.most - len("<p></p>")
    fits = (await make(editor, kind, "<p>" + "&" * (most // 5) + "x" * (most % 5)))["data"]
    assert len(fits[kind.field]) == kind.most
    address = f"{kind.path}/{fits[kind.key]}"
    assert (await editor.put(address, json={kind.field: fits[kind.field]})).status_code == 200
    refused = await editor.put(address, json={kind.field: "<p>" + "&" * (kind.most // 5)})
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == {
        kind.field: f"{kind.field.capitalize()} must be at most {kind.most} characters, as HTML"
    }
    assert (await editor.get(address)).json()["data"][kind.field] == fits[kind.field]


async def test_excerpts_and_snippets_are_encoded_texts(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    attack = "&lt;img src=x onerror=alert(1)&gt; jahat &amp;lt;svg&amp;gt; <budi@gereja.id>"
    encoded = attack.replace("<", "&lt;").replace("id>", "id&gt;")
    made = (await make(editor, ARTICLE, f"<p>{attack}</p>", title="<b>Judul</b> & jahat"))["data"]
    assert made["excerpt"] == encoded
    assert made["slug"] == "b-judul-b-jahat"
    listed = (await visitor.get("/articles")).json()["data"][0]
    home = (await visitor.get("/homepage")).json()["data"]
    assert listed["excerpt"] == encoded
    assert encoded in str(home)
    snippet = (await visitor.get("/articles?search=jahat")).json()["data"][0]["snippet"]
    assert "<mark>jahat</mark>" in snippet
    assert "<" not in snippet.replace("<mark>", "").replace("</mark>", "")
    address = f"/articles/{made['slug']}"
    for sent, kept in (
        (encoded, encoded),
        ("Tuhan & <b onclick=x>kita</b> <3", "Tuhan &amp; kita &lt;3"),
        ("<script>1</script>Aman", "Aman"),
    ):
        changed = await editor.put(address, json={"excerpt": sent})
        assert changed.json()["data"]["excerpt"] == kept
    typed = await editor.put(address, json={"excerpt": "<b> & &lt;", "format": "text"})
    assert typed.json()["data"]["excerpt"] == "&lt;b&gt; &amp; &amp;lt;"
    long = await editor.put(address, json={"excerpt": None, "content": "&" * 600})
    assert long.json()["data"]["excerpt"] == "&amp;" * 99 + "…"
    assert (await editor.put(address, json={"excerpt": "&amp;" * 99 + "…"})).status_code == 200


async def test_a_calendar_has_plain_text(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    made = (await make(editor, PROGRAM, "<p>Kopi &amp; doa<script>x</script></p><p>&lt;3</p>"))["data"]
    slot = {"program_id": made["id"], "weekday": 1, "start_time": "06:00", "end_time": "07:00"}
    planned = (await editor.post("/programs/slots", json=slot)).json()["data"]
    calendar = await visitor.get("/programs/calendar.ics")
    assert "DESCRIPTION:Kopi & doa <3\r\n" in calendar.text
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.headers["x-content-type-options"] == "nosniff"
    assert planned["id"] > 0


async def test_players_of_named_hosts_are_embedded(open_backend):
    frame = (
        '<iframe src="https://www.youtube-nocookie.com/embed/x?start=1&amp;rel=0" width="560" height="315" '
    )
    async with (
        open_backend(PRODUCT, Backend, embed_hosts="www.youtube-nocookie.com, player.vimeo.com") as server,
        server.for_test(),
    ):
        editor = await server.http(await server.add_account("e@test.id", "Rina", "editor"))
        sent = (
            '<p>Lagu</p><iframe width="560" height="315" src="https://www.youtube-nocookie.com/embed/x?start=1&rel=0" '
            'frameborder="0" allow="camera" onload="x()"></iframe><iframe src="https://evil.id/"></iframe>'
        )
        answer = await make(editor, ARTICLE, sent)
        content = answer["data"]["content"]
        assert content.startswith(f"<p>Lagu</p>{frame}")
        assert content.endswith("</iframe>")
        assert 'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation"' in content
        assert "camera" not in content
        assert answer["warnings"] == ["Removed from content: iframe (1), evil.id is not in EMBED_HOSTS"]
        again = await editor.put(f"/articles/{answer['data']['slug']}", json={"content": content})
        assert again.json()["data"]["content"] == content


async def test_warnings_are_part_of_a_repeated_answer(radio):
    editor = await radio.http("editor")
    body = {**ARTICLE.others, "content": "<p onclick=x>Halo semua</p>"}
    key = {"Idempotency-Key": "satu"}
    first = await editor.post("/articles", json=body, headers=key)
    again = await editor.post("/articles", json=body, headers=key)
    assert first.json()["warnings"] == ["Removed from content: onclick (1)"]
    assert again.content == first.content


async def test_warnings_and_format_are_described(radio):
    document = (await (await radio.http()).get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for name in ("ArticleCreate", "PageUpdate", "AnnouncementCreate", "ProgramUpdate", "PresenterCreate"):
        described = schemas[name]["properties"]["format"]
        assert (described["enum"], described["default"]) == (["html", "text"], "html")
    created = document["paths"]["/articles"]["post"]["responses"]["201"]["content"]["application/json"][
        "schema"
    ]
    answer = schemas[created["$ref"].rpartition("/")[2]] if "$ref" in created else created
    assert answer["properties"]["warnings"]["items"] == {"type": "string"}
    assert "warnings" not in answer["required"]
