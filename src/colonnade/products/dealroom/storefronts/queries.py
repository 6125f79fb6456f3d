"""Reads what holds in a session: the one place that knows what a session has of its channel."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.db import Executor
from colonnade.products.dealroom.channels.queries.rules import find_session_rules
from colonnade.products.dealroom.channels.schemas import ChannelRules
from colonnade.products.dealroom.sellers.queries import list_offering_sellers
from colonnade.products.dealroom.storefronts.schemas import Storefront
from colonnade.products.dealroom.vendors.queries import find_answering_vendor

__all__ = ["fetch_rules_of", "fetch_storefront"]


async def fetch_storefront(db: Executor, session_id: UUID) -> Storefront:
    """Fetch what holds in a session: its own vendor, else its channel's, and so on. In four statements at most."""
    vendor = await find_answering_vendor(db, session_id)
    rules = await fetch_rules_of(db, session_id)
    return Storefront(
        vendor=vendor,
        sellers=await list_offering_sellers(db, session_id),
        rules=rules,
        language=(vendor.language if vendor else None) or rules.language,
    )


async def fetch_rules_of(db: Executor, session_id: UUID) -> ChannelRules:
    """Fetch the rules of a session's channel, or those of a new channel for a session without one."""
    return await find_session_rules(db, session_id) or ChannelRules()
