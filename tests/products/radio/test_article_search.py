"""Search of articles: Indonesian stems and plain words, ranked, with a safe snippet."""

from __future__ import annotations

import pytest

ARTICLES = [
    ("Tuhan menguatkan kita", "<p>Kekuatan baru bagi yang lelah di kota Medan.</p>"),
    ("Doa pagi bersama", "<p>Kami berdoa supaya kuat menghadapi hari ini.</p>"),
    ("Jadwal siaran natal", "<p>Siaran langsung dari gereja GKPI, 25 Desember.</p>"),
    ("Lagu rohani terbaru", "<p>Penyanyi O'Neil &amp; Sons merilis album &lt;baru&gt; & lagu lain.</p>"),
    ("Kasih yang besar", "<p>Seluas awan di langit.</p>"),
    ("Penulis lagu", "<p>Ia mengasihi mereka yang menyanyi.</p>"),
    ("Ibrahim dan 中文 الله", "<p>Cерия библейских бесед 中文 الله — untuk semua.</p>"),
]


@pytest.fixture
async def visitor(radio):
    """Provide a visitor of a station with the articles."""
    editor = await radio.http("editor")
    for title, content in ARTICLES:
        answer = await editor.post(
            "/articles", json={"title": title, "content": content, "status": "published"}
        )
        assert answer.status_code == 201
    return await radio.http()


async def _titles(visitor, words):
    answer = await visitor.get("/articles", params={"search": words})
    assert answer.status_code == 200, answer.text
    data, pagination = answer.json()["data"], answer.json()["pagination"]
    assert pagination["total"] == len(data)
    return [article["title"] for article in data]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("amp", set()),
        ("-lt sons", {"Lagu rohani terbaru"}),
        ("menguatkan", ["Tuhan menguatkan kita", "Doa pagi bersama"]),
        ("kuat", ["Tuhan menguatkan kita", "Doa pagi bersama"]),
        ("kekuatan", ["Tuhan menguatkan kita", "Doa pagi bersama"]),
        ("doa", ["Doa pagi bersama"]),
        ("berdoa", ["Doa pagi bersama"]),
        ("KUAT", ["Tuhan menguatkan kita", "Doa pagi bersama"]),
        ("gkpi", ["Jadwal siaran natal"]),
        ("siaran natal", ["Jadwal siaran natal"]),
        ("siaran medan", []),
        ("siaran or medan", ["Jadwal siaran natal", "Tuhan menguatkan kita"]),
        ('"siaran langsung"', ["Jadwal siaran natal"]),
        ('"langsung siaran"', []),
        ("kuat -medan", ["Doa pagi bersama"]),
        ("O'Neil & Sons", ["Lagu rohani terbaru"]),
        ("中文", ["Ibrahim dan 中文 الله"]),
        ("الله", ["Ibrahim dan 中文 الله"]),
        ("библейских", ["Ibrahim dan 中文 الله"]),
        ("desember 25", ["Jadwal siaran natal"]),
        ("tidakadakata", []),
        ("menulis", ["Penulis lagu"]),
        ("tulisan", ["Penulis lagu"]),
        ("penulis", ["Penulis lagu"]),
        ("mengasihi", ["Kasih yang besar", "Penulis lagu"]),
        ("kasih", ["Kasih yang besar", "Penulis lagu"]),
        ("bernyanyi", ["Penulis lagu", "Lagu rohani terbaru"]),
        ("menyanyikan", ["Penulis lagu", "Lagu rohani terbaru"]),
        ("kawan", []),
        ("awan", ["Kasih yang besar"]),
        ('"tuhan menguatkan"', ["Tuhan menguatkan kita"]),
        ("tuhan -kuat", []),
    ],
)
async def test_what_is_found(visitor, words, titles):
    found = await _titles(visitor, words)
    assert sorted(found) == sorted(titles)
    if words in ("menguatkan", "kuat", "kekuatan"):
        assert found == titles  # the title weighs more


@pytest.mark.parametrize(
    "words",
    ["'", '"', "&", "|", "!", "(", ")", ":", "*", "\\", "%", "_", "' \" & | ! ( ) : *", "a:*", "!!a", "a & | b",
     "((((", "-" * 100, '-""' * 33, '-"-' * 33, "-a" * 50, "- a" * 33, '-"!" ' * 20, "-or " * 25, "-'" * 50,
     "-", "- -", "--", '"" ""', "<->", "a <-> b", "'; drop table articles; --", "$1", "{0}", "%s", "😀", "\ue000",
     "\ue001x", "tidak" * 20, "kuat " * 20, "menguatkan kuat kekuatan" * 4, "-kuat " * 16,
     "\u202e", "a" * 100, "- " * 50, '"' * 100, "or or or", "or", " ", "\t\n", "\x7f", "::regconfig", "E'\\'"],
)  # fmt: skip
async def test_odd_characters_are_words_or_nothing(visitor, words):
    for more in ({}, {"sortBy": "title"}):
        answer = await visitor.get("/articles", params={"search": words, **more})
        assert answer.status_code == 200, answer.text
        assert answer.json()["pagination"]["total"] >= len(answer.json()["data"])


