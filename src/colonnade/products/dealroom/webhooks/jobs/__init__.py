"""The background work of webhooks: large bodies, fetching customers' files, and forgetting items after their time."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.webhooks.jobs.deliveries import receive_delivery
from colonnade.products.dealroom.webhooks.jobs.media import fetch_media
from colonnade.products.dealroom.webhooks.jobs.retention import prune_webhook_items

__all__ = ["JOBS", "fetch_media", "prune_webhook_items", "receive_delivery"]

JOBS: Sequence[Job[Any] | CronJob] = [receive_delivery, fetch_media, prune_webhook_items]
