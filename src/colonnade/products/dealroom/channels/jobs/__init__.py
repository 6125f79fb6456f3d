"""The channels' background work: sending, fetching files, and watching all channels."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.channels.jobs.media import fetch_media
from colonnade.products.dealroom.channels.jobs.sending import send_pending
from colonnade.products.dealroom.channels.jobs.watching import watch_channels

__all__ = ["JOBS", "fetch_media", "send_pending", "watch_channels"]

JOBS: Sequence[Job[Any] | CronJob] = [send_pending, fetch_media, watch_channels]
