"""The background work of webhooks: fetching customers' files, and forgetting items after their time."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.webhooks.jobs.media import fetch_media
from colonnade.products.dealroom.webhooks.jobs.retention import prune_webhook_items

__all__ = ["JOBS", "fetch_media", "prune_webhook_items"]

JOBS: Sequence[Job[Any] | CronJob] = [fetch_media, prune_webhook_items]
