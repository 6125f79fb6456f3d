"""The background work of sending: the contacts' pending messages, and watching all channels."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.sending.jobs.sending import send_pending
from colonnade.products.dealroom.sending.jobs.watching import watch_channels

__all__ = ["JOBS", "send_pending", "watch_channels"]

JOBS: Sequence[Job[Any] | CronJob] = [send_pending, watch_channels]
