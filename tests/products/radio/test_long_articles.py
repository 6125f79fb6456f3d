"""Articles as long as they may be, in lists, searches and feeds: whoever asks for them holds up nobody else."""

from __future__ import annotations

from colonnade.kernel.testing.worst import longest_turn

ARTICLES = 24
LONG = 490_000
PIECE = '<p>kata <b>x</b> &amp; <a href="/y">z</a> raksasa</p>'
LONGEST_TURN_SECONDS = 0.15
PATHS = (
    "/articles?limit=50",
    "/articles?limit=50&search=raksasa",
    "/feeds/articles.rss?limit=50",
    "/feeds/articles.atom?limit=50",
    "/homepage",
)


async def test_long_articles_delay_nobody(radio):
    """12 MB of them. What is sent is looked at later: a client that reads it in this process would take longest."""
    for number in range(ARTICLES):
        await radio.services.db.execute(
            "INSERT INTO articles (title, slug, content, excerpt, status, author_id, published_at) "
            "SELECT 'Panjang sekali', 'panjang-' || $1::text, repeat($2, $3), 'kata', 'published', min(id), now() "
            "FROM accounts",
            str(number),
            PIECE,
            LONG // len(PIECE),
        )
    visitor = await radio.http()
    for path in PATHS:
        for accepted in ("identity", "gzip"):
            for _ in range(2):
                async with longest_turn() as turn:
                    answer = await visitor.head(path, headers={"Accept-Encoding": accepted})
                assert answer.status_code == 200
                assert turn.seconds < LONGEST_TURN_SECONDS, path
            radio.services.cache.clear()
    # Once a page was large, items are encoded one by one: the page is the same.
    page = (await visitor.get("/articles?limit=20")).json()
    assert [len(article["content"]) for article in page["data"]] == [LONG // len(PIECE) * len(PIECE)] * 20
    assert (page["success"], page["pagination"]["total"]) == (True, ARTICLES)
