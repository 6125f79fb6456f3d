"""Search: one normaliser for what is stored and what is typed, ranked results newest first, snippets.

A table is searchable by a column `search` and the triggers in its migration, and by a Corpus in its queries
(docs/where-to-add.md). The SQL functions are in kernel/db/migrations/0042_search.sql; why they are as they are says
docs/adr/0040-search-newest-first.md. Out of scope: encrypted columns, which nothing can search.
"""

from colonnade.kernel.search.jobs import upkeep
from colonnade.kernel.search.queries import (
    MAX_FOUND,
    Corpus,
    Found,
    find,
    forget_owner,
    keep_words,
    matching,
)
from colonnade.kernel.search.typed import SEARCH_CHARACTERS, wanted_text

__all__ = [
    "MAX_FOUND",
    "SEARCH_CHARACTERS",
    "Corpus",
    "Found",
    "find",
    "forget_owner",
    "keep_words",
    "matching",
    "upkeep",
    "wanted_text",
]
