"""All SQL about accounts and their sessions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, UniqueViolationError, violates
from colonnade.kernel.identity.schemas import Account, EmailTaken, StoredAccount

__all__ = [
    "count_accounts",
    "fetch_account",
    "find_caller",
    "find_login",
    "insert_account",
    "insert_session",
    "list_accounts",
    "prune_sessions",
    "revoke_account_sessions",
    "revoke_session",
    "update_account",
    "update_login",
]

_ACCOUNT = "id, name, email, role, is_active, last_login_at, created_at, updated_at"

# The account behind a live session: one indexed row, asked at every authenticated request so that a logout, a
# deactivation or a change of role holds at once and on every process.
FIND_CALLER = """
SELECT a.id, a.role, a.name, a.email
FROM account_sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND a.is_active
"""


async def find_caller(db: Executor, session_id: UUID) -> Record | None:
    """Id, role, name and e-mail of the active account whose session this is."""
    return await db.fetch_row(FIND_CALLER, session_id)


async def find_login(db: Executor, email: str) -> StoredAccount | None:
    """The account with this e-mail, whatever its state."""
    row = await db.fetch_row(
        "SELECT id, name, email, role, is_active, password_hash FROM accounts WHERE lower(email) = lower($1)",
        email,
    )
    return StoredAccount(**row) if row else None


async def fetch_account(db: Executor, account_id: int) -> Account:
    """One account; raises NotFound."""
    row = await db.fetch_row(f"SELECT {_ACCOUNT} FROM accounts WHERE id = $1", account_id)
    if row is None:
        raise NotFound("There is no such account.")
    return Account(**row)


async def list_accounts(db: Executor, *, limit: int, offset: int) -> list[Account]:
    """A page of accounts, oldest first."""
    rows = await db.fetch(
        f"SELECT {_ACCOUNT} FROM accounts ORDER BY id LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [Account(**row) for row in rows]


async def count_accounts(db: Executor) -> int:
    """How many accounts there are."""
    count: int = await db.fetch_value("SELECT count(*) FROM accounts")
    return count


async def insert_account(
    db: Executor, *, email: str, name: str, role: str, password_hash: str | None
) -> Account:
    """A new active account; raises EmailTaken."""
    try:
        row = await db.fetch_row(
            f"INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, $2, $3, $4) "
            f"RETURNING {_ACCOUNT}",
            email,
            name,
            role,
            password_hash,
        )
    except UniqueViolationError as error:
        if violates(error, "accounts_email_key"):
            raise EmailTaken(field="email") from None
        raise
    assert row is not None
    return Account(**row)


async def update_account(
    db: Executor,
    account_id: int,
    *,
    name: str | None = None,
    email: str | None = None,
    role: str | None = None,
    is_active: bool | None = None,
    password_hash: str | None = None,
) -> Account:
    """Change what is given; raises NotFound, EmailTaken."""
    try:
        row = await db.fetch_row(
            f"""
            UPDATE accounts SET name = coalesce($2, name), email = coalesce($3, email),
                role = coalesce($4, role), is_active = coalesce($5, is_active),
                password_hash = coalesce($6, password_hash), updated_at = now()
            WHERE id = $1 RETURNING {_ACCOUNT}
            """,
            account_id,
            name,
            email,
            role,
            is_active,
            password_hash,
        )
    except UniqueViolationError as error:
        if violates(error, "accounts_email_key"):
            raise EmailTaken(field="email") from None
        raise
    if row is None:
        raise NotFound("There is no such account.")
    return Account(**row)


async def update_login(db: Executor, account_id: int, new_hash: str | None) -> None:
    """Note the moment of a login and, where the stored hash was outdated, its replacement."""
    await db.execute(
        """
        UPDATE accounts SET last_login_at = now(), password_hash = coalesce($2, password_hash)
        WHERE id = $1
        """,
        account_id,
        new_hash,
    )


async def insert_session(
    db: Executor, account_id: int, *, expires_at: datetime, address: str | None, user_agent: str | None
) -> UUID | None:
    """A session of an account that is active at this moment; None when it is not."""
    session_id: UUID | None = await db.fetch_value(
        """
        INSERT INTO account_sessions (account_id, expires_at, address, user_agent)
        SELECT id, $2, $3::text::inet, left($4, 400) FROM accounts WHERE id = $1 AND is_active
        RETURNING id
        """,
        account_id,
        expires_at,
        address,
        user_agent,
    )
    return session_id


async def revoke_session(db: Executor, session_id: UUID) -> bool:
    """End one session; False when it had ended already."""
    tag = await db.execute(
        "UPDATE account_sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL", session_id
    )
    return tag == "UPDATE 1"


async def revoke_account_sessions(db: Executor, account_id: int) -> None:
    """End every session of an account."""
    await db.execute(
        "UPDATE account_sessions SET revoked_at = now() WHERE account_id = $1 AND revoked_at IS NULL",
        account_id,
    )


async def prune_sessions(db: Executor) -> None:
    """Forget sessions that ended more than a month ago."""
    await db.execute("DELETE FROM account_sessions WHERE expires_at < now() - interval '30 days'")
