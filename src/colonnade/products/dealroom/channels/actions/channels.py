"""Creates, changes and deletes channels. Secrets are encrypted here and never shown."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import FieldCipher, check_version, country_of, given_fields
from colonnade.kernel.db import Transaction, violation_as
from colonnade.kernel.storage import delete_files
from colonnade.kernel.trash import forget_trash
from colonnade.products.dealroom.channels.actions.claims import fail_pending, release_number
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.rules.tokens import hash_token
from colonnade.products.dealroom.channels.schemas import (
    ACCESS_TOKEN,
    APP_SECRET,
    NOT_AUDITED,
    RESUME_SENDING,
    Channel,
    ChannelCreate,
    ChannelExists,
    ChannelReleased,
    ChannelUpdate,
    ResumeSending,
)
from colonnade.products.dealroom.messages.schemas import MessageError

__all__ = [
    "create_channel",
    "delete_channel",
    "erase_channels",
    "update_channel",
]

REMOVED = MessageError("CHANNEL_REMOVED", "The channel was removed")
_WORKING = {"state": "connected", "failures": 0, "last_error": None}
"""Of a channel whose number was proven a moment ago."""
_SECRETS = {"access_token": "accessToken", "app_secret": "appSecret", "verify_token": "verifyToken"}


def _sealed(cipher: FieldCipher, channel_id: int, given: dict[str, Any]) -> dict[str, Any]:
    """Return `given` with its secrets encrypted or hashed, as they are stored."""
    values = dict(given)
    for name, column in (("access_token", ACCESS_TOKEN), ("app_secret", APP_SECRET)):
        if name in values:
            values[name] = cipher.encrypt(values[name], place=column.place(channel_id))
    if "verify_token" in values:
        values["verify_token_hash"] = hash_token(values.pop("verify_token"))
    return values


async def create_channel(
    tx: Transaction,
    cipher: FieldCipher,
    caller: Principal,
    data: ChannelCreate,
    *,
    number: str,
    origin: Origin | None = None,
) -> Channel:
    """Create a channel of the caller, who has proven to manage its `number`; take it from the channel that has it.

    The caller's own channel that has lost the number gets it back, with all that it has. Raise ChannelExists if the
    caller has a channel for the number.
    """
    moved_from = await release_number(tx, cipher, caller, data.phone_number_id, origin)
    lost = await queries.lock_released(tx, caller.id, data.phone_number_id)
    # The id is drawn first, because the secrets are bound to it by encryption.
    channel_id = lost.id if lost is not None else await queries.next_channel_id(tx)
    given = structs.asdict(data)
    del given["phone_number"]
    values = {"phone": number, **_WORKING} | _sealed(cipher, channel_id, given)
    if lost is not None:
        with violation_as(ChannelExists, "channels_number_key"):
            channel: Channel | None = await queries.update_channel(tx, channel_id, values)
        if (
            lost.paused_until is not None
        ):  # a sending that was under way when the number moved has met a fault
            await tx.enqueue(RESUME_SENDING, ResumeSending(channel_id))
    else:
        values |= {"id": channel_id, "owner_id": caller.id, "region": country_of(number)}
        channel = await queries.insert_channel(tx, values)
    if channel is None:  # somebody else's proof came a moment earlier
        raise ChannelExists
    after = structs.asdict(channel) | ({"moved_from": moved_from} if moved_from is not None else {})
    action = "channel.created" if lost is None else "channel.reclaimed"
    await record(
        tx, action=action, target=("channel", channel.id), after=after, hide=NOT_AUDITED, origin=origin
    )
    return channel


async def update_channel(
    tx: Transaction,
    cipher: FieldCipher,
    caller: Principal,
    channel_id: int,
    data: ChannelUpdate,
    *,
    expected: int | None,
    number: str | None = None,
    origin: Origin | None = None,
) -> Channel:
    """Change the given fields, and the number to `number` if one was proven.

    Raise ChannelNotFound, ChannelReleased, PreconditionFailed, Invalid.
    """
    before = await queries.lock_channel(tx, caller.id, channel_id)
    check_version(expected, before.version)
    given = given_fields(data)
    given.pop("phone_number", None)
    given = {name: value for name, value in given.items() if getattr(before, name, None) != value}
    if before.state == "released" and given.keys() - {"name"}:
        raise ChannelReleased
    values = _sealed(cipher, channel_id, given)
    if number is not None and number != before.phone_number:
        values["phone"] = number
    if before.state == "disconnected" and values.keys() & {"access_token", "phone"}:  # both were proven
        values |= _WORKING
    enabled = values.pop("enabled", None)
    if enabled is False:
        values["state"] = "disabled"
    elif enabled is True and before.state == "disabled":
        values |= {"state": "disconnected", "failures": 0, "last_error": None}
    if not values or values == {"state": before.state}:
        return before
    channel = await queries.update_channel(tx, channel_id, values)
    if before.paused_until is not None and ("access_token" in values or "state" in values):
        await tx.enqueue(RESUME_SENDING, ResumeSending(channel_id))
    replaced = [shown for name, shown in _SECRETS.items() if name in given]
    after = structs.asdict(channel) | ({"replaced": replaced} if replaced else {})
    await record(
        tx,
        action="channel.updated",
        target=("channel", channel_id),
        before=structs.asdict(before),
        after=after,
        hide=NOT_AUDITED,
        origin=origin,
    )
    return channel


async def delete_channel(
    tx: Transaction,
    caller: Principal,
    channel_id: int,
    *,
    expected: int | None,
    origin: Origin | None = None,
) -> None:
    """Delete a channel with its vendor and sellers; its sessions and messages stay, pending messages fail.

    Raise ChannelNotFound, PreconditionFailed.
    """
    before = await queries.lock_channel(tx, caller.id, channel_id)
    check_version(expected, before.version)
    await fail_pending(tx, channel_id, REMOVED, by=caller)
    await delete_files(tx, await queries.list_picture_keys(tx, channel_id))
    # Before the channel: a restoration that is under way holds what is in the trash, and waits for the channel.
    await forget_trash(tx, "channel_id", channel_id)
    await queries.delete_channel(tx, channel_id)
    await record(
        tx,
        action="channel.deleted",
        target=("channel", channel_id),
        before=before,
        hide=NOT_AUDITED,
        origin=origin,
    )


async def erase_channels(tx: Transaction, owner_id: int) -> None:
    """Delete the files that foreign keys do not reach when an account is erased: pictures of its channels' products."""
    for channel in await queries.list_channels(tx, owner_id):
        await delete_files(tx, await queries.list_picture_keys(tx, channel.id))
