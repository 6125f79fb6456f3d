"""All SQL about the rules of a channel: how it speaks, when it is open, and when it hands over to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from colonnade.kernel.db import Executor, Record
from colonnade.products.dealroom.channels.schemas import ChannelNotFound, ChannelRules, OpenPeriod

__all__ = ["columns_of_rules", "fetch_rules", "find_session_rules"]

_COLUMNS = ", ".join(f"h.{name}" for name in ChannelRules.__struct_fields__)


def _rules(row: Record) -> ChannelRules:
    hours = row["opening_hours"]
    values = {name: row[name] for name in ChannelRules.__struct_fields__}
    return ChannelRules(**values | {"opening_hours": hours and [OpenPeriod(**one) for one in hours]})


def columns_of_rules(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a channel for these fields of its rules."""
    return {
        name: msgspec.to_builtins(value) if name == "opening_hours" else value
        for name, value in values.items()
    }


async def fetch_rules(db: Executor, owner_id: int, channel_id: int) -> tuple[ChannelRules, int]:
    """Fetch the rules of one of the owner's channels, and its version. Raise ChannelNotFound if there is none."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS}, h.version FROM channels h WHERE h.id = $1 AND h.owner_id = $2",
        channel_id,
        owner_id,
    )
    if row is None:
        raise ChannelNotFound
    return _rules(row), row["version"]


async def find_session_rules(db: Executor, session_id: UUID) -> ChannelRules | None:
    """Find the rules of a session's channel; None for a session without one."""
    row = await db.fetch_row(
        f"""
        SELECT {_COLUMNS} FROM channel_contacts c JOIN channels h ON h.id = c.channel_id WHERE c.session_id = $1
        """,
        session_id,
    )
    return _rules(row) if row else None
