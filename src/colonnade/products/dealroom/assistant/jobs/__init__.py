"""The background work of the assistant: writing answers, and removing old prompts."""

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.jobs import CronJob, Job
from colonnade.products.dealroom.assistant.jobs.answering import write_answer
from colonnade.products.dealroom.assistant.jobs.pruning import drop_old_prompts

__all__ = ["JOBS", "drop_old_prompts", "write_answer"]

JOBS: Sequence[Job[Any] | CronJob] = [write_answer, drop_old_prompts]
