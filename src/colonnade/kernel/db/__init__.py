"""PostgreSQL: the pool, transactions, migrations and the embedded server.

>>> async with db.transaction(caller) as tx:            # doctest: +SKIP
...     order = await place_order(tx, caller, data)
"""

from asyncpg import IntegrityConstraintViolationError

from colonnade.kernel.db.acting import ANON, SERVICE, Actor
from colonnade.kernel.db.database import ActingDatabase, Database, mark_as_background
from colonnade.kernel.db.errors import as_problem, is_retryable, violation_as
from colonnade.kernel.db.executor import Executor, Isolation, Record, Signer
from colonnade.kernel.db.kept import erase_all_kept, erase_kept, erase_kept_about
from colonnade.kernel.db.pool import Pool, PoolSettings
from colonnade.kernel.db.transactions import SingleStatement, Transaction
from colonnade.kernel.db.writing import NOW, assignments, insertion, json_time

__all__ = [
    "ANON",
    "NOW",
    "SERVICE",
    "ActingDatabase",
    "Actor",
    "Database",
    "Executor",
    "IntegrityConstraintViolationError",
    "Isolation",
    "Pool",
    "PoolSettings",
    "Record",
    "Signer",
    "SingleStatement",
    "Transaction",
    "as_problem",
    "assignments",
    "erase_all_kept",
    "erase_kept",
    "erase_kept_about",
    "insertion",
    "is_retryable",
    "json_time",
    "mark_as_background",
    "violation_as",
]