async def test_a_search_that_is_too_long(visitor):
    answer = await visitor.get("/articles", params={"search": "a" * 101})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"search": "Search must be at most 100 characters"}


async def test_snippets_mark_what_was_found(visitor):
    articles = (await visitor.get("/articles?search=kuat")).json()["data"]
    assert "<mark>menguatkan</mark>" in articles[0]["snippet"]
    assert "<mark>Kekuatan</mark>" in articles[0]["snippet"]
    assert "<mark>kuat</mark>" in articles[1]["snippet"]
    assert "<p>" not in articles[1]["snippet"]
    assert "snippet" not in (await visitor.get("/articles")).json()["data"][0]
    assert "snippet" not in (await visitor.get("/articles/doa-pagi-bersama")).json()["data"]


async def test_snippets_are_safe_html(radio, visitor):
    snippet = (await visitor.get("/articles?search=album")).json()["data"][0]["snippet"]
    assert "O'Neil &amp; Sons" in snippet
    assert "&lt;baru&gt;" in snippet
    assert "<mark>album</mark>" in snippet
    editor = await radio.http("editor")
    for title, content in (
        (
            "<script>alert(1)</script> jahat",
            "kata jahat <b onclick='x'>dan &lt;img src=x onerror=alert(1)&gt;</b>",
        ),
        ("\ue000<img src=x>\ue001 jahat", "\ue000jahat\ue000 polos </mark><script> jahat sekali"),
        ("jahat & jahat &lt;b&gt;", "&lt;svg onload=alert(1)&gt; jahat &amp;lt;b&amp;gt;"),
    ):
        made = await editor.post(
            "/articles", json={"title": title, "content": content, "status": "published"}
        )
        assert made.status_code == 201
    articles = (await visitor.get("/articles?search=jahat")).json()["data"]
    assert len(articles) == 3
    for article in articles:
        bare = article["snippet"].replace("<mark>", "").replace("</mark>", "")
        assert "<" not in bare
        assert ">" not in bare
        assert article["snippet"].count("<mark>") == article["snippet"].count("</mark>") > 0


async def test_the_title_weighs_more_than_the_content(radio, visitor):
    editor = await radio.http("editor")
    for title, content in (
        ("Isi saja dahulu", "<p>" + "mukjizat " * 5 + "</p>"),
        ("Mukjizat besar", "<p>Isi cerita panjang.</p>"),
    ):
        await editor.post("/articles", json={"title": title, "content": content, "status": "published"})
    assert await _titles(visitor, "mukjizat") == ["Mukjizat besar", "Isi saja dahulu"]
    answer = await visitor.get("/articles?search=mukjizat&sortBy=created_at&sortOrder=asc")
    assert [article["title"] for article in answer.json()["data"]] == ["Isi saja dahulu", "Mukjizat besar"]


async def test_a_whole_word_is_above_longer_ones(radio):
    editor = await radio.http("editor")
    for number in (7, 70, 77, 700, 71):
        await editor.post(
            "/articles",
            json={
                "title": f"Siaran nomor {number}",
                "content": "<p>Isi siaran ini.</p>",
                "status": "published",
            },
        )
    visitor = await radio.http()
    assert await _titles(visitor, "siaran nomor 7") == [f"Siaran nomor {n}" for n in (7, 71, 700, 77, 70)]
    assert await _titles(visitor, "nomor 70") == ["Siaran nomor 70", "Siaran nomor 700"]


async def test_search_pages(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for number in range(7):
        await editor.post(
            "/articles", json={"title": f"Kabar {number}", "content": "x" * 10, "status": "published"}
        )
    seen = []
    for page in (1, 2, 3):
        answer = (await visitor.get(f"/articles?search=kabar&limit=3&page={page}")).json()
        seen += [article["slug"] for article in answer["data"]]
        assert answer["pagination"]["total"] == 7
    assert sorted(seen) == [f"kabar-{number}" for number in range(7)]
    beyond = (await visitor.get("/articles?search=kabar&limit=3&page=9")).json()
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 7)


async def test_the_longest_content_is_searchable(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    for alphabet in ("abcdefghijklmnopqrstuvwxyz", [chr(0x4E00 + number) for number in range(20_000)]):
        letters = len(alphabet)
        words = [
            alphabet[number % letters] + alphabet[number // letters % letters] + str(number % 7)
            for number in range(60_000)
        ]
        content = ("penanda " + " ".join(words))[:300_000]
        answer = await editor.post(
            "/articles", json={"title": "Panjang sekali", "content": content, "status": "published"}
        )
        assert answer.status_code == 201, answer.text
    answer = await visitor.get("/articles?search=penanda")
    assert answer.json()["pagination"]["total"] == 2
    assert answer.elapsed.total_seconds() < 1
