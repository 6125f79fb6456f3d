"""Connecting numbers, changing and removing them, binding contacts. Secrets are encrypted here and never shown."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import FieldCipher, PreconditionFailed, Undecryptable
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels import contact_queries as contacts
from colonnade.products.dealroom.channels import queries
from colonnade.products.dealroom.channels.schemas import (
    ACCESS_TOKEN,
    APP_SECRET,
    Channel,
    ChannelCreate,
    ChannelExists,
    ChannelUpdate,
    Contact,
    ContactBind,
    ContactTaken,
    WebhookRefused,
)
from colonnade.products.dealroom.messages.actions import publish_change
from colonnade.products.dealroom.messages.queries import advance_status
from colonnade.products.dealroom.sessions.queries import lock_session
from colonnade.products.dealroom.shared.rules.phones import parse_phone

__all__ = [
    "bind_contact",
    "check_signature",
    "check_verify_token",
    "create_channel",
    "delete_channel",
    "update_channel",
]

_SECRETS = {"access_token": "accessToken", "app_secret": "appSecret", "verify_token": "verifyToken"}
_NO_HASH = bytes(32)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _sealed(cipher: FieldCipher, channel_id: int, given: dict[str, Any]) -> dict[str, Any]:
    """`given` with its secrets as they are stored."""
    values = dict(given)
    for name, column in (("access_token", ACCESS_TOKEN), ("app_secret", APP_SECRET)):
        if name in values:
            values[name] = cipher.encrypt(values[name], place=column.place(channel_id))
    if "verify_token" in values:
        values["verify_token_hash"] = _hash(values.pop("verify_token"))
    return values


async def create_channel(
    tx: Transaction,
    cipher: FieldCipher,
    caller: Principal,
    data: ChannelCreate,
    *,
    origin: Origin | None = None,
) -> Channel:
    """A new channel of the caller; raises ChannelExists, Invalid."""
    phone = parse_phone(data.phone_number)
    # The id is chosen here, because it is part of what the secrets are encrypted for.
    channel_id = await queries.next_channel_id(tx)
    given = structs.asdict(data)
    del given["phone_number"]
    values = {"id": channel_id, "owner_id": caller.id, "phone": phone.number}
    channel = await queries.insert_channel(tx, values | _sealed(cipher, channel_id, given))
    if channel is None:
        raise ChannelExists
    await record(tx, action="channel.created", target=("channel", channel.id), after=channel, exchange=origin)
    return channel


async def update_channel(
    tx: Transaction,
    cipher: FieldCipher,
    caller: Principal,
    channel_id: int,
    data: ChannelUpdate,
    *,
    expected: int | None,
    origin: Origin | None = None,
) -> Channel:
    """Change what is given; raises ChannelNotFound, PreconditionFailed, Invalid."""
    before = await queries.lock_channel(tx, caller.id, channel_id)
    if expected is not None and expected != before.version:
        raise PreconditionFailed
    given = {name: value for name, value in structs.asdict(data).items() if value is not UNSET}
    values = _sealed(cipher, channel_id, given)
    if "phone_number" in values:
        values["phone"] = parse_phone(values.pop("phone_number")).number
    enabled = values.pop("enabled", None)
    if enabled is False:
        values["state"] = "disabled"
    elif enabled is True and before.state == "disabled":
        values |= {"state": "disconnected", "failures": 0, "last_error": None}
    channel = await queries.update_channel(tx, channel_id, values)
    replaced = [shown for name, shown in _SECRETS.items() if name in given]
    after = structs.asdict(channel) | ({"replaced": replaced} if replaced else {})
    await record(
        tx,
        action="channel.updated",
        target=("channel", channel_id),
        before=before,
        after=after,
        exchange=origin,
    )
    return channel


async def delete_channel(
    tx: Transaction, caller: Principal, channel_id: int, *, origin: Origin | None = None
) -> None:
    """Remove a channel; its sessions and messages stay, what waits to be sent has failed. Raises ChannelNotFound."""
    before = await queries.lock_channel(tx, caller.id, channel_id)
    for message_id in await contacts.list_pending(tx, channel_id):
        message = await advance_status(tx, message_id, "failed")
        if message is not None:
            await publish_change(tx, message)
    await queries.delete_channel(tx, channel_id)
    await record(tx, action="channel.deleted", target=("channel", channel_id), before=before, exchange=origin)


async def bind_contact(tx: Transaction, caller: Principal, session_id: UUID, data: ContactBind) -> Contact:
    """Hold one of the caller's sessions with a contact; what is so already stays.

    Raises SessionNotFound, ChannelNotFound, ContactTaken, Invalid.
    """
    wa_id = parse_phone(data.phone_number).number.removeprefix("+")
    await queries.fetch_channel(tx, caller.id, data.channel_id)
    await contacts.lock_contact(tx, data.channel_id, wa_id)
    await lock_session(tx, caller.id, session_id)
    for contact in await contacts.find_binding(tx, data.channel_id, wa_id, session_id):
        same = (contact.channel_id, contact.phone_number) == (data.channel_id, f"+{wa_id}")
        if same and contact.session_id == session_id:
            return contact
        raise ContactTaken
    return await contacts.insert_contact(tx, data.channel_id, wa_id, session_id, None)


def check_verify_token(channel: queries.Sealed | None, given: str | None) -> None:
    """Raise WebhookRefused unless the caller knows the channel's verify token."""
    known = channel.verify_token_hash if channel is not None else _NO_HASH
    if not hmac.compare_digest(_hash(given or ""), known):
        raise WebhookRefused


def check_signature(
    cipher: FieldCipher, channel: queries.Sealed | None, raw: bytes, signature: str | None
) -> queries.Sealed:
    """The channel, when `raw` is signed with its app secret; raises WebhookRefused."""
    secret = b""
    if channel is not None:
        try:
            secret = cipher.decrypt(channel.app_secret, place=APP_SECRET.place(channel.id)).encode()
        except Undecryptable:
            channel = None
    expected = f"sha256={hmac.new(secret, raw, hashlib.sha256).hexdigest()}".encode()
    if not hmac.compare_digest((signature or "").encode(), expected) or channel is None:
        raise WebhookRefused
    return channel
