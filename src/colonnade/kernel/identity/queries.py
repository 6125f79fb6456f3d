"""All SQL about accounts, and the query of every request: the caller behind a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from colonnade.kernel.access import RECENT_SECONDS, Principal, VerificationNeeded
from colonnade.kernel.core import NotFound, Unauthorized
from colonnade.kernel.db import Executor, Record, violation_as
from colonnade.kernel.identity.schemas import Account, EmailTaken, StoredAccount
from colonnade.kernel.search import Corpus, Found, find

__all__ = [
    "ACCOUNTS",
    "check_live",
    "check_recent_proof",
    "count_accounts",
    "count_ways_in",
    "fetch_account",
    "find_access",
    "find_caller",
    "find_callers",
    "find_held_data",
    "find_login",
    "find_sign_in",
    "insert_account",
    "is_confirmed",
    "list_accounts",
    "list_found_accounts",
    "lock_account_row",
    "lock_login",
    "lock_own_account",
    "search_accounts",
    "session_is_live",
    "session_verified_within",
    "update_account",
    "update_password_hash",
]

ACCOUNTS = Corpus("accounts", "accounts")
"""Accounts are found by name, address, and the text that a product keeps in `also_found_by`."""

_ACCOUNT = "id, name, email, role, is_active, last_login_at, created_at, updated_at"

# The account behind a live session: one indexed row, read at every authenticated request so that a logout, a
# deactivation or a change of role takes effect at once in every process.
_CALLER = """
SELECT a.id, a.uid, a.role, a.name, a.email, s.last_seen_at < now() - interval '1 minute' AS unseen, {granted}
FROM account_sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.id = {which} AND s.revoked_at IS NULL AND s.expires_at > now() AND a.is_active
"""
_NO_ROLE = "NULL::text[] AS granted"
_ROLE = "(SELECT permissions FROM access_roles r WHERE r.name = a.role) AS granted"
FIND_CALLER = _CALLER.format(granted=_NO_ROLE, which="$1")
FIND_CALLER_AND_ROLE = _CALLER.format(granted=_ROLE, which="$1")
FIND_CALLERS = _CALLER.format(granted=f"{_NO_ROLE}, s.id AS session_id", which="ANY($1::uuid[])")
FIND_CALLERS_AND_ROLES = _CALLER.format(granted=f"{_ROLE}, s.id AS session_id", which="ANY($1::uuid[])")


# The condition is that of the index accounts_imported_cost_idx.
FIND_SIGN_IN = r"""
SELECT a.id, a.name, a.email, a.role, a.is_active, a.password_hash, i.cost
FROM (SELECT max(substr(password_hash, 5, 2)) AS cost FROM accounts
      WHERE password_hash ~ '^\$2[abxy]\$(0[4-9]|1[0-4])\$') AS i
LEFT JOIN accounts AS a ON lower(a.email) = lower($1)
"""


async def find_caller(db: Executor, session_id: UUID, *, custom_roles: bool = False) -> Record | None:
    """Return id, uid, role, name and e-mail of the active account whose session this is, unseen and granted; or None.

    `unseen` is true if its last use was recorded a minute ago or earlier. With `custom_roles`, `granted` holds the
    permissions of the account's role if that was made at run time. Positions are this order: every request reads them.
    """
    return await db.fetch_row(FIND_CALLER_AND_ROLE if custom_roles else FIND_CALLER, session_id)


async def find_callers(
    db: Executor, session_ids: Sequence[UUID], *, custom_roles: bool = False
) -> dict[UUID, Record]:
    """Return the rows of `find_caller` of those of these sessions that are live; each ends with the session's id."""
    rows = await db.fetch(FIND_CALLERS_AND_ROLES if custom_roles else FIND_CALLERS, session_ids)
    return {row["session_id"]: row for row in rows}


async def session_verified_within(db: Executor, session_id: UUID, seconds: int) -> bool:
    """Return whether the session began, or was verified again, in the last `seconds`."""
    found = await db.fetch_value(
        """
        SELECT greatest(created_at, verified_at) > now() - make_interval(secs => $2)
        FROM account_sessions WHERE id = $1 AND revoked_at IS NULL
        """,
        session_id,
        float(seconds),
    )
    return found is True


