"""The nightly upkeep of a corpus's words."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import CronJob, cron
from colonnade.kernel.search.queries import Corpus, keep_words

__all__ = ["upkeep"]


def upkeep(corpus: Corpus) -> CronJob:
    """Return the job that forgets the words that no row has any more, for the slice that has the table."""

    @cron("17 2 * * *", name=f"search.{corpus.name}")
    async def keep(db: Database) -> None:
        """Forget words that are in no row any more."""
        await keep_words(db, corpus)

    return keep
