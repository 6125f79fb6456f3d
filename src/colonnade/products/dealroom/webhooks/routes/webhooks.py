"""The webhook that the provider calls: its verification, and its deliveries, signed with the channel's app secret.

These calls have a budget of their own: a provider sends from few addresses, and in bursts.
"""

from __future__ import annotations

import re
from typing import Annotated

from colonnade.kernel.core import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    Ok,
    QueryParameter,
    Response,
    Router,
    anyone,
    get,
    post,
    refuse_versions,
    spends,
)
from colonnade.products.dealroom.assistant.schemas import AssistantSettings
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.schemas import ChannelSettings
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.webhooks.actions import deliveries
from colonnade.products.dealroom.webhooks.actions import webhooks as actions
from colonnade.products.dealroom.webhooks.schemas import WebhookRefused, WebhookSettings

__all__ = ["WEBHOOKS"]

MAX_BODY_BYTES = 3 * 2**20
"""The provider's own limit."""
SIGNATURE = "x-hub-signature-256"
_SIGNATURE_FORM = re.compile(r"sha256=[0-9a-f]{64}")

Mode = Annotated[str | None, QueryParameter(name="hub.mode", max_length=50)]
VerifyToken = Annotated[str | None, QueryParameter(name="hub.verify_token", max_length=500)]
Challenge = Annotated[str | None, QueryParameter(name="hub.challenge", max_length=500)]


@get(
    "/{channel_id:int}",
    guards=[anyone(identified=False), spends("webhooks")],
    unmetered=True,
    include_in_schema=False,
)
async def verify_webhook(
    channel_id: int,
    db: Database,
    mode: Mode = None,
    verify_token: VerifyToken = None,
    challenge: Challenge = None,
) -> Response[str]:
    """Answer the provider's challenge, if it knows the verify token."""
    actions.check_verify_token(await queries.find_webhook(db, channel_id), verify_token)
    if mode != "subscribe" or challenge is None:
        raise WebhookRefused
    return Response(challenge, media_type="text/plain", headers={"cache-control": "no-store"})


def claims_signature(exchange: Exchange) -> None:
    """Refuse a request without a signature before its body is read: whether it is the right one needs the body."""
    refuse_versions(exchange)
    if not _SIGNATURE_FORM.fullmatch(exchange.header(SIGNATURE) or ""):
        raise WebhookRefused


@post(
    "/{channel_id:int}",
    guards=[anyone(identified=False), spends("webhooks"), claims_signature],
    request_max_body_size=MAX_BODY_BYTES,
    unmetered=True,
    include_in_schema=False,
    status_code=200,
)
async def take_delivery(
    channel_id: int,
    data: bytes,
    db: Database,
    cipher: FieldCipher,
    assistant: AssistantSettings,
    settings: ChannelSettings,
    webhooks: WebhookSettings,
    exchange: Exchange,
) -> Ok[None]:
    """Keep every item, and receive messages, events and statuses; known ones are ignored."""
    found = await queries.find_webhook(db, channel_id)
    channel = actions.check_signature(cipher, found, data, exchange.header(SIGNATURE))
    try:
        await deliveries.take_delivery(
            db, cipher, assistant, channel, data, silence=settings.silence, kept_bytes=webhooks.kept_bytes
        )
    except deliveries.BodyGone:
        raise WebhookRefused from None
    return Ok(None)


WEBHOOKS = Router(f"{PREFIX}/webhooks/whatsapp", route_handlers=[verify_webhook, take_delivery])