async def find_login(db: Executor, email: str) -> StoredAccount | None:
    """Return the account with this e-mail address, whatever its state, or None."""
    row = await db.fetch_row(
        "SELECT id, name, email, role, is_active, password_hash FROM accounts WHERE lower(email) = lower($1)",
        email,
    )
    return StoredAccount(**row) if row else None


async def find_sign_in(db: Executor, email: str) -> tuple[StoredAccount | None, int]:
    """Return the account with this e-mail, whatever its state, and the highest bcrypt cost of any (0: no bcrypt).

    Every failed login has to cost as much, so that an imported account cannot be told from a missing one. Costs
    above 14 (a second and more) are left out: every failed login would take as long.
    """
    row = await db.fetch_row(FIND_SIGN_IN, email)
    assert row is not None
    *account, cost = row.values()
    return StoredAccount(*account) if row["id"] is not None else None, int(cost or 0)


async def lock_login(tx: Executor, account_id: int, password_hash: str | None) -> Account | None:
    """Lock and return the active account if this is still its hash: an outdated password opens no session."""
    row = await tx.fetch_row(
        f"SELECT {_ACCOUNT} FROM accounts WHERE id = $1 AND is_active AND password_hash = $2 FOR NO KEY UPDATE",
        account_id,
        password_hash,
    )
    return Account(**row) if row else None


async def lock_account_row(tx: Executor, account_id: int) -> None:
    """Lock an account's row, as everything does first that adds or uses up what opens the account, or takes it away."""
    await tx.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account_id)


async def lock_own_account(tx: Executor, caller: Principal) -> None:
    """Lock the caller's account for a change of how it is opened.

    Raise Unauthorized if the session or key has ended, or the account is not active any more: the request may have
    waited for the lock behind the very transaction that ended it.
    """
    await lock_account_row(tx, caller.id)
    await check_live(tx, caller)


async def check_live(tx: Executor, caller: Principal) -> None:
    """Raise Unauthorized if the caller's session or key has ended, or the account is not active any more."""
    if not await session_is_live(tx, caller.session_id):
        raise Unauthorized("The session has ended. Please sign in again.")


async def check_recent_proof(tx: Executor, caller: Principal) -> None:
    """Raise VerificationNeeded unless the caller's session had a login or step-up in the last ten minutes.

    API keys cannot give a proof and need none: making one, and choosing what it may do, did.
    """
    if not caller.via_key and not await session_verified_within(tx, caller.session_id, RECENT_SECONDS):
        raise VerificationNeeded(details={"max_age_seconds": RECENT_SECONDS})


async def session_is_live(db: Executor, session_id: UUID) -> bool:
    """Return whether this session (or API key: `Principal.session_id` is either) may still act."""
    live: bool = await db.fetch_value(
        """
        SELECT EXISTS (
            SELECT FROM account_sessions s JOIN accounts a ON a.id = s.account_id
            WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND a.is_active
        ) OR EXISTS (
            SELECT FROM api_keys k JOIN accounts a ON a.id = k.account_id
            WHERE k.id = $1 AND k.revoked_at IS NULL AND k.expires_at > now() AND a.is_active
        )
        """,
        session_id,
    )
    return live


async def fetch_account(db: Executor, account_id: int) -> Account:
    """Return one account. Raise NotFound if there is none or it was deleted."""
    row = await db.fetch_row(
        f"SELECT {_ACCOUNT} FROM accounts WHERE id = $1 AND deleted_at IS NULL", account_id
    )
    if row is None:
        raise NotFound("There is no such account.")
    return Account(**row)


async def is_confirmed(db: Executor, account_id: int, email: str) -> bool:
    """Return whether the owner of an account has proven to read the mail of this address, which it has now."""
    confirmed: bool = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND email_verified_at IS NOT NULL "
        "AND lower(email) = lower($2))",
        account_id,
        email,
    )
    return confirmed


