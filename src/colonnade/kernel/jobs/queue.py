"""PgQueuer as this kernel uses it: fixed names, and jobs that are kept where PgQueuer would drop them.

PgQueuer deletes a job whose task is cancelled. Here a cancelled task means that the worker is going away, so
the job goes back into the queue instead, without having used up an attempt.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import msgspec
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver

__all__ = ["CHANNEL", "SETTINGS", "KeepingQueries", "wake_up"]

CHANNEL = "ch_pgqueuer"

# Spelled out, because PgQueuer also reads them from environment variables as common as CHANNEL or FUNCTION.
SETTINGS = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel(CHANNEL),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
)

_RELEASE = """
WITH released AS (
    UPDATE pgqueuer SET status = 'queued', execute_after = now(), updated = now(), queue_manager_id = NULL
    WHERE queue_manager_id = $1 AND status = 'picked' AND ($2::bigint[] IS NULL OR id = ANY($2))
    RETURNING id
)
SELECT count(*) AS released, pg_notify($3, $4) FROM released"""


def wake_up() -> str:
    """The notification after which workers look into the queue."""
    event = {
        "channel": CHANNEL,
        "operation": "update",
        "sent_at": "2000-01-01T00:00:00Z",
        "table": SETTINGS.queue_table,
        "type": "table_changed_event",
    }
    return msgspec.json.encode(event).decode()


@dataclasses.dataclass
class KeepingQueries(Queries):
    """PgQueuer's statements, for one queue manager; `looked` is set once the queue has been looked into."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(
            driver,
            qb.QueryBuilderEnvironment(SETTINGS),
            qb.QueryQueueBuilder(SETTINGS),
            qb.QuerySchedulerBuilder(SETTINGS),
        )
        self.manager_id: Any = None
        self.looked = asyncio.Event()

    async def dequeue(self, *args: Any, **kwargs: Any) -> Any:
        """Take jobs; see PgQueuer."""
        taken = await super().dequeue(*args, **kwargs)
        self.looked.set()
        return taken

    async def log_jobs(self, job_status: Any) -> None:
        """Note how jobs ended; those that were cancelled go back into the queue."""
        ended = [entry for entry in job_status if entry[1] != "canceled"]
        cancelled = [entry[0].id for entry in job_status if entry[1] == "canceled"]
        if ended:
            await super().log_jobs(ended)
        if cancelled:
            await self.release(cancelled)

    async def retry_job(self, *args: Any) -> None:
        """Queue a job for another attempt; see PgQueuer.

        Its workers reckon before they wait when the next job is due; this one was not waiting then.
        """
        await super().retry_job(*args)
        await self.driver.notify(CHANNEL, wake_up())

    async def release(self, ids: list[int] | None = None) -> None:
        """Put the jobs this queue manager holds (or those of `ids`) back and wake the workers."""
        await self.driver.fetch(_RELEASE, self.manager_id, ids, CHANNEL, wake_up())
