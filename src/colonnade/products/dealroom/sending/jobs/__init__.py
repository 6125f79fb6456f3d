"""The background work of sending: the contacts' pending messages, paused channels, and watching all channels."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.sending.jobs.activity import show_activity
from colonnade.products.dealroom.sending.jobs.resuming import drain_queue, resume_channel
from colonnade.products.dealroom.sending.jobs.sending import send_pending
from colonnade.products.dealroom.sending.jobs.uploading import upload_file
from colonnade.products.dealroom.sending.jobs.watching import watch_channels

__all__ = [
    "JOBS",
    "drain_queue",
    "resume_channel",
    "send_pending",
    "show_activity",
    "upload_file",
    "watch_channels",
]

JOBS: Sequence[Job[Any] | CronJob] = [
    send_pending,
    upload_file,
    resume_channel,
    drain_queue,
    show_activity,
    watch_channels,
]
