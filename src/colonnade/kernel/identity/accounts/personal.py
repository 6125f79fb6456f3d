"""What the kernel itself holds about an account, for exports and deletions. One slice of a product lists it."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.db import Executor
from colonnade.kernel.exports import PersonalData, erase_exports, rows_of

__all__ = ["IDENTITY_DATA"]


async def _collect_account(db: Executor, account_id: int) -> dict[str, Any]:
    row = await db.fetch_row(
        "SELECT id, email, name, role, email_verified_at, last_login_at, created_at, updated_at, "
        "password_hash IS NOT NULL AS has_password FROM accounts WHERE id = $1",
        account_id,
    )
    return dict(row) if row else {}


_SESSIONS = """
SELECT id, device, host(address) AS address, user_agent, methods, created_at, last_seen_at, expires_at,
       revoked_at, end_reason
FROM account_sessions WHERE account_id = $1 ORDER BY created_at, id
"""
_IDENTITIES = """
SELECT provider, subject, email, created_at, last_used_at FROM account_identities WHERE account_id = $1 ORDER BY id
"""
_PASSKEYS = """
SELECT name, backed_up, created_at, last_used_at FROM account_passkeys WHERE account_id = $1 ORDER BY id
"""
_TOTP = "SELECT created_at, confirmed_at FROM account_totp WHERE account_id = $1"
_API_KEYS = """
SELECT name, prefix, scopes, created_at, rotated_at, expires_at, last_used_at, revoked_at
FROM api_keys WHERE account_id = $1 ORDER BY created_at, id
"""
_EXPORTS = """
SELECT id, state, size_bytes, created_at, expires_at FROM personal_exports WHERE account_id = $1
ORDER BY created_at, id
"""

IDENTITY_DATA = (
    PersonalData("account", _collect_account),
    PersonalData("sessions", rows_of(_SESSIONS)),
    PersonalData("identities", rows_of(_IDENTITIES)),
    PersonalData("passkeys", rows_of(_PASSKEYS)),
    PersonalData("authenticator_apps", rows_of(_TOTP)),
    PersonalData("api_keys", rows_of(_API_KEYS)),
    PersonalData("exports", rows_of(_EXPORTS), erase_exports),
)
"""Everything that identity and exports hold, without secrets. Foreign keys take most of it along."""
