"""PostgreSQL: the pool, transactions, migrations and the embedded server.

>>> async with db.transaction(caller) as tx:            # doctest: +SKIP
...     article = await create_article(tx, caller, data)
"""

from asyncpg import (
    CheckViolationError,
    ExclusionViolationError,
    ForeignKeyViolationError,
    IntegrityConstraintViolationError,
    UniqueViolationError,
)

from colonnade.kernel.db.database import (
    Database,
    Executor,
    Isolation,
    Record,
    Signer,
    Transaction,
    in_background,
)
from colonnade.kernel.db.errors import as_problem, is_retryable, violates
from colonnade.kernel.db.pool import Pool, PoolSettings
from colonnade.kernel.db.words import MARK_END, MARK_START, mark_snippet, search_words

__all__ = [
    "MARK_END",
    "MARK_START",
    "CheckViolationError",
    "Database",
    "ExclusionViolationError",
    "Executor",
    "ForeignKeyViolationError",
    "IntegrityConstraintViolationError",
    "Isolation",
    "Pool",
    "PoolSettings",
    "Record",
    "Signer",
    "Transaction",
    "UniqueViolationError",
    "as_problem",
    "in_background",
    "is_retryable",
    "mark_snippet",
    "search_words",
    "violates",
]
