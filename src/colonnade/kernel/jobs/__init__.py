"""Background jobs and cron on PgQueuer: enqueued in the transaction, run by a worker, held when they keep
failing.

>>> @job("mail.send", max_attempts=8)                                 # doctest: +SKIP
... async def send_mail(payload: SendMail, mailer: Mailer) -> None: ...
>>> await tx.enqueue(send_mail, SendMail(to=…))                       # doctest: +SKIP
"""

from colonnade.kernel.jobs.declare import CronJob, Job, JobName, PermanentFailure, RetryLater, cron, job
from colonnade.kernel.jobs.enqueue import enqueue_on
from colonnade.kernel.jobs.records import (
    JobCounts,
    JobRecord,
    JobState,
    count_jobs,
    discard_jobs,
    list_jobs,
    retry_jobs,
)
from colonnade.kernel.jobs.worker import Worker

__all__ = [
    "CronJob",
    "Job",
    "JobCounts",
    "JobName",
    "JobRecord",
    "JobState",
    "PermanentFailure",
    "RetryLater",
    "Worker",
    "count_jobs",
    "cron",
    "discard_jobs",
    "enqueue_on",
    "job",
    "list_jobs",
    "retry_jobs",
]
