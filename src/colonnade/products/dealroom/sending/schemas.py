"""What sending enqueues, and what it says about messages that were not sent."""

from __future__ import annotations

from msgspec import Struct

from colonnade.kernel.core import Conflict
from colonnade.kernel.jobs import JobName, Priority
from colonnade.products.dealroom.messages.schemas import SENDING_LANE, MessageError

__all__ = ["DRAIN_QUEUE", "UNKNOWN", "WINDOW_CLOSED", "DrainQueue", "NotResendable"]

UNKNOWN = MessageError(
    "OUTCOME_UNKNOWN", "The message was handed to the provider, who has not said whether it was sent"
)
WINDOW_CLOSED = MessageError(
    "WINDOW_CLOSED",
    "The customer wrote more than 24 hours before: a template message reaches them, anything else does not",
)


class DrainQueue(Struct, frozen=True):
    """Start the runs of a channel's contacts, from its first pending message after `after_id`."""

    channel_id: int
    after_id: int = 0


DRAIN_QUEUE = JobName("channels.drain", DrainQueue, lane=SENDING_LANE)
"""Enqueued when a pause has ended."""

# Behind what people write meanwhile.
DRAIN_PRIORITY = Priority.LOW


class NotResendable(Conflict):
    """The message was sent, or there is nobody to send it to."""

    code = "NOT_RESENDABLE"
    message = "Only a message that failed, or whose outcome is unknown, can be sent again"
