"""The background work of webhooks: fetching customers' files."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.webhooks.jobs.media import fetch_media

__all__ = ["JOBS", "fetch_media"]

JOBS: Sequence[Job[Any] | CronJob] = [fetch_media]
