"""Gives a number to whoever has proven to manage it, and releases it from the channel that had it.

Out of scope: the proof itself, which asks the provider (`routes.proofs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import FieldCipher, NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import fetch_account
from colonnade.kernel.mail import SendMail, choose_language, send_mail
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.queries import contacts
from colonnade.products.dealroom.channels.schemas import (
    ACCESS_TOKEN,
    APP_SECRET,
    NOT_AUDITED,
    Channel,
    ChannelExists,
)
from colonnade.products.dealroom.messages.actions import publish_changes
from colonnade.products.dealroom.messages.queries.revising import end_pending
from colonnade.products.dealroom.messages.schemas import UNKNOWN, MessageError

__all__ = ["fail_pending", "release_number"]

ACTOR = "channels.claims"
"""Who fails what waits in a released channel: its owner does not learn from the record who has the number now."""
MAILS = "colonnade.products.dealroom.channels"
RELEASED = MessageError("CHANNEL_RELEASED", "The number has moved to another account")
ENDED_AT_ONCE = 500
"""Messages that are ended by one statement at most."""
NO_TOKEN = bytes(32)
"""The hash of no verify token."""


async def release_number(
    tx: Transaction, cipher: FieldCipher, caller: Principal, phone_number_id: str, origin: Origin | None
) -> int | None:
    """Take a number from the channel that has it, because the caller has proven to manage it; return that channel's id.

    Its owner keeps the channel, with sessions, contacts, messages and catalogue, and is told by mail; its secrets go,
    what waits to be sent fails, and nothing is sent or received through it until its owner proves to manage the number
    again. Raise ChannelExists if the channel is the caller's own.
    """
    held = await queries.lock_holder(tx, phone_number_id)
    if held is None:
        return None
    channel, owner_id = held
    if owner_id == caller.id:
        raise ChannelExists
    await fail_pending(tx, channel.id, RELEASED, by=ACTOR)
    released = await queries.update_channel(tx, channel.id, _without_secrets(cipher, channel.id))
    await record(
        tx,
        action="channel.released",
        target=("channel", channel.id),
        before=channel,
        after=released,
        hide=NOT_AUDITED,
        origin=origin,
    )
    await _tell(tx, owner_id, channel)
    return channel.id


def _without_secrets(cipher: FieldCipher, channel_id: int) -> dict[str, Any]:
    return {
        "state": "released",
        "last_error": RELEASED.reason,
        "paused_until": None,
        "pause_kind": None,
        "access_token": cipher.encrypt("", place=ACCESS_TOKEN.place(channel_id)),
        "app_secret": cipher.encrypt("", place=APP_SECRET.place(channel_id)),
        "verify_token_hash": NO_TOKEN,
    }


async def _tell(tx: Transaction, owner_id: int, channel: Channel) -> None:
    """Mail the owner of a released channel, in words of nobody: the address may be a stranger's, if unconfirmed."""
    with suppress(NotFound):  # the account is being deleted
        account = await fetch_account(tx, owner_id)
        await tx.enqueue(
            send_mail,
            SendMail(
                to=account.email,
                account_id=owner_id,
                language=choose_language(None),
                template=f"{MAILS}:number_moved",
                context={"number": channel.phone_number},
            ),
        )


async def fail_pending(tx: Transaction, channel_id: int, error: MessageError, *, by: Principal | str) -> None:
    """Fail what waits to be sent through a channel, with the reason, and tell the clients of its sessions.

    What is being sent just now is unknown until the run has the provider's answer: the customer may get it.
    """
    sending, waiting = await contacts.lock_pending(tx, channel_id)
    await _end(tx, sending, "unknown", by=by, error=UNKNOWN)
    await _end(tx, waiting, "failed", by=by, error=error)


async def _end(
    tx: Transaction,
    pending: Sequence[tuple[UUID, int]],
    status: Literal["failed", "unknown"],
    *,
    by: Principal | str,
    error: MessageError,
) -> None:
    """End pending messages, each with its session: of all sessions the first ones together, and so on."""
    turns: dict[UUID, int] = {}
    rounds: dict[tuple[int, int], list[int]] = {}
    for place, (session_id, message_id) in enumerate(pending):
        turn = turns[session_id] = turns.get(session_id, -1) + 1
        rounds.setdefault((turn, place // ENDED_AT_ONCE), []).append(message_id)
    for ids in rounds.values():
        await publish_changes(tx, await end_pending(tx, ids, status, by=by, error=error))
