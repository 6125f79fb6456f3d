"""Receives the deliveries of the provider's webhook: each message once, in order per contact, in its contact's session.

Each message is a transaction of its own under its contact's lock. If one fails, later messages of that contact in the
same body are not processed, those of other contacts are; the failure is raised at the end, and the provider sends the
whole body again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from msgspec import structs

from colonnade.kernel.core import Problem
from colonnade.kernel.db import Database, IntegrityConstraintViolationError, as_problem
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.webhooks.actions.inbox import ACTOR, receive_message, receive_status
from colonnade.products.dealroom.webhooks.rules.payloads import InboundMessage, read_delivery

__all__ = ["receive_delivery"]

log = structlog.get_logger(__name__)

UNREADABLE = "[unreadable]"


async def receive_delivery(
    db: Database, settings: AssistantSettings, channel: Sealed, raw: bytes, *, silence: timedelta
) -> None:
    """Process a body whose signature was checked. Raise the first failure that a retry may resolve.

    `silence` is how long customers may be silent before the channel counts as degraded.
    """
    delivery = read_delivery(raw, channel.phone_number_id)
    arrived = False
    held: set[str] = set()
    failures: list[Exception] = []
    for message in delivery.messages:
        if message.wa_id in held:
            await asyncio.sleep(0)  # reading the next one takes its time
            continue
        try:
            arrived |= await _receive(db, settings, channel, message)
        except Exception as error:
            held.add(message.wa_id)
            failures.append(error)
    for change in delivery.statuses:
        try:
            async with db.transaction() as tx:
                await receive_status(tx, channel, change)
        except Exception as error:
            failures.append(error)
    if arrived:
        async with db.transaction() as tx:
            changed = await queries.mark_success(tx, channel.id, silence, inbound=True)
            await note_change(tx, channel.id, changed, actor=ACTOR)
    if failures:
        log.warning("webhook body refused for a retry", channel=channel.id, failures=len(failures))
        raise failures[0]


async def _receive(
    db: Database, settings: AssistantSettings, channel: Sealed, message: InboundMessage
) -> bool:
    """Store a message; if it cannot be stored as it is, store a placeholder, so that it does not block others."""
    try:
        async with db.transaction() as tx:
            return await receive_message(tx, settings, channel, message)
    except Exception as error:
        if not _is_poison(error):
            raise
        log.error("inbound message not stored", channel=channel.id, error=type(error).__name__)
    plain = structs.replace(message, type="text", content=UNREADABLE, media_id=None, reply_to=None)
    async with db.transaction() as tx:
        return await receive_message(tx, settings, channel, plain)


def _is_poison(error: Exception) -> bool:
    """Return whether the message itself causes the error, so that a retry would fail as well."""
    problem = error if isinstance(error, Problem) else as_problem(error)
    return isinstance(error, IntegrityConstraintViolationError) or (
        problem is not None and problem.status < 500
    )
