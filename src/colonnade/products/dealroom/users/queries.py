"""All SQL of the users slice: accounts with their profiles."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.core import NotFound, Phone
from colonnade.kernel.db import Executor, Record, Transaction, violation_as
from colonnade.kernel.search import Found
from colonnade.products.dealroom.users.schemas import User, UserExists

__all__ = [
    "collect_profile",
    "fetch_user",
    "insert_profile",
    "list_found_users",
    "list_users",
    "update_profile",
]

# Accounts created on the command line have no profile: their name serves as the username.
_USER = """a.id, coalesce(p.username, a.name) AS username, a.email, p.phone, a.role, a.is_active,
    a.last_login_at, a.created_at, a.updated_at"""
_FROM = "accounts a LEFT JOIN profiles p ON p.account_id = a.id"


def _user(row: Record) -> User:
    return User(
        id=row["id"],
        username=row["username"],
        email=row["email"],
        phone_number=row["phone"],
        role=row["role"],
        is_active=row["is_active"],
        last_login_at=row["last_login_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def fetch_user(db: Executor, user_id: int) -> User:
    """Fetch a user. Raise NotFound if there is none."""
    row = await db.fetch_row(f"SELECT {_USER} FROM {_FROM} WHERE a.id = $1 AND a.deleted_at IS NULL", user_id)
    if row is None:
        raise NotFound("There is no such user.")
    return _user(row)


async def list_users(db: Executor, *, limit: int, offset: int) -> list[User]:
    """List a page of users, oldest first."""
    rows = await db.fetch(
        f"SELECT {_USER} FROM {_FROM} WHERE a.deleted_at IS NULL ORDER BY a.id LIMIT $1 OFFSET $2",
        limit,
        offset,
    )
    return [_user(row) for row in rows]


async def list_found_users(db: Executor, found: Found) -> list[User]:
    """List the users that a search has found, in their order."""
    rows = await db.fetch(f"SELECT {_USER} FROM {_FROM} WHERE a.id = ANY($1)", found.keys)
    return [_user(row) for row in found.in_order(rows)]


async def insert_profile(tx: Transaction, account_id: int, username: str, phone: Phone) -> None:
    """Insert the profile of a new account. Raise UserExists if its username or telephone number is used."""
    await _written(
        tx,
        "INSERT INTO profiles (account_id, username, phone, phone_typed) VALUES ($1, $2, $3, $4)",
        account_id,
        username,
        phone,
    )


async def update_profile(tx: Transaction, account_id: int, username: str, phone: Phone | None) -> None:
    """Set the username and, if given, the telephone number; create the profile of an account without one."""
    await _written(
        tx,
        """
        INSERT INTO profiles AS p (account_id, username, phone, phone_typed) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id) DO UPDATE SET username = excluded.username,
            phone = coalesce(excluded.phone, p.phone), phone_typed = coalesce(excluded.phone_typed, p.phone_typed)
        """,
        account_id,
        username,
        phone,
    )


async def _written(tx: Transaction, sql: str, account_id: int, username: str, phone: Phone | None) -> None:
    with violation_as(UserExists, "profiles_username_key", "profiles_phone_key"):
        await tx.execute(
            sql, account_id, username, phone.number if phone else None, phone.typed if phone else None
        )


async def collect_profile(db: Executor, account_id: int) -> dict[str, Any]:
    """Return the profile of an account for its owner's export; empty for an account without one."""
    row = await db.fetch_row(
        "SELECT username, phone, phone_typed FROM profiles WHERE account_id = $1", account_id
    )
    return dict(row) if row else {}
