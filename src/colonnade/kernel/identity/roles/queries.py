"""All SQL of roles made at run time."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.kernel.db import Executor, Record, Transaction, violation_as
from colonnade.kernel.identity.roles.schemas import CustomRole, RoleTaken

__all__ = [
    "count_by_role",
    "count_custom_roles",
    "delete_role",
    "find_custom_role",
    "insert_role",
    "is_used",
    "list_custom_roles",
    "list_signed_in",
    "lock_accounts",
    "lock_roles",
    "lock_roles_shared",
    "set_role",
    "update_role",
]

_ROLE = "name, title, permissions, version, created_at, updated_at"


async def list_custom_roles(db: Executor) -> list[CustomRole]:
    """Return every custom role, by name."""
    return [CustomRole(**row) for row in await db.fetch(f"SELECT {_ROLE} FROM access_roles ORDER BY name")]


async def count_custom_roles(db: Executor) -> int:
    """Return the number of custom roles."""
    count: int = await db.fetch_value("SELECT count(*) FROM access_roles")
    return count


async def count_by_role(db: Executor) -> dict[str, int]:
    """Return the number of accounts that are not deleted by role; a role that nobody has is missing."""
    rows = await db.fetch(
        "SELECT role, count(*) AS accounts FROM accounts WHERE deleted_at IS NULL GROUP BY role"
    )
    return {row["role"]: row["accounts"] for row in rows}


async def find_custom_role(db: Executor, name: str) -> CustomRole | None:
    """Return one custom role, or None."""
    return _role(await db.fetch_row(f"SELECT {_ROLE} FROM access_roles WHERE name = $1", name))


async def lock_roles(tx: Transaction, *names: str) -> dict[str, CustomRole]:
    """Lock custom roles, in order of their names, against changes and against being given to anybody."""
    rows = await tx.fetch(
        f"SELECT {_ROLE} FROM access_roles WHERE name = ANY($1) ORDER BY name FOR UPDATE", list(names)
    )
    return {row["name"]: CustomRole(**row) for row in rows}


async def lock_roles_shared(tx: Transaction, *names: str) -> dict[str, CustomRole]:
    """Lock custom roles, in order of their names, against changes."""
    rows = await tx.fetch(
        f"SELECT {_ROLE} FROM access_roles WHERE name = ANY($1) ORDER BY name FOR SHARE", list(names)
    )
    return {row["name"]: CustomRole(**row) for row in rows}


async def insert_role(tx: Transaction, name: str, title: str, permissions: Sequence[str]) -> CustomRole:
    """Insert a role. Raise RoleTaken if there is one of this name."""
    with violation_as(RoleTaken(field="name"), "access_roles_pkey"):
        row = await tx.fetch_row(
            f"INSERT INTO access_roles (name, title, permissions) VALUES ($1, $2, $3) RETURNING {_ROLE}",
            name,
            title,
            list(permissions),
        )
    assert row is not None
    return CustomRole(**row)


async def update_role(tx: Transaction, name: str, title: str, permissions: Sequence[str]) -> CustomRole:
    """Change title and permissions of a locked role, one version on."""
    row = await tx.fetch_row(
        f"""
        UPDATE access_roles SET title = $2, permissions = $3, version = version + 1, updated_at = now()
        WHERE name = $1 RETURNING {_ROLE}
        """,
        name,
        title,
        list(permissions),
    )
    assert row is not None
    return CustomRole(**row)


async def delete_role(tx: Transaction, name: str) -> None:
    """Delete a role."""
    await tx.execute("DELETE FROM access_roles WHERE name = $1", name)


async def is_used(tx: Transaction, name: str) -> bool:
    """Return whether an account that is not deleted has this role."""
    used: bool = await tx.fetch_value(
        "SELECT EXISTS (SELECT FROM accounts WHERE role = $1 AND deleted_at IS NULL)", name
    )
    return used


async def list_signed_in(tx: Transaction, role: str) -> list[int]:
    """Return the ids of accounts of this role that have a live session or API key."""
    rows = await tx.fetch(
        """
        SELECT id FROM accounts a WHERE role = $1 AND (
            EXISTS (SELECT FROM account_sessions s
                    WHERE s.account_id = a.id AND s.revoked_at IS NULL AND s.expires_at > now())
            OR EXISTS (SELECT FROM api_keys k
                       WHERE k.account_id = a.id AND k.revoked_at IS NULL AND k.expires_at > now())
        )
        """,
        role,
    )
    return [row["id"] for row in rows]


async def lock_accounts(tx: Transaction, ids: Sequence[int], *, role: str | None) -> dict[int, Record]:
    """Lock these accounts and the active ones of `role`, in id order; return them by id."""
    rows = await tx.fetch(
        """
        SELECT id, name, email, role, is_active, deleted_at
        FROM accounts WHERE id = ANY($1) OR (is_active AND role = $2)
        ORDER BY id FOR NO KEY UPDATE
        """,
        list(ids),
        role,
    )
    return {row["id"]: row for row in rows}


async def set_role(tx: Transaction, account_id: int, role: str) -> None:
    """Give an account a role."""
    await tx.execute("UPDATE accounts SET role = $2, updated_at = now() WHERE id = $1", account_id, role)


def _role(row: Record | None) -> CustomRole | None:
    return CustomRole(**row) if row else None
