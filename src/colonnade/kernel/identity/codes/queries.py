"""All SQL of one-time codes. Every invariant under concurrent requests is the condition of a single UPDATE."""

from __future__ import annotations

from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity.codes.schemas import (
    COOLDOWN,
    LIFETIME,
    MAX_SENDS,
    MAX_TRIES,
    SENDS_WINDOW,
    EmailProof,
)

__all__ = [
    "confirm_email",
    "find_reader",
    "prune_codes",
    "save_code",
    "seconds_to_wait",
    "spend_send",
    "spend_try",
    "spend_visitor_try",
    "use_code",
    "use_visitor_code",
]

# Takes one send, unless the last is within the cooldown or the third last within the window. Newest first.
SPEND_SEND = f"""
INSERT INTO identity_code_sends AS sends (subject, asked_at) VALUES ($1, ARRAY[now()])
ON CONFLICT (subject) DO UPDATE
SET asked_at = (now() || sends.asked_at)[1:{MAX_SENDS}], updated_at = now()
WHERE sends.asked_at[1] <= now() - $2::interval
  AND coalesce(sends.asked_at[{MAX_SENDS}] <= now() - $3::interval, true)
RETURNING true
"""

SECONDS_TO_WAIT = f"""
SELECT ceil(extract(epoch FROM greatest(
    asked_at[1] + $2::interval, coalesce(asked_at[{MAX_SENDS}] + $3::interval, asked_at[1])) - now()))::integer
FROM identity_code_sends WHERE subject = $1
"""

SAVE_CODE = """
INSERT INTO identity_codes (subject, purpose, account_id, code_hash, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
ON CONFLICT (subject, purpose) DO UPDATE
SET account_id = excluded.account_id, code_hash = excluded.code_hash, expires_at = excluded.expires_at,
    tries = 0, created_at = now(), used_at = NULL
"""

# Counts a try of a code that may still be tried; returns its account if the code is right.
SPEND_TRY = f"""
UPDATE identity_codes SET tries = tries + 1
WHERE subject = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now() AND tries < {MAX_TRIES}
RETURNING CASE WHEN code_hash = $3 THEN account_id END
"""

# The same for a code without an account: whether it is right.
SPEND_VISITOR_TRY = f"""
UPDATE identity_codes SET tries = tries + 1
WHERE subject = $1 AND purpose = $2 AND account_id IS NULL AND used_at IS NULL AND expires_at > now()
  AND tries < {MAX_TRIES}
RETURNING code_hash = $3
"""

USE_VISITOR_CODE = """
UPDATE identity_codes SET used_at = now()
WHERE subject = $1 AND purpose = $2 AND code_hash = $3 AND account_id IS NULL AND used_at IS NULL AND expires_at > now()
RETURNING true
"""

# The account must still have the address that the code was sent to.
USE_CODE = """
UPDATE identity_codes AS c SET used_at = now()
FROM accounts AS a
WHERE c.subject = $1 AND c.purpose = $2 AND c.code_hash = $3 AND c.used_at IS NULL AND c.expires_at > now()
  AND a.id = c.account_id AND a.is_active AND lower(a.email) = lower($4)
RETURNING a.id
"""


async def spend_send(tx: Executor, subject: bytes) -> bool:
    """Take one of the subject's sends; return False if none is left."""
    taken: bool | None = await tx.fetch_value(SPEND_SEND, subject, COOLDOWN, SENDS_WINDOW)
    return taken is True


async def seconds_to_wait(tx: Executor, subject: bytes) -> int:
    """Return the seconds until the subject may send again; at least one."""
    seconds: int | None = await tx.fetch_value(SECONDS_TO_WAIT, subject, COOLDOWN, SENDS_WINDOW)
    return max(1, seconds or 1)


async def find_reader(tx: Executor, email: str) -> Record | None:
    """Return id, e-mail, name and email_verified_at of the active account with this address, or None."""
    return await tx.fetch_row(
        "SELECT id, email, name, email_verified_at FROM accounts WHERE lower(email) = lower($1) AND is_active",
        email,
    )


async def save_code(
    tx: Executor, subject: bytes, purpose: str, *, account_id: int | None, code_hash: bytes
) -> None:
    """Store a fresh code in place of the one before; it expires after `LIFETIME`."""
    await tx.execute(SAVE_CODE, subject, purpose, account_id, code_hash, LIFETIME)


async def spend_try(db: Executor, subject: bytes, purpose: str, code_hash: bytes) -> int | None:
    """Count a try; return the id of the code's account if the code is right, else None."""
    account_id: int | None = await db.fetch_value(SPEND_TRY, subject, purpose, code_hash)
    return account_id


async def use_code(tx: Executor, subject: bytes, purpose: str, *, code_hash: bytes, email: str) -> int | None:
    """Use the code up and return its account's id; None if it was used or the account has changed."""
    account_id: int | None = await tx.fetch_value(USE_CODE, subject, purpose, code_hash, email)
    return account_id


async def spend_visitor_try(db: Executor, subject: bytes, purpose: str, code_hash: bytes) -> bool:
    """Count a try of a code without an account; return whether the code is right."""
    right: bool | None = await db.fetch_value(SPEND_VISITOR_TRY, subject, purpose, code_hash)
    return right is True


async def use_visitor_code(tx: Executor, subject: bytes, purpose: str, code_hash: bytes) -> bool:
    """Use a code without an account up; return False if it was used or has expired."""
    used: bool | None = await tx.fetch_value(USE_VISITOR_CODE, subject, purpose, code_hash)
    return used is True


async def confirm_email(tx: Executor, account_id: int) -> EmailProof:
    """Mark the account's address as verified and return what it was; keep the time of an earlier verification."""
    row = await tx.fetch_row(
        """
        WITH before AS (
            SELECT id, email_verified_at IS NULL AS unverified, signed_up FROM accounts
            WHERE id = $1 FOR NO KEY UPDATE),
        confirmed AS (
            UPDATE accounts AS a SET email_verified_at = now() FROM before WHERE a.id = before.id AND before.unverified)
        SELECT unverified, unverified AND signed_up AS unproven FROM before
        """,
        account_id,
    )
    assert row is not None
    return EmailProof(**row)


async def prune_codes(db: Executor) -> None:
    """Delete codes that expired, and sends that were counted, more than an hour ago."""
    await db.execute("DELETE FROM identity_codes WHERE expires_at < now() - interval '1 hour'")
    await db.execute("DELETE FROM identity_code_sends WHERE updated_at < now() - interval '1 hour'")
