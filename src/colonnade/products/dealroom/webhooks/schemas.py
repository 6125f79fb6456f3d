"""Shapes of what webhooks bring and start, their settings, and the errors of their callers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from colonnade.kernel.core import Conflict, EncryptedColumn, Forbidden, NotFound, SliceSettings
from colonnade.kernel.jobs import JobName, Lane
from colonnade.products.dealroom.messages.schemas import MEDIA_LANE

__all__ = [
    "DELIVERY",
    "FETCH_MEDIA",
    "RAW",
    "RECEIVE_DELIVERY",
    "FetchMedia",
    "ItemNotFound",
    "KeptItem",
    "NothingToFetch",
    "RawItem",
    "ReceiveDelivery",
    "StatusEntry",
    "WebhookRefused",
    "WebhookSettings",
]

RAW = EncryptedColumn("webhook_items", "raw")
DELIVERY = EncryptedColumn("webhook_deliveries", "raw")

KeptOutcome = Literal["turn", "event", "ignored", "refused"]


class WebhookSettings(SliceSettings):
    """How long what the provider sends is kept as it came."""

    title = "Webhooks"

    webhook_retention_days: int = Field(
        30,
        ge=7,
        le=3650,
        description=(
            "Days for which webhooks' items are kept as they came, encrypted. At least 7: the provider repeats what "
            "failed for so long."
        ),
    )
    webhook_kept_mib: int = Field(
        512,
        ge=1,
        le=1_048_576,
        description=(
            "MiB that the items of an owner's channels may have. Beyond them the oldest that are in no message go "
            "before their time, then new ones are kept without their text; the channel says so (webhookItemsCutAt)."
        ),
    )

    @property
    def kept_bytes(self) -> int:
        """WEBHOOK_KEPT_MIB."""
        return self.webhook_kept_mib * 2**20


class KeptItem(Struct, frozen=True, rename="camel"):
    """One thing that the provider sent.

    `kind` is one of the table of kinds, or `unknown`; `called` is the provider's name for it. `outcome`: a `turn` is a
    customer's message that the assistant may answer, an `event` is in the record and wakes nobody, what is `ignored`
    is only kept, and what is `refused` could not be stored as it was. `raw_kept`: its text is kept as well;
    it is not where the items of its owner's channels have more than WEBHOOK_KEPT_MIB.
    """

    id: UUID
    channel_id: int
    kind: str
    called: str
    outcome: KeptOutcome
    provider_id: str | None
    message_id: int | None
    provider_time: datetime | None
    received_at: datetime
    raw_kept: bool


class RawItem(KeptItem, frozen=True, rename="camel", kw_only=True):
    """One thing that the provider sent, with its text as it came; null if it was not kept, or its key is gone."""

    raw: str | None


class StatusEntry(Struct, frozen=True, rename="camel"):
    """What the provider said of a message that we sent: a status with its time, price, conversation and errors."""

    status: str
    provider_time: datetime | None
    pricing: Any
    conversation: Any
    errors: Any
    received_at: datetime


class FetchMedia(Struct, frozen=True):
    """Fetch the file of a message: `media_id` is the provider's, `file_name` the sender's.

    `kind` is the type that the provider says, by which a file may be so large.
    """

    message_id: int
    channel_id: int
    media_id: str
    file_name: str | None
    kind: str = "document"
    account_id: int | None = None


FETCH_MEDIA = JobName("channels.media", FetchMedia, lane=MEDIA_LANE)


class ReceiveDelivery(Struct, frozen=True):
    """Receive a body of a channel's webhook that was kept."""

    channel_id: int
    account_id: int | None = None


DELIVERY_LANE = Lane("deliveries", 4, in_front=4)
"""For jobs that receive bodies with much in them: they take some seconds."""

RECEIVE_DELIVERY = JobName("webhooks.receive", ReceiveDelivery, lane=DELIVERY_LANE)


class ItemNotFound(NotFound):
    """There is no such item, or it is of somebody else's channel; or it is older than items are kept."""

    code = "WEBHOOK_ITEM_NOT_FOUND"
    message = "Webhook item not found"


class NothingToFetch(Conflict):
    """The message has no file at the provider, or has it here already."""

    code = "NOTHING_TO_FETCH"
    message = "This message has no file that could be fetched again"


class WebhookRefused(Forbidden):
    """The caller is not authenticated as the channel's provider; whether the channel exists is not revealed."""

    code = "WEBHOOK_REFUSED"
    message = "This request is not signed for this channel"
