"""All SQL of the chat's settings, which are one row or none."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from colonnade.kernel.db import Executor, Transaction, assignments
from colonnade.products.radio.livechat.schemas import ChatSettings

__all__ = ["SETTINGS_OF", "ensure_settings", "fetch_settings", "lock_settings", "update_settings"]

SETTINGS_OF = """
SELECT updated_at FROM chat_settings WHERE updated_by = $1
"""
"""When an account last changed the settings, as its export shows it."""

_SETTINGS = "is_open, slow_mode_seconds, pre_moderation, blocked_terms, version, updated_at"


async def fetch_settings(db: Executor) -> ChatSettings:
    """Return all settings; the defaults if none were ever stored."""
    row = await db.fetch_row(f"SELECT {_SETTINGS} FROM chat_settings")
    return ChatSettings(**row) if row else ChatSettings(True, 0, False, [], 1, UNSET)


async def ensure_settings(tx: Transaction) -> None:
    """Insert the default settings unless there are settings."""
    await tx.execute("INSERT INTO chat_settings DEFAULT VALUES ON CONFLICT DO NOTHING")


async def lock_settings(tx: Transaction) -> ChatSettings:
    """Return all settings, locked; wait for the messages that are being posted under them."""
    row = await tx.fetch_row(f"SELECT {_SETTINGS} FROM chat_settings FOR UPDATE")
    assert row is not None
    return ChatSettings(**row)


async def update_settings(tx: Transaction, values: dict[str, Any], account_id: int) -> ChatSettings:
    """Write `values` and increase the version."""
    changes, args = assignments(values, first=2)
    row = await tx.fetch_row(
        f"UPDATE chat_settings SET {changes} version = version + 1, updated_by = $1, updated_at = now() "
        f"RETURNING {_SETTINGS}",
        account_id,
        *args,
    )
    assert row is not None
    return ChatSettings(**row)
