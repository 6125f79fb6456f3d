"""Links entries into the chain, in the background and in batches.

Linking inside the writers' transactions would make each of them wait until the one before has reached the disk,
and could deadlock with their row locks. So a writer only inserts a signed entry into the inbox; a moment after the
commit its process links what is there, under the lock of the chain's end. If a process dies in between, the next
one links its entries, or the job that runs every minute.

Nothing is linked to an end that is not genuine: a chain that was truncated or rebuilt is reported, not continued.
The entries wait in the inbox meanwhile, and requests go on.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from colonnade.kernel.audit import queries
from colonnade.kernel.audit.recording import Recorded
from colonnade.kernel.audit.seal import COLUMNS, GENESIS, canonical, head_bytes, link_hash
from colonnade.kernel.core import Problem
from colonnade.kernel.db import Database, Record, Transaction, as_problem, mark_as_background
from colonnade.kernel.jobs import cron

__all__ = ["AuditLinker", "ChainBroken", "link_entries", "link_waiting", "reseal", "values_of"]

log = structlog.get_logger(__name__)

BATCH = 500
LINK_DELAY_SECONDS = 0.1


class ChainBroken(Exception):
    """The end of the chain was changed; `colonnade audit verify` reports details."""


class AuditLinker:
    """Links the entries that this process has recorded, `LINK_DELAY_SECONDS` after the first of a burst."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._skip_delay = asyncio.Event()
        self._waiting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, _: Recorded) -> None:
        """Schedule the linking of entries that were committed; return at once."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._run(), name="audit:link")
            self._tasks.add(self._waiting)
            self._waiting.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Link what waits now, without the delay; called before the database is closed."""
        self._skip_delay.set()
        await asyncio.gather(*self._tasks)
        self._skip_delay.clear()

    async def _run(self) -> None:
        mark_as_background()
        try:
            async with asyncio.timeout(LINK_DELAY_SECONDS):
                await self._skip_delay.wait()
        except TimeoutError:
            pass
        # From here on a commit needs another run: this one may have read the inbox already.
        self._waiting = None
        try:
            await link_entries(self._db)
        except ChainBroken as error:
            log.error("audit: the chain is broken", reason=str(error))
        except Exception as error:
            # Nothing is lost: the entries wait in the inbox for the next run.
            expected = isinstance(error, Problem) or as_problem(error) is not None
            tell = log.warning if expected else log.exception
            tell("audit: linking failed", error=type(error).__name__)


@cron("* * * * *", name="audit.link")
async def link_waiting(db: Database) -> None:
    """Link the entries that a process left when it died."""
    try:
        await link_entries(db)
    except ChainBroken as error:
        log.error("audit: the chain is broken", reason=str(error))


async def link_entries(db: Database) -> int:
    """Link everything that waits and return the number of entries. Raise ChainBroken."""
    linked = after = 0
    while True:
        async with db.transaction() as tx:
            head = await _check_head(tx, await queries.lock_head(tx))
            waiting = await queries.list_waiting(tx, after=after, limit=BATCH)
            accepted = [row for row in waiting if _is_ours(db, row)]
            if accepted:
                await _append(tx, head, accepted)
        linked += len(accepted)
        if len(waiting) < BATCH:
            return linked
        after = waiting[-1]["arrival"]


async def reseal(db: Database) -> None:
    """Seal the end of the chain with the current key, so that older keys can be retired. Raise ChainBroken."""
    async with db.transaction() as tx:
        position, digest = await _check_head(tx, await queries.lock_head(tx))
        if position:
            await queries.update_seal(tx, tx.signer.sign(head_bytes(position, digest)))


async def _append(tx: Transaction, head: tuple[int, bytes], rows: list[Record]) -> None:
    position, digest = head
    links = []
    for row in rows:
        position += 1
        digest = link_hash(digest, canonical(values_of(row)), row["signature"])
        links.append((row["arrival"], position, digest))
    await queries.append_entries(tx, links, position, digest, tx.signer.sign(head_bytes(position, digest)))
    await queries.delete_linked(tx, [row["arrival"] for row in rows])


def values_of(row: Record) -> tuple[Any, ...]:
    """Return the signed values of a row."""
    return tuple(row[name] for name in COLUMNS)


async def _check_head(tx: Transaction, head: Record) -> tuple[int, bytes]:
    """Return the position and hash to continue from. Raise ChainBroken."""
    position, digest = head["position"], head["hash"]
    last = await queries.find_last(tx)
    if (position, digest) != ((last["position"], last["hash"]) if last else (0, GENESIS)):
        raise ChainBroken("the last entry is not the one that was last linked")
    if position:
        genuine = tx.signer.check(head_bytes(position, digest), head["seal"])
        if genuine is None:
            raise ChainBroken(f"the key {head['seal'].partition('.')[0]!r} of its seal is not in FIELD_KEYS")
        if not genuine:
            raise ChainBroken("the seal of its end is not genuine")
    return position, digest


def _is_ours(db: Database, row: Record) -> bool:
    genuine = not row["known"] and db.signer.check(canonical(values_of(row)), row["signature"])
    if not genuine:
        log.error("audit: an entry that we did not sign is not linked", arrival=row["arrival"])
    return bool(genuine)
