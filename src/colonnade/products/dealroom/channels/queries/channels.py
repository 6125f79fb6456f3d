"""All SQL about channels. Token and secret are always encrypted here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import Struct

from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion
from colonnade.products.dealroom.channels.schemas import (
    Channel,
    ChannelHealth,
    ChannelNotFound,
    ChannelState,
)
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = [
    "Changed",
    "Sealed",
    "count_failure",
    "delete_channel",
    "fetch_channel",
    "fetch_health",
    "fetch_sealed",
    "find_webhook",
    "has_digits",
    "holds_number",
    "insert_channel",
    "list_channels",
    "list_picture_keys",
    "list_quiet",
    "lock_channel",
    "lock_holder",
    "lock_released",
    "mark_degraded",
    "mark_failure",
    "mark_items_cut",
    "mark_success",
    "next_channel_id",
    "note_words",
    "update_channel",
]

_COLUMNS = """id, provider, name, phone_number_id, phone, state, last_inbound_at, last_outbound_at, last_error,
    paused_until, pause_kind, business_account_id, read_receipts, typing_indicator, version, created_at, updated_at,
    quality, messaging_limit, restriction, items_cut_at"""
_SEALED = (
    "id, owner_id, phone_number_id, state, access_token, app_secret, verify_token_hash, business_account_id"
)


class Sealed(Struct, frozen=True):
    """A channel with its encrypted token and secret, for internal use."""

    id: int
    owner_id: int
    phone_number_id: str
    state: ChannelState
    access_token: str
    app_secret: str
    verify_token_hash: bytes
    business_account_id: str | None


class Changed(Struct, frozen=True):
    """A change of a channel's state by a success or a failure."""

    before: ChannelState
    after: ChannelState


