"""All SQL of sessions and refresh tokens. A refresh is one statement; so is opening a session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity.sessions.schemas import EndReason, Session

__all__ = [
    "SESSIONS_OF",
    "find_used_token",
    "insert_session",
    "is_unverified",
    "list_sessions",
    "prune_sessions",
    "revoke_account_sessions",
    "revoke_session",
    "rotate_token",
    "touch_session",
]

SESSIONS_OF = """
SELECT id, device, host(address) AS address, user_agent, methods, created_at, last_seen_at, expires_at,
       revoked_at, end_reason
FROM account_sessions WHERE account_id = $1 ORDER BY created_at, id
"""
"""The sessions of an account, as its export shows them."""

# Whether session s of account a may act. A new state that forbids it belongs here.
LIVE = "s.revoked_at IS NULL AND s.expires_at > now() AND a.is_active"

# Whether session s of account a gave a second factor, if its role requires one by now.
FACTOR_GIVEN = "(a.role <> ALL ({roles}::text[]) OR s.methods && ARRAY['totp', 'passkey', 'recovery'])"

_HOLDER = "a.id AS account_id, a.uid, a.role, a.name, a.email, a.email_verified_at IS NOT NULL AS verified"
"""What TokenHolder has."""


async def insert_session(
    db: Executor,
    account_id: int,
    *,
    idle: timedelta,
    absolute: timedelta,
    address: str | None,
    user_agent: str | None,
    device: str,
    methods: list[str],
    token_hash: bytes,
    verified_only: bool,
) -> Record | None:
    """Insert a session and its first refresh token; return None unless the account is active.

    With `verified_only` its e-mail address must have been verified, too. Return id, seconds_left and what TokenHolder
    has.
    """
    return await db.fetch_row(
        """
        WITH account AS (
            UPDATE accounts SET last_login_at = now()
            WHERE id = $1 AND is_active AND (email_verified_at IS NOT NULL OR NOT $9)
            RETURNING id, uid, role, name, email, email_verified_at IS NOT NULL AS verified
        ), session AS (
            INSERT INTO account_sessions (account_id, expires_at, ends_at, address, user_agent, device, methods)
            SELECT id, now() + least($2::interval, $3), now() + $3::interval, $4::text::inet, left($5, 400), $6, $7
            FROM account
            RETURNING id, expires_at
        ), token AS (
            INSERT INTO refresh_tokens (hash, session_id) SELECT $8, id FROM session
        )
        SELECT s.id, a.id AS account_id, a.uid, a.role, a.name, a.email, a.verified,
            extract(epoch FROM s.expires_at - now())::int AS seconds_left
        FROM session s, account a
        """,
        account_id,
        idle,
        absolute,
        address,
        user_agent,
        device,
        methods,
        token_hash,
        verified_only,
    )


async def is_unverified(db: Executor, account_id: int) -> bool:
    """Return whether this is an active account whose e-mail address nobody has verified."""
    found: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND is_active AND email_verified_at IS NULL)",
        account_id,
    )
    return found


async def rotate_token(
    db: Executor,
    token_hash: bytes,
    nonce: bytes,
    successor_hash: bytes,
    *,
    idle: timedelta,
    grace: timedelta,
    address: str | None,
    factor_roles: Sequence[str] = (),
) -> Record | None:
    """Use up a token, insert its successor and extend the session; return None if the token cannot be used.

    Of concurrent calls one finds the token unused: the others wait for the session's row and find it used. That row is
    locked first, as by all that ends a session and then deletes its tokens. A session that began without a second
    factor is not extended if its role is one of `factor_roles`. Return session_id, seconds_left and TokenHolder's.
    """
    return await db.fetch_row(
        f"""
        WITH held AS (
            SELECT s.id, s.ends_at, {_HOLDER}
            FROM account_sessions s JOIN accounts a ON a.id = s.account_id
            WHERE s.id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) AND {LIVE}
                AND {FACTOR_GIVEN.format(roles="$7")}
            FOR NO KEY UPDATE OF s
        ), used AS (
            UPDATE refresh_tokens t SET rotated_at = now(), nonce = $2 FROM held
            WHERE t.hash = $1 AND t.rotated_at IS NULL AND held.id = t.session_id
            RETURNING t.session_id, held.account_id, held.uid, held.role, held.name, held.email, held.verified,
                least(held.ends_at, now() + $4::interval) AS expires_at
        ), successor AS (
            INSERT INTO refresh_tokens (hash, session_id) SELECT $3, session_id FROM used
        ), session AS (
            UPDATE account_sessions s
            SET expires_at = u.expires_at, last_seen_at = now(), address = coalesce($6::text::inet, s.address)
            FROM used u WHERE s.id = u.session_id
        ), forgotten AS (
            UPDATE refresh_tokens t SET nonce = NULL FROM used u
            WHERE t.session_id = u.session_id AND t.nonce IS NOT NULL AND t.rotated_at < now() - $5::interval
        )
        SELECT *, extract(epoch FROM expires_at - now())::int AS seconds_left FROM used
        """,
        token_hash,
        nonce,
        successor_hash,
        idle,
        grace,
        address,
        list(factor_roles),
    )


async def find_used_token(
    db: Executor, token_hash: bytes, grace: timedelta, factor_roles: Sequence[str] = ()
) -> Record | None:
    """Return what `rotate_token` does, nonce and in_grace of a live session's used token, or None."""
    return await db.fetch_row(
        f"""
        SELECT t.session_id, {_HOLDER}, extract(epoch FROM s.expires_at - now())::int AS seconds_left,
            t.nonce, t.nonce IS NOT NULL AND t.rotated_at >= now() - $2::interval AS in_grace
        FROM refresh_tokens t JOIN account_sessions s ON s.id = t.session_id JOIN accounts a ON a.id = s.account_id
        WHERE t.hash = $1 AND t.rotated_at IS NOT NULL AND {LIVE} AND {FACTOR_GIVEN.format(roles="$3")}
        """,
        token_hash,
        grace,
        list(factor_roles),
    )


