"""What a search reads, by table size: buffers of EXPLAIN (ANALYZE, BUFFERS), and no sequential scan."""

from __future__ import annotations

from typing import NamedTuple

import asyncpg
import pytest

from colonnade.kernel.db import Database
from colonnade.kernel.search import Corpus, keep_words
from colonnade.kernel.search.typed import read_terms

MOST_BUFFERS = 3_000
"""8 KiB each: the constant that no search of one or two words exceeds, whatever the table's size."""
MOST_BUFFERS_OF_A_PHRASE = 15_000
"""Its words are read in up to eight times a thousand rows."""
CORPUS = Corpus("many", "many")
NO_BOUND = 2**63 - 1
SCANS = "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE relname IN ('many', 'search_words')"
"""Of this session, what was not reported yet included."""

# `umum` is in nine rows of ten, `sering` in every second, `sedang` in one of 50, `langka` in one of 500, `jarang` in
# ten rows, the newest of which are as old as the others; `ganjil` and `genap` are frequent and never together.
FILL = """
INSERT INTO many (id, body, search)
SELECT n, repeat('x', 300), search_place(n, 'label:' || n % 2) || array_to_tsvector(array_remove(ARRAY[
    CASE WHEN n % 10 <> 0 THEN 'umum' END, CASE WHEN n % 2 = 0 THEN 'genap' ELSE 'ganjil' END,
    CASE WHEN n % 4 < 2 THEN 'sering' END, CASE WHEN n % 50 = 7 THEN 'sedang' END,
    CASE WHEN n % 500 = 3 THEN 'langka' END, CASE WHEN n % ($2 / 10) = 5 THEN 'jarang' END,
    'kata' || n % 1000, 'lain' || n % 777, CASE WHEN n < $2 / 2 THEN 'dahulu' END], NULL))
FROM generate_series(1, $1) AS n
"""
LEARN = """
INSERT INTO search_words (corpus, owner, word, grams)
SELECT 'many', 0, seen, array_to_tsvector(search_trigrams(seen) || '=many:0'::text)
FROM unnest('{umum,genap,ganjil,sering,sedang,langka,jarang,dahulu}'::text[]
    || ARRAY(SELECT 'kata' || n FROM generate_series(0, 999) AS n)) AS seen
"""


class Case(NamedTuple):
    """A search text, the total that it has in a table of `rows`, and whether it is a phrase."""

    text: str
    share: float
    most: int = MOST_BUFFERS


CASES = {
    "rare": Case("jarang", 0),
    "middling": Case("sedang", 1 / 50),
    "seldom": Case("langka", 1 / 500),
    "commonest": Case("umum", 0.9),
    "prefix of the commonest": Case("umu", 0.9),
    "prefix of many": Case("k", 0.05),
    "two words": Case("umum sering", 0.45),
    "a common and a rare word": Case("umum jarang", 0),
    "two common words that never meet": Case("ganjil genap", 0),
    "without": Case("umum -umum", 0),
    "common long ago": Case("dahulu", 0.5),
    "one or the other": Case("langka or sedang", 11 / 500),
    "no match": Case("zzyzx", 0),
    "a typing error": Case("sedagn", 1 / 50),
    "a phrase": Case('"umum sering"', 0, MOST_BUFFERS_OF_A_PHRASE),
}


UNTIL_TIME_IS_UP = ("two common words that never meet", "without")
"""Their posting lists are read to the end, or for half a second: a busy machine does not get to the end."""


async def _grown(dsn: str, rows: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await connection.execute(
        "CREATE TABLE many (id bigint PRIMARY KEY, body text NOT NULL, search tsvector NOT NULL)"
    )
    await connection.execute(FILL, rows, rows)
    await connection.execute("CREATE INDEX ON many USING gin (search) WITH (gin_pending_list_limit = 256)")
    await connection.execute(LEARN)
    await connection.execute("VACUUM ANALYZE many")
    await connection.close()


async def _read(db: Database, text: str) -> tuple[int, bool, int]:
    """Search twice; return the total, whether it is a floor, and the buffers of the second time. Nothing is scanned."""
    alternatives, kinds, texts = read_terms(text)
    arguments = [0, False, alternatives, kinds, texts, [], "true", [], None, NO_BOUND, 1000, 10, 0]
    async with db.transaction() as tx:
        before = await tx.fetch_value(SCANS)
        row = await tx.fetch_row(CORPUS._statement, *arguments)
        assert row is not None
        explained = await tx.fetch_value(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {CORPUS._statement}", *arguments
        )
        assert await tx.fetch_value(SCANS) == before
    plan = explained[0]["Plan"]
    return row["total"], row["is_floor"], plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


async def _measure(dsn: str, rows: int) -> list[dict[str, tuple[int, bool, int]]]:
    """Search before the words are weighed for the first time, and afterwards."""
    await _grown(dsn, rows)
    db = Database(dsn)
    try:
        new = {name: await _read(db, case.text) for name, case in CASES.items()}
        await keep_words(db, CORPUS)
        weighed = {name: await _read(db, case.text) for name, case in CASES.items()}
        await db.execute("UPDATE search_words SET share = 0")
        for name, (total, is_floor, _) in weighed.items():
            if name not in UNTIL_TIME_IS_UP:
                assert (await _read(db, CASES[name].text))[:2] == (total, is_floor), name
        return [new, weighed]
    finally:
        await db.close()


def _check(measured: dict[str, tuple[int, bool, int]], rows: int) -> None:
    for name, (total, is_floor, buffers) in measured.items():
        case = CASES[name]
        expected = round(case.share * rows) or (10 if "jarang" in case.text else 0)
        assert buffers <= case.most, (name, buffers)
        if case.most == MOST_BUFFERS_OF_A_PHRASE or name in UNTIL_TIME_IS_UP:
            assert total == 0  # a floor, if the rest was not read
        elif name == "prefix of many":
            assert is_floor == (rows > 20_000) or not is_floor
        else:
            assert (total, is_floor) == (min(expected, 1000), expected > 1000), name


async def test_what_is_read_of_ten_thousand_rows(fresh_database, notes_template) -> None:
    for measured in await _measure(await fresh_database(like=notes_template), 10_000):
        _check(measured, 10_000)


@pytest.mark.slow
async def test_what_is_read_of_a_million_rows(fresh_database, notes_template) -> None:
    few = await _measure(await fresh_database(like=notes_template), 100_000)
    many = await _measure(await fresh_database(like=notes_template), 1_000_000)
    for of_few, of_many in zip(few, many, strict=True):
        _check(of_few, 100_000)
        _check(of_many, 1_000_000)
        print({name: (of_few[name][2], of_many[name][2]) for name in CASES})
        grown = {
            name: (of_few[name], of_many[name])
            for name in CASES
            if of_few[name][1] and of_many[name][2] > 2 * of_few[name][2]
        }
        assert grown == {}
