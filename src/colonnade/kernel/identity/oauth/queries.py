"""All SQL of external accounts."""

from __future__ import annotations

from colonnade.kernel.db import Executor, Record, violation_as
from colonnade.kernel.identity.oauth.schemas import Identity, IdentityTaken

__all__ = [
    "IDENTITIES_OF",
    "count_ways",
    "delete_identity",
    "find_identity",
    "insert_identity",
    "list_identities",
    "lock_by_email",
    "lock_subject",
    "mark_email_verified",
    "touch_identity",
]

IDENTITIES_OF = """
SELECT provider, subject, email, created_at, last_used_at FROM account_identities WHERE account_id = $1 ORDER BY id
"""
"""The linked accounts elsewhere of an account, as its export shows them."""

_IDENTITY = "id, provider, email, created_at, last_used_at"


async def lock_subject(db: Executor, provider: str, subject: str) -> None:
    """Lock an external account until the transaction ends: two sign-ins at once would create two accounts."""
    await db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('identity|' || $1 || '|' || $2, 0))", provider, subject
    )


async def find_identity(db: Executor, provider: str, subject: str) -> int | None:
    """Return the id of the account that this external account opens, or None."""
    account_id: int | None = await db.fetch_value(
        "SELECT account_id FROM account_identities WHERE provider = $1 AND subject = $2", provider, subject
    )
    return account_id


async def touch_identity(db: Executor, provider: str, subject: str, email: str | None) -> bool:
    """Record a use, and the e-mail address that the provider has now; return False if nothing is linked any more."""
    tag = await db.execute(
        "UPDATE account_identities SET last_used_at = now(), email = $3 WHERE provider = $1 AND subject = $2",
        provider,
        subject,
        email,
    )
    return tag == "UPDATE 1"


async def lock_by_email(db: Executor, email: str) -> Record | None:
    """Lock the account with this address; return its id and e-mail, and whether it is verified here, or None."""
    return await db.fetch_row(
        "SELECT id, email, email_verified_at IS NOT NULL AS verified FROM accounts "
        "WHERE lower(email) = lower($1) FOR NO KEY UPDATE",
        email,
    )


async def insert_identity(
    db: Executor, account_id: int, provider: str, subject: str, email: str | None
) -> Identity:
    """Link an external account to this one. Raise IdentityTaken if it is linked already."""
    with violation_as(IdentityTaken, "account_identities_subject_key"):
        row = await db.fetch_row(
            f"""
            INSERT INTO account_identities (account_id, provider, subject, email) VALUES ($1, $2, $3, $4)
            RETURNING {_IDENTITY}
            """,
            account_id,
            provider,
            subject,
            email,
        )
    assert row is not None
    return Identity(**row)


async def mark_email_verified(db: Executor, account_id: int, email: str) -> None:
    """Mark the account's address as verified if it still is `email`, apart from the case of A to Z."""
    await db.execute(
        """
        UPDATE accounts SET email_verified_at = now()
        WHERE id = $1 AND email_verified_at IS NULL AND lower(email COLLATE "C") = lower($2 COLLATE "C")
        """,
        account_id,
        email,
    )


async def list_identities(db: Executor, account_id: int) -> list[Identity]:
    """Return the external accounts that open the account, oldest first."""
    rows = await db.fetch(
        f"SELECT {_IDENTITY} FROM account_identities WHERE account_id = $1 ORDER BY id", account_id
    )
    return [Identity(**row) for row in rows]


async def delete_identity(db: Executor, account_id: int, identity_id: int) -> bool:
    """Delete a link; return False if the account has no such link."""
    tag = await db.execute(
        "DELETE FROM account_identities WHERE id = $2 AND account_id = $1", account_id, identity_id
    )
    return tag == "DELETE 1"


async def count_ways(db: Executor, account_id: int) -> int:
    """Return the number of an account's ways to sign in: password, passkeys, external accounts.

    The caller has locked the account, so that two who each remove the last but one wait for one another.
    """
    count: int = await db.fetch_value(
        """
        SELECT (SELECT count(password_hash) FROM accounts WHERE id = $1)
            + (SELECT count(*) FROM account_passkeys WHERE account_id = $1)
            + (SELECT count(*) FROM account_identities WHERE account_id = $1)
        """,
        account_id,
    )
    return count
