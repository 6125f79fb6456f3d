"""What the channels hold about a user, for exports; foreign keys take the rows along."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Executor
from colonnade.kernel.exports import PersonalData
from colonnade.products.dealroom.channels.queries import list_channels

__all__ = ["CHANNEL_DATA"]


async def _collect_channels(db: Executor, account_id: int) -> list[Any]:
    return list(await list_channels(db, account_id))


CHANNEL_DATA = (PersonalData("channels", _collect_channels),)
