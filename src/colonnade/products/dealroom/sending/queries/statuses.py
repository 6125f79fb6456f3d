"""Finds the message that a status of the provider's is about, and keeps statuses that come before its id is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from colonnade.kernel.db import Executor, Transaction
from colonnade.products.dealroom.messages.schemas import MessageError, MessageStatus

__all__ = [
    "EarlyStatus",
    "Told",
    "find_attempt",
    "is_known",
    "keep_early",
    "lock_sending",
    "prune_early",
    "take_early",
]


class Told(Struct, frozen=True):
    """All that the provider says with a status: its own word for it, its time, price, conversation and errors."""

    status: str
    at: datetime | None
    pricing: Any = None
    conversation: Any = None
    errors: Any = None


class EarlyStatus(Struct, frozen=True):
    """A status that came before the provider's answer to the sending was noted."""

    status: MessageStatus
    error: MessageError | None


async def find_attempt(
    tx: Transaction, channel_id: int, message_id: int, resends: int, *, arrived: bool = False
) -> int | None:
    """Lock the message that this attempt is of, if the provider's id of it is not known; else None.

    An attempt that `arrived` is also that of a message which waits to be sent again: it is not sent twice.
    """
    id_: int | None = await tx.fetch_value(
        """
        SELECT m.id FROM messages m JOIN chat_sessions s ON s.id = m.session_id
        WHERE m.id = $1 AND m.channel_id = $2 AND m.provider_message_id IS NULL AND m.sender <> 'customer'
            AND (coalesce(m.resends, 0) = $3 OR $4 AND m.resends > $3 AND m.status = 'pending')
        FOR NO KEY UPDATE OF s, m
        """,
        message_id,
        channel_id,
        resends,
        arrived,
    )
    return id_


async def lock_sending(tx: Transaction, channel_id: int, wa_id: str | None, user_id: str | None) -> bool:
    """Return whether the channel is sending now, with this contact's session locked: outcomes are recorded under it."""
    await tx.execute(
        """
        SELECT FROM chat_sessions s JOIN channel_contacts c ON c.session_id = s.id
        WHERE c.channel_id = $1 AND (c.wa_id = $2 OR c.user_id = $3) FOR NO KEY UPDATE OF s
        """,
        channel_id,
        wa_id,
        user_id,
    )
    found: bool = await tx.fetch_value(
        """
        SELECT EXISTS (SELECT FROM channel_contacts WHERE channel_id = $1 AND run IS NOT NULL AND busy_until > now())
        """,
        channel_id,
    )
    return found


async def is_known(db: Executor, channel_id: int, provider_message_id: str) -> bool:
    """Return whether a message of the channel has this id of the provider's."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM messages WHERE channel_id = $1 AND provider_message_id = $2)",
        channel_id,
        provider_message_id,
    )
    return found


async def keep_early(
    tx: Transaction,
    channel_id: int,
    provider_message_id: str,
    status: MessageStatus | None,
    error: MessageError | None,
    told: Told,
) -> None:
    """Keep a status until the message's id is noted."""
    await tx.execute(
        """
        INSERT INTO early_statuses (channel_id, provider_message_id, status, error_code, error_reason, called,
            provider_time, pricing, conversation, errors)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        channel_id,
        provider_message_id,
        status,
        error.code if error else None,
        error.reason if error else None,
        told.status,
        told.at,
        told.pricing,
        told.conversation,
        told.errors,
    )


async def take_early(
    tx: Transaction, channel_id: int, provider_message_id: str, message_id: int
) -> list[EarlyStatus]:
    """Note on a message what was kept for it; return, in the order in which they came, the statuses that move it."""
    rows = await tx.fetch(
        """
        WITH taken AS (
            DELETE FROM early_statuses WHERE channel_id = $1 AND provider_message_id = $2 RETURNING *
        ), noted AS (
            INSERT INTO message_statuses (message_id, status, provider_time, pricing, conversation, errors, received_at)
            SELECT DISTINCT ON (called) $3::bigint, called, provider_time, pricing, conversation, errors, created_at
            FROM taken WHERE called IS NOT NULL ORDER BY called, id
            ON CONFLICT DO NOTHING
        )
        SELECT status, error_code, error_reason FROM taken WHERE status IS NOT NULL ORDER BY id
        """,
        channel_id,
        provider_message_id,
        message_id,
    )
    return [
        EarlyStatus(
            row["status"], MessageError(row["error_code"], row["error_reason"]) if row["error_code"] else None
        )
        for row in rows
    ]


async def prune_early(db: Executor) -> None:
    """Forget statuses that were kept for a day: their message is not ours."""
    await db.execute("DELETE FROM early_statuses WHERE created_at < now() - interval '1 day'")