async def list_accounts(db: Executor, *, limit: int, offset: int) -> list[Account]:
    """Return a page of accounts, oldest first."""
    rows = await db.fetch(
        f"SELECT {_ACCOUNT} FROM accounts WHERE deleted_at IS NULL ORDER BY id LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [Account(**row) for row in rows]


async def count_accounts(db: Executor) -> int:
    """Return the number of accounts, without deleted ones."""
    count: int = await db.fetch_value("SELECT count(*) FROM accounts WHERE deleted_at IS NULL")
    return count


async def search_accounts(db: Executor, text: str, *, limit: int, offset: int) -> Found:
    """Return a page of what a search text finds among the accounts that are not deleted."""
    return await find(db, ACCOUNTS, text, scopes=["state:kept"], limit=limit, offset=offset)


async def list_found_accounts(db: Executor, found: Found) -> list[Account]:
    """Return the accounts that were found, in their order."""
    rows = await db.fetch(f"SELECT {_ACCOUNT} FROM accounts WHERE id = ANY($1)", found.keys)
    return [Account(**row) for row in found.in_order(rows)]


async def insert_account(
    db: Executor, *, email: str, name: str, role: str, password_hash: str | None, signed_up: bool = False
) -> Account:
    """Insert an active account; `signed_up` if its owner makes it, whose address may be somebody else's.

    Raise EmailTaken if another account has the address.
    """
    with violation_as(EmailTaken(field="email"), "accounts_email_key"):
        row = await db.fetch_row(
            f"INSERT INTO accounts (email, name, role, password_hash, signed_up) VALUES ($1, $2, $3, $4, $5) "
            f"RETURNING {_ACCOUNT}",
            email,
            name,
            role,
            password_hash,
            signed_up,
        )
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
    """Change the values that are given.

    A new address counts as unverified, unless only the case of A to Z differs (the Kelvin sign is another letter than
    K, with the same lower case); making an account active lifts its suspension. Raise NotFound if there is no such
    account, EmailTaken if another one has the address.
    """
    with violation_as(EmailTaken(field="email"), "accounts_email_key"):
        row = await db.fetch_row(
            f"""
            UPDATE accounts SET name = coalesce($2, name), email = coalesce($3, email),
                role = coalesce($4, role), is_active = coalesce($5, is_active),
                password_hash = coalesce($6, password_hash), updated_at = now(),
                email_verified_at = CASE WHEN lower($3 COLLATE "C") <> lower(email COLLATE "C") THEN NULL
                                    ELSE email_verified_at END,
                suspended_at = CASE WHEN $5 THEN NULL ELSE suspended_at END,
                suspended_reason = CASE WHEN $5 THEN NULL ELSE suspended_reason END,
                suspended_by = CASE WHEN $5 THEN NULL ELSE suspended_by END
            WHERE id = $1 AND deleted_at IS NULL RETURNING {_ACCOUNT}
            """,
            account_id,
            name,
            email,
            role,
            is_active,
            password_hash,
        )
    if row is None:
        raise NotFound("There is no such account.")
    return Account(**row)


async def update_password_hash(db: Executor, account_id: int, *, before: str | None, after: str) -> None:
    """Replace an outdated hash of the same password, unless the password was changed meanwhile."""
    await db.execute(
        "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        account_id,
        before,
        after,
    )


async def find_access(db: Executor, user: str) -> Record | None:
    """Return what decides on the access of the account `user` (an id or e-mail address), or None.

    `role_title` and `granted` (its permissions) are of a role that was made at run time, else None.
    """
    by_id = user.isascii() and user.isdigit() and len(user) <= 9
    return await db.fetch_row(
        f"""
        SELECT a.id, a.name, a.role, a.is_active, a.suspended_at, a.suspended_reason, a.deleted_at,
            r.title AS role_title, r.permissions AS granted
        FROM accounts a LEFT JOIN access_roles r ON r.name = a.role
        WHERE {"a.id = $1::int" if by_id else "lower(a.email) = lower($1::text)"}
        """,
        int(user) if by_id else user,
    )


async def count_ways_in(db: Executor, account_id: int, permission: str) -> Record:
    """Count the live `sessions` and API `keys` of an account, and the keys that have `permission` (`scoped`)."""
    row = await db.fetch_row(
        """
        SELECT
            (SELECT count(*) FROM account_sessions
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()) AS sessions,
            count(*) AS keys, count(*) FILTER (WHERE $2 = ANY(scopes)) AS scoped
        FROM api_keys WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
        """,
        account_id,
        permission,
    )
    assert row is not None
    return row


async def find_held_data(db: Executor, account_id: int) -> dict[str, Any]:
    """Return what an account's own row holds about its owner, as its export shows it; empty if there is none."""
    row = await db.fetch_row(
        "SELECT id, email, name, role, email_verified_at, last_login_at, created_at, updated_at, "
        "password_hash IS NOT NULL AS has_password FROM accounts WHERE id = $1",
        account_id,
    )
    return dict(row) if row else {}
