"""All SQL of API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity.apikeys.schemas import ApiKey

__all__ = [
    "API_KEYS_OF",
    "count_keys",
    "fetch_key",
    "find_key_holder",
    "insert_key",
    "list_keys",
    "prune_api_keys",
    "revoke_key",
    "revoke_keys",
    "rotate_key",
    "touch_key",
]

API_KEYS_OF = """
SELECT name, prefix, scopes, created_at, rotated_at, expires_at, last_used_at, revoked_at
FROM api_keys WHERE account_id = $1 ORDER BY created_at, id
"""
"""The API keys of an account, as its export shows them."""

_KEY = "id, name, prefix, scopes, created_at, rotated_at, expires_at, last_used_at"
_LIVE = "k.revoked_at IS NULL AND k.expires_at > now() AND a.is_active"


async def find_key_holder(db: Executor, prefix: str) -> Record | None:
    """Return the live key with this prefix and the active account it acts for, or None.

    `unseen` is true if its last use was recorded a minute ago or earlier, or never.
    """
    return await db.fetch_row(
        f"""
        SELECT k.id AS key_id, k.secret_hash, k.scopes, extract(epoch FROM k.expires_at)::float8 AS expires_at,
            CASE WHEN k.previous_until > now() THEN k.previous_hash END AS previous_hash,
            k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute' AS unseen,
            a.id, a.uid, a.role, a.name, a.email,
            (SELECT permissions FROM access_roles r WHERE r.name = a.role) AS granted
        FROM api_keys k JOIN accounts a ON a.id = k.account_id
        WHERE k.prefix = $1 AND {_LIVE}
        """,
        prefix,
    )


async def touch_key(db: Executor, key_id: UUID) -> None:
    """Record the use of a key, at most once a minute; skip the row if another transaction holds it."""
    await db.execute(
        """
        UPDATE api_keys SET last_used_at = now()
        WHERE id = (
            SELECT id FROM api_keys
            WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            FOR UPDATE SKIP LOCKED
        )
        """,
        key_id,
    )


async def list_keys(db: Executor, account_id: int) -> list[ApiKey]:
    """Return the account's keys that were not revoked, newest first; at most 100."""
    rows = await db.fetch(
        f"""
        SELECT {_KEY} FROM api_keys WHERE account_id = $1 AND revoked_at IS NULL
        ORDER BY created_at DESC, id LIMIT 100
        """,
        account_id,
    )
    return [ApiKey(**row) for row in rows]


async def fetch_key(db: Executor, account_id: int, key_id: UUID) -> ApiKey:
    """Return one live key of the account. Raise NotFound if there is none."""
    row = await db.fetch_row(
        f"""
        SELECT {_KEY} FROM api_keys
        WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL AND expires_at > now()
        """,
        key_id,
        account_id,
    )
    if row is None:
        raise NotFound("There is no such API key.")
    return ApiKey(**row)


async def count_keys(db: Executor, account_id: int) -> int:
    """Return the number of the account's live keys."""
    count: int = await db.fetch_value(
        """
        SELECT count(*) FROM api_keys WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
        """,
        account_id,
    )
    return count


async def insert_key(
    db: Executor,
    account_id: int,
    *,
    name: str,
    prefix: str,
    secret_hash: bytes,
    scopes: list[str],
    life: timedelta,
) -> ApiKey:
    """Insert a key."""
    row = await db.fetch_row(
        f"""
        INSERT INTO api_keys (account_id, name, prefix, secret_hash, scopes, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + $6::interval) RETURNING {_KEY}
        """,
        account_id,
        name,
        prefix,
        secret_hash,
        scopes,
        life,
    )
    assert row is not None
    return ApiKey(**row)


async def rotate_key(
    db: Executor, key_id: UUID, secret_hash: bytes, *, rotated_at: datetime | None, overlap: timedelta
) -> ApiKey | None:
    """Replace a live key's secret and return the key; None if it was rotated since `rotated_at`."""
    row = await db.fetch_row(
        f"""
        UPDATE api_keys SET secret_hash = $2, rotated_at = clock_timestamp(),
            previous_hash = CASE WHEN $4::interval > interval '0' THEN secret_hash END,
            previous_until = CASE WHEN $4::interval > interval '0' THEN now() + $4::interval END
        WHERE id = $1 AND rotated_at IS NOT DISTINCT FROM $3 AND revoked_at IS NULL AND expires_at > now()
        RETURNING {_KEY}
        """,
        key_id,
        secret_hash,
        rotated_at,
        overlap,
    )
    return ApiKey(**row) if row else None


async def revoke_key(db: Executor, account_id: int, key_id: UUID) -> bool:
    """Revoke a key of the account; return False if there is none or it was revoked before."""
    tag = await db.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL",
        key_id,
        account_id,
    )
    return tag == "UPDATE 1"


async def revoke_keys(db: Executor, account_id: int) -> int:
    """Revoke every key of an account; return the number of those that were still good."""
    tag = await db.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()",
        account_id,
    )
    return int(tag.removeprefix("UPDATE "))


async def prune_api_keys(db: Executor) -> None:
    """Delete keys that expired or were revoked more than 30 days ago."""
    await db.execute(
        """
        DELETE FROM api_keys
        WHERE expires_at < now() - interval '30 days' OR revoked_at < now() - interval '30 days'
        """
    )
