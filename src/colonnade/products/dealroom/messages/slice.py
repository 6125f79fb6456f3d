"""The record of messages: their numbers, chain and files. Out of scope: HTTP entries (`conversation`)."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.dealroom.messages.queries import collect_messages
from colonnade.products.dealroom.messages.queries.revisions import collect_revisions
from colonnade.products.dealroom.messages.schemas import (
    MESSAGE_CREATED,
    MESSAGE_UPDATED,
    SEND_PENDING,
    MessageSettings,
)
from colonnade.products.dealroom.messages.seed import seed_messages
from colonnade.products.dealroom.shared.queries import CORPUS

__all__ = ["SLICE"]

SLICE = Slice(
    name="messages",
    settings=MessageSettings,
    sends=[MESSAGE_CREATED, MESSAGE_UPDATED],
    jobs=[upkeep(CORPUS)],
    enqueues=[SEND_PENDING],
    personal_data=[
        PersonalData("messages", collect_messages),
        PersonalData("message_revisions", collect_revisions),
    ],
    seed=seed_messages,
)