def _channel(row: Record | None) -> Channel:
    if row is None:
        raise ChannelNotFound
    return Channel(
        id=row["id"],
        provider=row["provider"],
        name=row["name"],
        phone_number_id=row["phone_number_id"],
        phone_number=row["phone"],
        webhook_path=f"{PREFIX}/webhooks/{row['provider']}/{row['id']}",
        state=row["state"],
        last_inbound_at=row["last_inbound_at"],
        last_outbound_at=row["last_outbound_at"],
        last_error=row["last_error"],
        paused_until=row["paused_until"],
        pause_kind=row["pause_kind"],
        business_account_id=row["business_account_id"],
        read_receipts=row["read_receipts"],
        typing_indicator=row["typing_indicator"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        quality=row["quality"],
        messaging_limit=row["messaging_limit"],
        restriction=row["restriction"],
        webhook_items_cut_at=row["items_cut_at"],
    )


async def next_channel_id(tx: Transaction) -> int:
    """Draw the id of a new channel: its encrypted secrets are bound to it."""
    id_: int = await tx.fetch_value("SELECT nextval(pg_get_serial_sequence('channels', 'id'))")
    return id_


async def insert_channel(tx: Transaction, values: dict[str, Any]) -> Channel | None:
    """Insert a channel; return None if its number has one already."""
    names, marks, args = insertion(values)
    row = await tx.fetch_row(
        f"""
        INSERT INTO channels ({names}) OVERRIDING SYSTEM VALUE VALUES ({marks})
        ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
        """,
        *args,
    )
    return _channel(row) if row else None


async def lock_holder(tx: Transaction, phone_number_id: str) -> tuple[Channel, int] | None:
    """Lock the channel that has a number, whoever's it is; return it with its owner's id, None if no channel has it."""
    row = await tx.fetch_row(
        f"""
        SELECT {_COLUMNS}, owner_id FROM channels
        WHERE provider = 'whatsapp' AND phone_number_id = $1 AND state <> 'released' FOR NO KEY UPDATE
        """,
        phone_number_id,
    )
    return (_channel(row), row["owner_id"]) if row else None


async def lock_released(tx: Transaction, owner_id: int, phone_number_id: str) -> Channel | None:
    """Lock the channel of the owner's that had a number last, and has lost it; None if there is none."""
    row = await tx.fetch_row(
        f"""
        SELECT {_COLUMNS} FROM channels WHERE provider = 'whatsapp' AND phone_number_id = $1 AND owner_id = $2
            AND state = 'released' ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE
        """,
        phone_number_id,
        owner_id,
    )
    return _channel(row) if row else None


async def holds_number(db: Executor, owner_id: int, phone_number_id: str) -> bool:
    """Return whether a channel of the owner's has a number."""
    found: bool = await db.fetch_value(
        """
        SELECT EXISTS (SELECT FROM channels WHERE owner_id = $1 AND provider = 'whatsapp' AND phone_number_id = $2
            AND state <> 'released')
        """,
        owner_id,
        phone_number_id,
    )
    return found


async def has_digits(db: Executor, channel_id: int, digits: str) -> bool:
    """Return whether the channel's number has these digits."""
    found: bool | None = await db.fetch_value(
        "SELECT ltrim(phone, '+') = $2 FROM channels WHERE id = $1", channel_id, digits
    )
    return bool(found)


async def list_channels(db: Executor, owner_id: int) -> list[Channel]:
    """List the owner's channels, the oldest first."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM channels WHERE owner_id = $1 ORDER BY id", owner_id)
    return [_channel(row) for row in rows]


async def fetch_channel(db: Executor, owner_id: int, channel_id: int) -> Channel:
    """Fetch a channel of its owner. Raise ChannelNotFound if there is none."""
    sql = f"SELECT {_COLUMNS} FROM channels WHERE id = $1 AND owner_id = $2"
    return _channel(await db.fetch_row(sql, channel_id, owner_id))


async def lock_channel(tx: Transaction, owner_id: int, channel_id: int) -> Channel:
    """Lock a channel of its owner. Raise ChannelNotFound if there is none.

    Messages that come in meanwhile, in sessions that the caller may lock next, do not wait for it.
    """
    sql = f"SELECT {_COLUMNS} FROM channels WHERE id = $1 AND owner_id = $2 FOR NO KEY UPDATE"
    return _channel(await tx.fetch_row(sql, channel_id, owner_id))


async def update_channel(tx: Transaction, channel_id: int, values: dict[str, Any]) -> Channel:
    """Write `values` and increase the version. Raise ChannelNotFound."""
    changes, args = assignments(values, first=2)
    row = await tx.fetch_row(
        f"UPDATE channels SET {changes} version = version + 1, updated_at = now() WHERE id = $1 RETURNING {_COLUMNS}",
        channel_id,
        *args,
    )
    return _channel(row)


async def list_picture_keys(tx: Transaction, channel_id: int) -> list[str]:
    """List the keys of the stored pictures of a channel's products."""
    rows = await tx.fetch(
        """
        SELECT p.image_key FROM seller_products p JOIN sellers s ON s.id = p.seller_id
        WHERE s.channel_id = $1 AND p.image_key IS NOT NULL
        """,
        channel_id,
    )
    return [row["image_key"] for row in rows]


async def delete_channel(tx: Transaction, channel_id: int) -> None:
    """Delete a channel with its contacts, vendor and sellers; its messages stay."""
    await tx.execute("DELETE FROM channels WHERE id = $1", channel_id)


async def fetch_health(db: Executor, owner_id: int, channel_id: int) -> ChannelHealth:
    """Fetch the health of one of the owner's channels. Raise ChannelNotFound if there is none."""
    row = await db.fetch_row(
        """
        SELECT c.state, c.last_inbound_at, c.last_outbound_at, c.last_error,
            floor(extract(epoch FROM now() - c.last_inbound_at))::bigint AS seconds_since_inbound,
            (SELECT count(*) FROM messages m WHERE m.channel_id = c.id AND m.status = 'pending') AS pending,
            (SELECT count(*) FROM messages m WHERE m.channel_id = c.id AND m.status = 'failed') AS failed,
            (SELECT count(*) FROM messages m WHERE m.channel_id = c.id AND m.status = 'unknown') AS unknown,
            (SELECT count(*) FROM webhook_deliveries d WHERE d.channel_id = c.id AND d.problem IS NOT NULL)
                AS set_aside,
            c.paused_until, c.pause_kind
        FROM channels c WHERE c.id = $1 AND c.owner_id = $2
        """,
        channel_id,
        owner_id,
    )
    if row is None:
        raise ChannelNotFound
    return ChannelHealth(**row)


async def find_webhook(db: Executor, channel_id: int) -> Sealed | None:
    """Find the channel of a webhook, unless it is disabled or has lost its number."""
    sql = f"SELECT {_SEALED} FROM channels WHERE id = $1 AND state NOT IN ('disabled', 'released')"
    row = await db.fetch_row(sql, channel_id)
    return Sealed(**row) if row else None


async def fetch_sealed(db: Executor, channel_id: int, owner_id: int | None = None) -> Sealed:
    """Fetch a channel with its secrets, of this owner if one is named. Raise ChannelNotFound if there is none."""
    row = await db.fetch_row(
        f"SELECT {_SEALED} FROM channels WHERE id = $1 AND ($2::integer IS NULL OR owner_id = $2)",
        channel_id,
        owner_id,
    )
    if row is None:
        raise ChannelNotFound
    return Sealed(**row)


async def mark_success(
    tx: Transaction, channel_id: int, silence: timedelta, *, inbound: bool = False, outbound: bool = False
) -> Changed | None:
    """Record that the channel works: connect it again, unless customers have been silent for too long.

    `inbound`: a customer has written; `outbound`: the provider has answered a sending.
    Return None if there is no such channel, or it is disabled or has lost its number.
    """
    return await _move(
        tx,
        """
        last_inbound_at = CASE WHEN $3 THEN now() ELSE last_inbound_at END,
        last_outbound_at = CASE WHEN $4 THEN now() ELSE last_outbound_at END,
        failures = 0, lost_answers = CASE WHEN $4 THEN 0 ELSE lost_answers END,
        last_error = CASE WHEN {quiet} THEN last_error END,
        state = CASE WHEN {quiet} THEN 'degraded' ELSE 'connected' END
        """.format(quiet="NOT $3 AND coalesce(last_inbound_at, created_at) < now() - $2::interval"),
        channel_id,
        silence,
        inbound,
        outbound,
        unless=_SEEN_NOW,
    )


async def mark_failure(
    tx: Transaction, channel_id: int, error: str, *, state: ChannelState | None, outbound: bool = False
) -> Changed | None:
    """Record a failure and, if given, the resulting `state`; return None as `mark_success` does.

    `outbound`: it is the provider's answer to a sending.
    """
    return await _move(
        tx,
        """
        failures = failures + 1, last_error = $2, state = coalesce($3, state),
        lost_answers = CASE WHEN $4 THEN 0 ELSE lost_answers END
        """,
        channel_id,
        error,
        state,
        outbound,
    )


async def count_failure(tx: Transaction, channel_id: int, error: str, *, lost: bool) -> int:
    """Record a failure that leaves the state as it is; return how many answers to sendings were lost in a row.

    `lost`: so was this one. What did not reach the provider, or what it wants to have again, is none.
    """
    lost_answers: int | None = await tx.fetch_value(
        """
        UPDATE channels SET failures = failures + 1, last_error = $2, lost_answers = lost_answers + $3::boolean::integer
        WHERE id = $1 RETURNING lost_answers
        """,
        channel_id,
        error,
        lost,
    )
    return lost_answers or 0


async def mark_degraded(tx: Transaction, channel_id: int, error: str | None) -> Changed | None:
    """Degrade a connected channel because of `error`, or else of its last error."""
    return await _move(
        tx,
        "last_error = coalesce($2, last_error), state = CASE state WHEN 'connected' THEN 'degraded' ELSE state END",
        channel_id,
        error,
    )


async def note_words(tx: Transaction, channel_id: int, values: dict[str, Any]) -> None:
    """Store what the provider says of the number or its account: `quality`, `messaging_limit`, `restriction`."""
    changes, args = assignments(values, first=2)
    await tx.execute(
        f"UPDATE channels SET {changes} updated_at = now() WHERE id = $1 AND state <> 'released'",
        channel_id,
        *args,
    )


async def mark_items_cut(db: Executor, owner_id: int) -> None:
    """Note that items of the owner's webhooks were dropped early, or kept without their text."""
    await db.execute("UPDATE channels SET items_cut_at = now() WHERE owner_id = $1", owner_id)


# Many customers write and are answered at once: none needs to queue for the channel's row to say the same.
_SEEN_NOW = """state = 'connected' AND failures = 0 AND last_error IS NULL AND NOT ($4 AND lost_answers > 0)
    AND ($3 OR coalesce(last_inbound_at, created_at) >= now() - $2::interval)
    AND NOT ($3 AND coalesce(last_inbound_at <= now() - interval '1 second', true))
    AND NOT ($4 AND coalesce(last_outbound_at <= now() - interval '1 second', true))"""


async def _move(
    tx: Transaction, changes: str, channel_id: int, *args: Any, unless: str = "false"
) -> Changed | None:
    # Two statements: in one, where messages that are inserted share the row, what waits for it and the UPDATE of the
    # row that the statement itself has locked wait for each other.
    before = await tx.fetch_value(
        f"""
        SELECT state FROM channels
        WHERE id = $1 AND state NOT IN ('disabled', 'released') AND NOT ({unless}) FOR NO KEY UPDATE
        """,
        channel_id,
        *(args if unless != "false" else ()),
    )
    if before is None:
        return None
    after = await tx.fetch_value(
        f"UPDATE channels SET {changes} WHERE id = $1 RETURNING state", channel_id, *args
    )
    return Changed(before, after)


async def list_quiet(db: Executor, silence: timedelta, failures: int) -> list[tuple[int, bool]]:
    """List connected channels that have been silent for `silence`, or had `failures`: id, and whether it is silent."""
    rows = await db.fetch(
        """
        SELECT id, coalesce(last_inbound_at, created_at) < now() - $1::interval AS silent FROM channels
        WHERE state = 'connected' AND (coalesce(last_inbound_at, created_at) < now() - $1::interval OR failures >= $2)
        ORDER BY id
        """,
        silence,
        failures,
    )
    return [(row["id"], row["silent"]) for row in rows]
