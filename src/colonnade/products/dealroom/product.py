"""Dealroom: the record behind a sales assistant: chat sessions with one vendor, many sellers and every message."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.product import Product
from colonnade.products.dealroom.account.slice import SLICE as ACCOUNT
from colonnade.products.dealroom.assistant.slice import SLICE as ASSISTANT
from colonnade.products.dealroom.auth.slice import SLICE as AUTH
from colonnade.products.dealroom.channels.slice import SLICE as CHANNELS
from colonnade.products.dealroom.contacts.slice import SLICE as CONTACTS
from colonnade.products.dealroom.conversation.slice import SLICE as CONVERSATION
from colonnade.products.dealroom.inbox.slice import SLICE as INBOX
from colonnade.products.dealroom.live.slice import SLICE as LIVE
from colonnade.products.dealroom.messages.slice import SLICE as MESSAGES
from colonnade.products.dealroom.policy import POLICY
from colonnade.products.dealroom.reports.slice import SLICE as REPORTS
from colonnade.products.dealroom.sellers.slice import SLICE as SELLERS
from colonnade.products.dealroom.sending.slice import SLICE as SENDING
from colonnade.products.dealroom.sessions.slice import SLICE as SESSIONS
from colonnade.products.dealroom.shared.rules.places import PREFIX
from colonnade.products.dealroom.shared.schemas.envelope import StatusEnvelope
from colonnade.products.dealroom.shared.slice import SLICE as SHARED
from colonnade.products.dealroom.storefronts.slice import SLICE as STOREFRONTS
from colonnade.products.dealroom.transcripts.slice import SLICE as TRANSCRIPTS
from colonnade.products.dealroom.trash.slice import SLICE as TRASH
from colonnade.products.dealroom.users.slice import SLICE as USERS
from colonnade.products.dealroom.vendors.slice import SLICE as VENDORS
from colonnade.products.dealroom.webhooks.slice import SLICE as WEBHOOKS

__all__ = ["PRODUCT"]

PRODUCT = Product(
    name="dealroom",
    title="Dealroom",
    description="Chat sessions with one vendor and many sellers each: the record behind a sales assistant.",
    envelope=StatusEnvelope(),
    policy=POLICY,
    migrations=Path(__file__).parent / "migrations",
    prefix=PREFIX,
    defaults={
        # As in the contract: JWT_EXPIRES_IN=24h, RATE_LIMIT_MAX per RATE_LIMIT_WINDOW, express.json's 10 kB.
        "access_token_ttl_seconds": 86_400,
        "rate_limit_global": "100/15 minutes",
        "body_limit_bytes": 10_240,
    },
    slices=[
        SHARED,
        AUTH,
        USERS,
        SESSIONS,
        VENDORS,
        SELLERS,
        STOREFRONTS,
        MESSAGES,
        CONVERSATION,
        ASSISTANT,
        TRANSCRIPTS,
        CHANNELS,
        CONTACTS,
        WEBHOOKS,
        SENDING,
        INBOX,
        REPORTS,
        LIVE,
        TRASH,
        ACCOUNT,
    ],
)
