"""Removes prompts that are older than ASSISTANT_PROMPT_DAYS."""

from __future__ import annotations

from colonnade.kernel.db import Database
from colonnade.kernel.jobs import cron
from colonnade.products.dealroom.assistant.queries.prompts import prune_prompts
from colonnade.products.dealroom.assistant.schemas import AssistantSettings

__all__ = ["drop_old_prompts"]


@cron("23 * * * *", name="assistant.prompts")
async def drop_old_prompts(db: Database, settings: AssistantSettings) -> None:
    """Remove old prompts, a thousand at a time."""
    while await prune_prompts(db, settings.assistant_prompt_days):
        pass
