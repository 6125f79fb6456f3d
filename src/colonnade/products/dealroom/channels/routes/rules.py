"""The rules of a channel: how it speaks, when it is open, and when it hands over to people."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import given_fields
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, ExpectedVersion, Ok, Router, allows, get, patch, put
from colonnade.products.dealroom.channels.actions.rules import change_rules
from colonnade.products.dealroom.channels.queries.rules import fetch_rules
from colonnade.products.dealroom.channels.routes.channels import CHANNELS
from colonnade.products.dealroom.channels.schemas import ChannelRules, ChannelRulesUpdate
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["RULES"]

USE = "channels:use"


@get("/channels/{channel_id:int}/rules", guards=[allows(USE)])
async def show_rules(channel_id: int, db: Database, caller: Principal) -> Ok[ChannelRules]:
    """The rules of a channel; their version is the channel's."""
    rules, version = await fetch_rules(db, caller.id, channel_id)
    return Ok(rules, version=version)


@put("/channels/{channel_id:int}/rules", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def put_rules(
    channel_id: int,
    data: ChannelRulesUpdate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
) -> Ok[ChannelRules]:
    """Set rules of a channel; those that are absent stay. Its open sessions have them at once."""
    return await _change(channel_id, data, db, caller, exchange, expected)


@patch("/channels/{channel_id:int}/rules", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def update_rules(
    channel_id: int,
    data: ChannelRulesUpdate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
) -> Ok[ChannelRules]:
    """Change rules of a channel; `If-Match` guards against overwriting another's edit."""
    return await _change(channel_id, data, db, caller, exchange, expected)


async def _change(
    channel_id: int,
    data: ChannelRulesUpdate,
    db: Database,
    caller: Principal,
    exchange: Exchange,
    expected: int | None,
) -> Ok[ChannelRules]:
    async with db.transaction(caller) as tx:
        rules, version = await change_rules(
            tx, caller, channel_id, given_fields(data), expected=expected, origin=exchange
        )
    return Ok(rules, version=version)


RULES = Router(
    PREFIX,
    route_handlers=[show_rules, put_rules, update_rules],
    tags=CHANNELS.tags,
)
