"""What is found: each case of cases.tsv is one text in one table, and a search for it by the real SQL."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pytest
from tests.kernel.search.conftest import STEMMINGS

from colonnade.kernel.search import Corpus, find
from colonnade.kernel.search.folding import fold

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
