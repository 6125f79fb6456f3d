"""What is found: each case of cases.tsv is one text in one table, and a search for it by the real SQL."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from re import sub
from unicodedata import category

import pytest
from tests.kernel.search.conftest import STEMMINGS

from colonnade.kernel.search import Corpus, find, keep_words
from colonnade.kernel.search.folding import fold
from colonnade.kernel.search.marking import mark_snippet

CORPORA = {name: Corpus(name, name, stemming=stemming) for name, stemming in STEMMINGS.items()}
LINES = (Path(__file__).parent / "cases.tsv").read_text().splitlines()
CASES = [tuple(line.split("\t")) for line in LINES if not line.startswith("#")]


def test_there_are_cases_in_seven_languages() -> None:
    assert len(CASES) >= 200
    assert len(set(CASES)) == len(CASES)
    assert all(len(case) == 4 and case[0] in CORPORA and case[3] in ("0", "1") for case in CASES)


async def test_what_is_found_and_what_is_not(db) -> None:
    wrong = []
    for table, text, query, wanted in CASES:
        await db.execute(f"DELETE FROM {table}")
        await db.execute(f"INSERT INTO {table} (body) VALUES ($1)", text)
        found = await find(db, CORPORA[table], query, limit=10)
        if found.total != int(wanted) or len(found.keys) != found.total or found.is_floor:
            wrong.append((table, text, query, wanted, found))
    assert wrong == [], "\n".join(map(str, wrong))


async def test_a_snippet_marks_what_was_found(db) -> None:
    unmarked = []
    for table, text, query, wanted in CASES:
        if wanted == "0" or query.startswith("-"):
            continue
        await db.execute(f"DELETE FROM {table}")
        await db.execute(f"INSERT INTO {table} (body) VALUES ($1)", text)
        snippet = (await find(db, CORPORA[table], query, limit=10)).snippet(text)
        if "<mark>" not in snippet:
            unmarked.append((text, query, snippet))
    assert unmarked == [], "\n".join(map(str, unmarked))


async def test_python_and_the_database_fold_alike(db) -> None:
    texts = {text for _, *both, _ in CASES for text in both}
    texts |= {chr(point) for point in range(0x20, 0x3000) if category(chr(point)) != "Cn"}
    texts |= {
        "\u3099\u0e38" * 100,
        "\u0323\u0301" * 100,
        "か\u3099" * 50,
        "ｶﾞ" * 50,
        "e\u0301" * 70,
        "한" * 40,
        "🙏🏽",
    }
    rows = await db.fetch(
        "SELECT typed, search_fold(typed) AS folded FROM unnest($1::text[]) AS typed", sorted(texts)
    )
    folded = {row["typed"]: row["folded"] for row in rows}
    assert len(folded) > 11_000
    assert {typed: (sql, fold(typed)) for typed, sql in folded.items() if sql != fold(typed)} == {}


PIECES = [
    "a ",
    "-a ",
    '"a" ',
    "a-",
    "'",
    '"',
    "-",
    "日",
    "\u0323\u0301",
    "1 ",
    "a@",
    "or ",
    "ﷺ",
    "\\",
    "%",
    "\x01",
]


@pytest.mark.parametrize("piece", PIECES)
async def test_the_worst_legal_texts_are_answered(db, piece: str) -> None:
    await db.execute(
        "INSERT INTO catatan (body) SELECT 'a b 日本 1 ' || n FROM generate_series(1, 2000) AS n"
    )
    found = await find(db, CORPORA["catatan"], (piece * 100)[:100], limit=10)
    assert found.total <= 1000


async def test_the_words_of_a_corpus_are_weighed(db) -> None:
    for n in range(20):
        body = "umum" + " jarang" * (n == 0) + " dibaca" * (n % 4 == 0)
        await db.execute("INSERT INTO catatan (body) VALUES ($1)", body)
    await keep_words(db, CORPORA["catatan"])
    rows = await db.fetch(
        "SELECT word, round(share::numeric, 3)::text AS share, stem FROM search_words WHERE word <> 'baca'"
    )
    assert {row["word"]: (row["share"], row["stem"]) for row in rows} == {
        "umum": ("1.000", "umum"),
        "jarang": ("0.050", "jarang"),
        "dibaca": ("0.250", "baca"),
    }


TEXTS = (
    "Rapat komisi: AC/DC dan Rapat-rapat… “rapat” Bu Rapat’s; rapat.",
    "Radio el-shaddai, O’Brien's R&B.",
    "Kasih <b>Tuhan</b> & kasih—kasih\xa0kasih " * 20,
    "rapatkan merapat rapat rapat " + "x" * 300 + " rapat",
    "São João rapat",
    "",
)


@pytest.mark.parametrize("text", TEXTS)
def test_few_words_are_marked_like_many(text: str) -> None:
    words = {"rapat", "acdc", "elshaddai", "obrien", "rb", "kasih", "shaddai", "sao"}
    many = words | {f"lain{n}" for n in range(20)}
    assert mark_snippet(text, words) == mark_snippet(text, many)
    for word in words:
        assert mark_snippet(text, {word}) == mark_snippet(text, {word} | many - words)


PRICES = (
    "Biaya Rp1.500.000,00 per bulan",
    "Rp 2.500.000 dan Rp 500.000",
    "IP 192.168.1.10 server",
    "3-4-5 angka 3.4.5",
)


@pytest.mark.parametrize("text", [*PRICES, *TEXTS])
def test_a_snippet_says_what_the_text_says(text: str) -> None:
    words = {
        "1500000",
        "500",
        "000",
        "rapat",
        "192",
        "168",
        "3",
        "4",
        "5",
        "345",
        "kasih",
        "#500000",
        "#1500000",
    }
    for marks in (words, words | {f"lain{n}" for n in range(20)}, *({word} for word in words)):
        shown = unescape(sub("</?mark>", "", mark_snippet(text, marks)))
        for part in shown.split(" … "):
            assert part in " ".join(text.split())
