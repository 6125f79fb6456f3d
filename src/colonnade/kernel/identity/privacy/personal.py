"""What the kernel itself holds about an account, for exports and deletions. A product lists it first."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Executor
from colonnade.kernel.exports import PersonalData, erase_exports

__all__ = ["IDENTITY_DATA"]


async def _collect_account(db: Executor, account_id: int) -> dict[str, Any]:
    row = await db.fetch_row(
        "SELECT id, email, name, role, email_verified_at, last_login_at, created_at, updated_at, "
        "password_hash IS NOT NULL AS has_password FROM accounts WHERE id = $1",
        account_id,
    )
    return dict(row) if row else {}


async def _collect_sessions(db: Executor, account_id: int) -> list[dict[str, Any]]:
    rows = await db.fetch(
        "SELECT id, device, host(address) AS address, user_agent, methods, created_at, last_seen_at, expires_at, "
        "revoked_at, end_reason FROM account_sessions WHERE account_id = $1 ORDER BY created_at, id",
        account_id,
    )
    return [dict(row) for row in rows]


async def _collect_exports(db: Executor, account_id: int) -> list[dict[str, Any]]:
    rows = await db.fetch(
        "SELECT id, state, size_bytes, created_at, expires_at FROM personal_exports WHERE account_id = $1 "
        "ORDER BY created_at, id",
        account_id,
    )
    return [dict(row) for row in rows]


IDENTITY_DATA = (
    PersonalData("account", _collect_account),
    PersonalData("sessions", _collect_sessions),
    PersonalData("exports", _collect_exports, erase_exports),
)
"""Account, sessions and exports. Other slices of identity bring their own."""
