"""SQL of the copies of the provider's templates, and of the messages that are sent by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.sending.schemas import StoredTemplate, TemplateNotFound

__all__ = [
    "STOPPED",
    "change_template",
    "count_templates",
    "delete_templates",
    "fetch_template",
    "find_channel",
    "insert_template_message",
    "insert_templates",
    "list_templates",
    "wants_no_marketing",
]

STOPPED = """
EXISTS (SELECT FROM contact_identities own JOIN contact_identities i ON i.contact_id = own.contact_id AND (i.id = own.id
        OR i.leader_id = own.id OR i.id = own.leader_id OR i.leader_id = own.leader_id)
    WHERE own.id = c.identity_id AND i.marketing_stopped_at IS NOT NULL)
"""
"""SQL of whether the contact `c` of a channel has told the provider to stop marketing."""

_COLUMNS = "name, language, category, state, components, synced_at, problem"


def _template(row: Record) -> StoredTemplate:
    return StoredTemplate(*row)


async def list_templates(
    db: Executor, channel_id: int, *, limit: int, after: tuple[str, str] | None = None, offset: int = 0
) -> list[StoredTemplate]:
    """List the channel's templates by name and language, those after one of them, or from a place on."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM channel_templates
        WHERE channel_id = $1 AND ($2::text IS NULL OR (name, language) > ($2, $3::text))
        ORDER BY name, language LIMIT $4 OFFSET $5
        """,
        channel_id,
        after[0] if after else None,
        after[1] if after else None,
        limit,
        offset,
    )
    return [_template(row) for row in rows]


async def count_templates(db: Executor, channel_id: int) -> int:
    """Count the channel's templates."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM channel_templates WHERE channel_id = $1", channel_id
    )
    return count


async def fetch_template(db: Executor, channel_id: int, name: str, language: str) -> StoredTemplate:
    """Fetch one of the channel's templates. Raise TemplateNotFound if there is none."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM channel_templates WHERE channel_id = $1 AND name = $2 AND language = $3",
        channel_id,
        name,
        language,
    )
    if row is None:
        raise TemplateNotFound
    return _template(row)


async def delete_templates(tx: Transaction, channel_id: int) -> None:
    """Forget the copies of the channel's templates."""
    await tx.execute("DELETE FROM channel_templates WHERE channel_id = $1", channel_id)


async def insert_templates(tx: Transaction, channel_id: int, found: Sequence[StoredTemplate]) -> None:
    """Store copies of templates; the first of a name and language stays."""
    await tx.execute(
        """
        INSERT INTO channel_templates (channel_id, name, language, category, state, components, problem)
        SELECT $1, name, language, category, state, components::jsonb, problem
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS given (name, language, category, state, components, problem)
        ON CONFLICT (channel_id, name, language) DO NOTHING
        """,
        channel_id,
        [each.name for each in found],
        [each.language for each in found],
        [each.category for each in found],
        [each.state for each in found],
        [msgspec.json.encode(each.components).decode() for each in found],
        [each.problem for each in found],
    )


async def change_template(
    tx: Transaction,
    channel_id: int,
    name: str,
    language: str,
    *,
    state: str | None,
    category: str | None,
    at: datetime | None,
) -> None:
    """Note what the provider said of a template at a time, unless more is known since."""
    await tx.execute(
        """
        UPDATE channel_templates SET state = coalesce($4, state), category = coalesce($5, category),
            synced_at = greatest(synced_at, least($6, now()))
        WHERE channel_id = $1 AND name = $2 AND language = $3
            AND date_trunc('second', synced_at) <= coalesce($6, now())
        """,
        channel_id,
        name,
        language,
        state,
        category,
        at,
    )


async def find_channel(db: Executor, owner_id: int, session_id: Any) -> int | None:
    """Find the channel of one of the owner's sessions, through its contact."""
    id_: int | None = await db.fetch_value(
        """
        SELECT c.channel_id FROM channel_contacts c JOIN chat_sessions s ON s.id = c.session_id
        WHERE c.session_id = $1 AND s.owner_id = $2
        """,
        session_id,
        owner_id,
    )
    return id_


async def wants_no_marketing(db: Executor, session_id: Any) -> bool:
    """Return whether the session's contact has told the provider to stop marketing."""
    found: bool = await db.fetch_value(
        f"SELECT EXISTS (SELECT FROM channel_contacts c WHERE c.session_id = $1 AND {STOPPED})",
        session_id,
    )
    return found


async def insert_template_message(
    tx: Transaction, message_id: int, name: str, language: str, parameters: list[dict[str, Any]]
) -> None:
    """Keep by which template, filled with what, a message is sent."""
    await tx.execute(
        "INSERT INTO template_messages (message_id, name, language, parameters) VALUES ($1, $2, $3, $4)",
        message_id,
        name,
        language,
        parameters,
    )
