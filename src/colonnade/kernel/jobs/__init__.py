"""Background jobs and cron: enqueued in the transaction, run by a worker, held if they keep failing.

>>> @job("mail.send", lane=MAIL_LANE, max_attempts=8)                 # doctest: +SKIP
... async def send_mail(payload: SendMail, mailer: Mailer) -> None: ...
>>> await tx.enqueue(send_mail, SendMail(to=…))                       # doctest: +SKIP
"""

from colonnade.kernel.jobs.declare import CronJob, Job, JobName, PermanentFailure, RetryLater, cron, job
from colonnade.kernel.jobs.enqueue import EnqueueOnly, enqueue_all_on, enqueue_on
from colonnade.kernel.jobs.jobrun import JobRun
from colonnade.kernel.jobs.lanes import DEFAULT_LANE, Lane, Priority
from colonnade.kernel.jobs.queries.records import (
    JobCounts,
    JobRecord,
    JobsCancelled,
    JobState,
    cancel_jobs,
    cancel_jobs_about,
    cancel_jobs_about_addresses,
    count_jobs,
    find_job,
    key_in_use,
    list_jobs,
    prune_held,
    retry_jobs,
)
from colonnade.kernel.jobs.worker import Worker

__all__ = [
    "DEFAULT_LANE",
    "CronJob",
    "EnqueueOnly",
    "Job",
    "JobCounts",
    "JobName",
    "JobRecord",
    "JobRun",
    "JobState",
    "JobsCancelled",
    "Lane",
    "PermanentFailure",
    "Priority",
    "RetryLater",
    "Worker",
    "cancel_jobs",
    "cancel_jobs_about",
    "cancel_jobs_about_addresses",
    "count_jobs",
    "cron",
    "enqueue_all_on",
    "enqueue_on",
    "find_job",
    "job",
    "key_in_use",
    "list_jobs",
    "prune_held",
    "retry_jobs",
]