async def list_sessions(db: Executor, account_id: int, current: UUID) -> list[Session]:
    """Return the account's live sessions, last seen first; at most 100."""
    rows = await db.fetch(
        """
        SELECT id, coalesce(device, 'Unknown device') AS device, host(address) AS address, methods, created_at,
            last_seen_at, expires_at, id = $2 AS current
        FROM account_sessions
        WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
        ORDER BY last_seen_at DESC, id LIMIT 100
        """,
        account_id,
        current,
    )
    return [Session(**row) for row in rows]


async def revoke_session(
    db: Executor, session_id: UUID, reason: EndReason, *, account_id: int | None = None
) -> bool:
    """Revoke one live session, of `account_id` if given; return False if there is none."""
    tag = await db.execute(
        """
        UPDATE account_sessions SET revoked_at = now(), end_reason = $2
        WHERE id = $1 AND revoked_at IS NULL AND expires_at > now() AND ($3::int IS NULL OR account_id = $3)
        """,
        session_id,
        reason,
        account_id,
    )
    return tag == "UPDATE 1"


async def revoke_account_sessions(
    db: Executor, account_id: int, reason: EndReason, *, keep: UUID | None
) -> list[UUID]:
    """Revoke every session of an account but `keep`; return the ids of those that were live."""
    rows = await db.fetch(
        """
        WITH ended AS (
            UPDATE account_sessions SET revoked_at = now(), end_reason = $2
            WHERE account_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3
            RETURNING id, expires_at
        )
        SELECT id FROM ended WHERE expires_at > now()
        """,
        account_id,
        reason,
        keep,
    )
    return [row["id"] for row in rows]


async def touch_session(db: Executor, session_id: UUID) -> None:
    """Record the use of a session, at most once a minute; skip the row if another transaction holds it."""
    await db.execute(
        """
        UPDATE account_sessions SET last_seen_at = now()
        WHERE id = (
            SELECT id FROM account_sessions WHERE id = $1 AND last_seen_at < now() - interval '1 minute'
            FOR UPDATE SKIP LOCKED
        )
        """,
        session_id,
    )


async def prune_sessions(db: Executor) -> None:
    """Delete sessions, and with them their refresh tokens, that expired more than 30 days ago."""
    await db.execute("DELETE FROM account_sessions WHERE expires_at < now() - interval '30 days'")
