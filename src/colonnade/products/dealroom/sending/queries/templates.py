"""SQL of the copies of the provider's templates, and of the messages that are sent by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from colonnade.kernel.db import Executor, Record, Transaction
from colonnade.products.dealroom.sending.schemas import StoredTemplate, TemplateNotFound

__all__ = [
    "change_template",
    "fetch_template",
    "find_channel",
    "insert_template_message",
    "list_templates",
    "replace_templates",
    "wants_no_marketing",
]

_COLUMNS = "name, language, category, state, components, synced_at"


def _template(row: Record) -> StoredTemplate:
    return StoredTemplate(*row)


async def list_templates(db: Executor, channel_id: int) -> list[StoredTemplate]:
    """List the channel's templates by name and language."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM channel_templates WHERE channel_id = $1 ORDER BY name, language", channel_id
    )
    return [_template(row) for row in rows]


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


async def replace_templates(tx: Transaction, channel_id: int, found: Sequence[StoredTemplate]) -> None:
    """Replace the copies of the channel's templates."""
    await tx.execute("DELETE FROM channel_templates WHERE channel_id = $1", channel_id)
    for each in found:
        await tx.execute(
            """
            INSERT INTO channel_templates (channel_id, name, language, category, state, components)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (channel_id, name, language) DO NOTHING
            """,
            channel_id,
            each.name,
            each.language,
            each.category,
            each.state,
            each.components,
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
        """
        SELECT EXISTS (SELECT FROM channel_contacts c JOIN contact_identities own ON own.id = c.identity_id
            JOIN contact_identities i ON i.contact_id = own.contact_id AND (i.id = own.id
                OR i.leader_id = own.id OR i.id = own.leader_id OR i.leader_id = own.leader_id)
            WHERE c.session_id = $1 AND i.marketing_stopped_at IS NOT NULL)
        """,
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
