"""All SQL of passkeys."""

from __future__ import annotations

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, violation_as
from colonnade.kernel.identity.passkeys.schemas import Passkey, PasskeyLimit, PasskeyTaken, StoredPasskey

__all__ = [
    "PASSKEYS_OF",
    "advance_counter",
    "delete_passkey",
    "find_by_credential",
    "insert_passkey",
    "list_credential_ids",
    "list_passkeys",
]

PASSKEYS_OF = """
SELECT name, backed_up, created_at, last_used_at FROM account_passkeys WHERE account_id = $1 ORDER BY id
"""
"""The passkeys of an account, as its export shows them."""

MAX_PASSKEYS_PER_ACCOUNT = 20
_PASSKEY = "id, name, backed_up, created_at, last_used_at"


async def list_passkeys(db: Executor, account_id: int) -> list[Passkey]:
    """Return the account's passkeys, oldest first."""
    rows = await db.fetch(
        f"SELECT {_PASSKEY} FROM account_passkeys WHERE account_id = $1 ORDER BY id", account_id
    )
    return [Passkey(**row) for row in rows]


async def list_credential_ids(db: Executor, account_id: int) -> list[tuple[bytes, list[str]]]:
    """Return credential id and transports of the account's passkeys, oldest first."""
    rows = await db.fetch(
        "SELECT credential_id, transports FROM account_passkeys WHERE account_id = $1 ORDER BY id", account_id
    )
    return [(row["credential_id"], row["transports"]) for row in rows]


async def find_by_credential(db: Executor, credential_id: bytes) -> StoredPasskey | None:
    """Return the passkey with this credential id, of whatever account, or None."""
    row = await db.fetch_row(
        "SELECT id, account_id, credential_id, public_key, sign_count FROM account_passkeys "
        "WHERE credential_id = $1",
        credential_id,
    )
    return StoredPasskey(**row) if row else None


async def insert_passkey(
    db: Executor,
    account_id: int,
    *,
    name: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: list[str],
    backed_up: bool,
) -> Passkey:
    """Insert a passkey; the caller holds the lock of the account's row.

    Raise PasskeyTaken if the credential is registered, PasskeyLimit if the account has the maximum.
    """
    with violation_as(PasskeyTaken, "account_passkeys_credential_key"):
        row = await db.fetch_row(
            f"""
            INSERT INTO account_passkeys
                (account_id, name, credential_id, public_key, sign_count, transports, backed_up)
            SELECT $1, $2, $3, $4, $5, $6, $7
            WHERE (SELECT count(*) FROM account_passkeys WHERE account_id = $1) < {MAX_PASSKEYS_PER_ACCOUNT}
            RETURNING {_PASSKEY}
            """,
            account_id,
            name,
            credential_id,
            public_key,
            sign_count,
            transports,
            backed_up,
        )
    if row is None:
        raise PasskeyLimit
    return Passkey(**row)


async def advance_counter(db: Executor, passkey_id: int, sign_count: int, *, backed_up: bool) -> bool:
    """Record a use; return False if the counter did not advance: a cloned authenticator, or a lost race.

    Authenticators without a counter always send 0.
    """
    tag = await db.execute(
        """
        UPDATE account_passkeys SET sign_count = $2, backed_up = $3, last_used_at = now()
        WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))
        """,
        passkey_id,
        sign_count,
        backed_up,
    )
    return tag == "UPDATE 1"


async def delete_passkey(db: Executor, account_id: int, passkey_id: int) -> Passkey:
    """Delete and return one of the account's passkeys. Raise NotFound if there is none."""
    row = await db.fetch_row(
        f"DELETE FROM account_passkeys WHERE id = $2 AND account_id = $1 RETURNING {_PASSKEY}",
        account_id,
        passkey_id,
    )
    if row is None:
        raise NotFound("There is no such passkey.")
    return Passkey(**row)
