"""Shapes of the jobs that webhooks start, and the errors of their callers."""

from __future__ import annotations

from msgspec import Struct

from colonnade.kernel.core import Forbidden
from colonnade.kernel.jobs import JobName, Lane

__all__ = ["FETCH_MEDIA", "FetchMedia", "WebhookRefused"]


class FetchMedia(Struct, frozen=True):
    """Fetch the file of a message: `media_id` is the provider's, `file_name` the customer's."""

    message_id: int
    channel_id: int
    media_id: str
    file_name: str | None


MEDIA_LANE = Lane("media", 4)
"""For jobs that fetch files from the provider and examine them."""

FETCH_MEDIA = JobName("channels.media", FetchMedia, lane=MEDIA_LANE)


class WebhookRefused(Forbidden):
    """The caller is not authenticated as the channel's provider; whether the channel exists is not revealed."""

    code = "WEBHOOK_REFUSED"
    message = "This request is not signed for this channel"
