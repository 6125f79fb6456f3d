"""Authenticates a webhook's caller as the channel's provider, by the verify token or the body's signature."""

from __future__ import annotations

import hashlib
import hmac

from colonnade.kernel.core import FieldCipher, Undecryptable
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.rules.tokens import hash_token
from colonnade.products.dealroom.channels.schemas import APP_SECRET
from colonnade.products.dealroom.webhooks.schemas import WebhookRefused

__all__ = ["check_signature", "check_verify_token"]

_NO_HASH = bytes(32)


def check_verify_token(channel: Sealed | None, given: str | None) -> None:
    """Raise WebhookRefused unless the caller knows the channel's verify token."""
    known = channel.verify_token_hash if channel is not None else _NO_HASH
    if not hmac.compare_digest(hash_token(given or ""), known):
        raise WebhookRefused


def check_signature(cipher: FieldCipher, channel: Sealed | None, raw: bytes, signature: str | None) -> Sealed:
    """Return the channel. Raise WebhookRefused unless `raw` is signed with its app secret."""
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
