"""The one statement of a search: which rows of a table are found, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from colonnade.kernel.db import Executor, Record
from colonnade.kernel.search.marking import mark_snippet
from colonnade.kernel.search.typed import read_terms

__all__ = ["MAX_FOUND", "Corpus", "Found", "find", "forget_owner", "keep_words", "matching"]

MAX_FOUND = 1_000
"""Of so many rows, the newest that match, the best are shown; their number is the largest total that is exact."""
_NO_BOUND = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """A table that can be searched: it has a column `search`, made by `search_place` and `search_field`.

    `key` is an integer column that grows with each row; zones are made of it. `stemming` is the text search
    configuration of its fields. `forms` names a function that knows further forms of a word (`search_word`). `owned`:
    the words are kept by `owner_id`, so that nobody's words find another's rows by mistake. `public`: the scope of the
    rows that everybody may see, where there are others, as its triggers say as well.
    """

    name: str
    table: str
    key: str = "id"
    stemming: str = "simple"
    forms: str | None = None
    owned: bool = False
    public: str | None = None
    _statement: str = field(init=False)

    def __post_init__(self) -> None:
        forms = "NULL" if self.forms is None else f"'{self.forms}'"
        object.__setattr__(
            self,
            "_statement",
            f"SELECT keys, total, is_floor, is_similar, marks FROM search_find('{self.table}', '{self.key}', "
            f"'{self.name}', $1::integer, $2::boolean, '{self.stemming}', {forms}, $3::integer[], $4::text[], "
            "$5::text[], $6::text[], $7::text, $8::text[], $9::text, $10::bigint, $11::integer, $12::integer, "
            "$13::integer)",
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found: keys in order.

    `total` rows were found, or at least so many (`is_floor`). `is_similar`: the words themselves were not found, and
    similar ones were. `marks` are the words to mark.
    """

    keys: list[int]
    total: int
    is_floor: bool
    is_similar: bool
    marks: frozenset[str]

    def in_order(self, rows: Iterable[Record], key: str = "id") -> list[Record]:
        """Return the rows that were fetched for `keys` in their order; one that is gone meanwhile is missing."""
        by_key = {int(row[key]): row for row in rows}
        return [by_key[one] for one in self.keys if one in by_key]

    def snippet(self, text: str) -> str:
        """Return the parts of plain `text` in which the words are, as safe HTML with `<mark>`."""
        return mark_snippet(text, self.marks)


async def find(
    db: Executor,
    corpus: Corpus,
    text: str,
    *,
    owner: int = 0,
    for_everybody: bool = False,
    scopes: Sequence[str] = (),
    further: str = "true",
    given: Sequence[str] = (),
    sorting: str | None = None,
    below: int | None = None,
    most: int = MAX_FOUND,
    limit: int,
    offset: int = 0,
) -> Found:
    """Find rows of `corpus` for a search text, the best of the newest `most` first.

    `scopes` are `name:value` as the column's `search_place` has them; all must hold. `further` is SQL about a row `t`
    that rows must satisfy as well, with the texts `given` as `$4` (an array): for what few rows fail. `sorting` is SQL
    about a row `t` in place of the rank. `below` bounds the keys. `owner` is the account whose rows alone are searched
    in a corpus whose words are kept by owner; a scope must say the same. `for_everybody`: only words of public rows
    stand for others that begin like them or are similar, or results would tell what is in other rows.
    """
    alternatives, kinds, texts = read_terms(text)
    row = await db.fetch_row(
        corpus._statement,
        owner,
        for_everybody,
        alternatives,
        kinds,
        texts,
        list(scopes),
        further,
        list(given),
        sorting,
        _NO_BOUND if below is None else below,
        most,
        limit,
        offset,
    )
    assert row is not None
    return Found(row["keys"], row["total"], row["is_floor"], row["is_similar"], frozenset(row["marks"]))


def matching(corpus: Corpus, text: str, *, owner: int, first: int) -> tuple[str, list[object]]:
    """Return SQL for the query of a search text, with its parameters from `$first` on, for one owner's few rows.

    `search @@ <SQL>` is true for what `find` would find, or for similar words where the owner has no such word.
    """
    alternatives, kinds, texts = read_terms(text)
    forms = "NULL" if corpus.forms is None else f"'{corpus.forms}'"
    sql = (
        f"(SELECT wanted FROM search_query('{corpus.name}', ${first}::integer, false, '{corpus.stemming}', {forms}, "
        f"${first + 1}::integer[], ${first + 2}::text[], ${first + 3}::text[], true))"
    )
    return sql, [owner, alternatives, kinds, texts]


async def forget_owner(tx: Executor, owner: int) -> None:
    """Forget all words of an owner, whose rows are being erased, in every corpus."""
    await tx.execute("DELETE FROM search_words WHERE owner = $1", owner)


async def keep_words(db: Executor, corpus: Corpus) -> None:
    """Forget the words that are in no row any more, and estimate how frequent the others are."""
    if not corpus.owned:
        await db.execute("SELECT search_weigh($1::text::regclass, $2)", corpus.table, corpus.name)
    owner, word = -1, ""
    while True:
        row = await db.fetch_row(
            "SELECT last_owner, last_word FROM search_keep($1::text::regclass, $2, $3, $4, $5)",
            corpus.table,
            corpus.name,
            corpus.public or "",
            owner,
            word,
        )
        if row is None or row["last_word"] is None:
            return
        owner, word = row["last_owner"], row["last_word"]
