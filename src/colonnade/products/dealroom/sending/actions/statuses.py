"""Records what the provider says about messages that we sent: its id of each, and how far the delivery got."""

from __future__ import annotations

import re

from msgspec import Struct

from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries.contacts import close_window, lock_sent
from colonnade.products.dealroom.channels.rules.faults import WINDOW_OVER, classify, describe
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.queries.revising import advance_status, note_late_failure
from colonnade.products.dealroom.messages.schemas import Message, MessageError, MessageStatus
from colonnade.products.dealroom.sending.actions.pauses import pause_sending
from colonnade.products.dealroom.sending.queries import statuses
from colonnade.products.dealroom.sessions.actions import note_change as note_inbox

__all__ = ["Found", "ReceivedStatus", "heed_window", "lock_message", "move_status", "note_sent"]

_ATTEMPT = re.compile(r"([1-9][0-9]{0,17})(?:\.([1-9][0-9]{0,5}))?\Z")


class ReceivedStatus(Struct, frozen=True):
    """A status as the provider tells it (`told`); `status` is the message's, None for one that moves nothing.

    `callback_data` is what the message was sent with; `error_reason` has the code before the words.
    """

    provider_message_id: str
    status: MessageStatus | None
    told: statuses.Told
    wa_id: str | None = None
    user_id: str | None = None
    callback_data: str | None = None
    error_code: int | None = None
    error_reason: str | None = None


class Found(Struct, frozen=True):
    """The message that a status is about, and the provider's id of it if that is new."""

    message_id: int
    new_provider_id: str | None


async def note_sent(
    tx: Transaction, channel_id: int, message_id: int, provider_message_id: str, *, by: str
) -> None:
    """Record that the provider took a message, with the statuses that came before its answer."""
    # An id that another message has says nothing about this one.
    known = await statuses.is_known(tx, channel_id, provider_message_id)
    message = await advance_status(
        tx, message_id, "sent", by=by, provider_message_id=None if known else provider_message_id
    )
    for early in await statuses.take_early(tx, channel_id, provider_message_id, message_id):
        message = await _tell(tx, message_id, early.status, by=by, error=early.error) or message
    if message is not None:
        await publish_change(tx, message)


async def move_status(
    tx: Transaction, channel_id: int, found: Found, received: ReceivedStatus, *, actor: str
) -> None:
    """Move the delivery status of a message that `lock_message` has found forward, unless it is further already.

    That one which has arrived failed later is noted on it, and says nothing of the channel.
    """
    if received.status is None:
        return
    error = _error_of(received)
    message_id, new_id = found.message_id, found.new_provider_id
    message = await _tell(tx, message_id, received.status, by=actor, error=error, provider_message_id=new_id)
    if message is None:
        return
    await publish_change(tx, message)
    if error is None or message.status != "failed":
        return
    await heed_window(tx, message_id, error.code)
    reason = received.error_reason or error.reason
    fault = classify(received.error_code, None, reason)
    if fault.pause is not None:
        await pause_sending(tx, channel_id, fault.pause, reason, actor=actor)
        return
    changed = await queries.mark_failure(tx, channel_id, reason, state=after_refusal(token=False))
    await note_change(tx, channel_id, changed, actor=actor)


async def _tell(
    tx: Transaction,
    message_id: int,
    status: MessageStatus,
    *,
    by: str,
    error: MessageError | None,
    provider_message_id: str | None = None,
) -> Message | None:
    """Move a message's status forward, or note on it that it failed after it had arrived; None if neither is new."""
    message = await advance_status(
        tx, message_id, status, by=by, error=error, provider_message_id=provider_message_id, told=True
    )
    if message is not None or error is None:
        return message
    return await note_late_failure(tx, message_id, error, by=by)


async def heed_window(tx: Transaction, message_id: int, code: str | None) -> None:
    """Close the customer's window if this code of a refusal says that their day is over."""
    closed = await close_window(tx, message_id) if code == WINDOW_OVER else None
    if closed is not None:
        note_inbox(tx, *closed)


def _error_of(received: ReceivedStatus) -> MessageError | None:
    if received.status != "failed":
        return None
    code = str(received.error_code) if received.error_code is not None else "NOT_DELIVERED"
    return MessageError(code, describe(code, received.error_reason or "The provider could not deliver it"))


async def lock_message(tx: Transaction, channel_id: int, received: ReceivedStatus) -> Found | None:
    """Lock the message that a status is about; None if it is not ours.

    One that is being sent is known by the data that it was sent with. Without these, the status is kept until the
    provider's id is recorded.
    """
    known = await lock_sent(tx, channel_id, received.provider_message_id)
    if known is not None:
        return Found(known, None)
    attempt = _ATTEMPT.match(received.callback_data or "")
    if attempt is not None:
        message_id, resends = int(attempt[1]), int(attempt[2] or 0)
        arrived = received.status in ("delivered", "read")
        attempted = await statuses.find_attempt(tx, channel_id, message_id, resends, arrived=arrived)
        return None if attempted is None else Found(attempted, received.provider_message_id)
    if not await statuses.lock_sending(tx, channel_id, received.wa_id, received.user_id):
        return None
    # The message that was being sent may have been recorded while this waited for its session.
    known = await lock_sent(tx, channel_id, received.provider_message_id)
    if known is not None:
        return Found(known, None)
    await statuses.keep_early(
        tx, channel_id, received.provider_message_id, received.status, _error_of(received), received.told
    )
    return None
