"""Blocks guests, and shows moderators which guests belong together."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import NotFound, Settings, pseudonym
from colonnade.kernel.db import Transaction
from colonnade.kernel.realtime import close_sockets
from colonnade.products.radio.livechat.actions import blocked_by
from colonnade.products.radio.livechat.actions.moderation import tell_removed
from colonnade.products.radio.livechat.queries import blocks as block_queries
from colonnade.products.radio.livechat.queries import guests as guest_queries
from colonnade.products.radio.livechat.rules.rooms import device_key, guest_key
from colonnade.products.radio.livechat.schemas import GuestRecord, SessionNotBlocked
from colonnade.products.radio.livechat.schemas.blocks import Blocked, Found, GuestBlock, Removed, StoredGuest
from colonnade.products.radio.shared.actions import tell_queue

__all__ = ["block_guest", "shown", "unblock_guest"]


def shown(settings: Settings, guest: StoredGuest) -> GuestRecord:
    """Return a guest as moderators see them, with pseudonyms in place of device and address."""
    return structs.replace(
        guest.record,
        device=None if guest.device is None else pseudonym(settings, "chat device", guest.device),
        network=None if guest.address is None else pseudonym(settings, "chat address", guest.address),
    )


async def block_guest(
    tx: Transaction,
    caller: Principal,
    session_id: UUID,
    data: GuestBlock,
    *,
    settings: Settings,
    origin: Origin,
) -> Blocked:
    """Block a guest for a time, close the sockets in all processes and hide what was written. Raise NotFound.

    Meanwhile, with the scope `address`, new sessions of the device are refused; of the address, for 24 hours at most.
    """
    ids = await block_queries.lock_affected(tx, session_id, scope=data.scope, also=data.also)
    if not {session_id, *data.also} <= set(ids):
        raise NotFound("There is no such chat session.")
    guests = await block_queries.block_sessions(
        tx, ids, minutes=data.minutes, reason=data.reason, scope=data.scope, account_id=caller.id
    )
    hidden: list[Removed] = []
    if data.hide_messages:
        hidden = await block_queries.hide_messages(tx, ids, account_id=caller.id, reason=data.reason)
    guest = guests[session_id]
    await record(
        tx,
        action="chat.blocked",
        target=("chat_session", session_id),
        after={
            "scope": data.scope,
            "minutes": data.minutes,
            "sessions": [str(id) for id in ids],
            "hidden_messages": len(hidden),
        },
        origin=origin,
    )
    await tell_removed(tx, hidden, "hide")
    until = guest.record.blocked_until
    assert until is not None
    keys = [guest_key(id) for id in {session_id, *data.also}]
    if data.scope == "address" and guest.device is not None:
        keys.append(device_key(guest.device))
    for key in sorted(keys):
        await close_sockets(tx, key=key, problem=blocked_by(Found("session", until), confirmable=False))
    tell_queue(tx, "chat", [each.id for each in hidden], "decided")
    return Blocked(
        **structs.asdict(shown(settings, guest)), blocked_sessions=ids, hidden_messages=len(hidden)
    )


async def unblock_guest(
    tx: Transaction, session_id: UUID, *, settings: Settings, origin: Origin
) -> GuestRecord:
    """Unblock a guest, and whoever was blocked with them. Raise NotFound, SessionNotBlocked."""
    lifted = await block_queries.unblock_sessions(tx, session_id)
    if not lifted:
        await guest_queries.fetch_session(tx, session_id)
        raise SessionNotBlocked
    await record(
        tx,
        action="chat.unblocked",
        target=("chat_session", session_id),
        after={"sessions": sorted(str(id) for id in lifted)},
        origin=origin,
    )
    return shown(settings, lifted[session_id])
