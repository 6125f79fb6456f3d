"""All SQL of one-time codes. What must hold under parallel requests is the condition of one UPDATE each time."""

from __future__ import annotations

from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity.codes.schemas import COOLDOWN, LIFETIME, SENDS, SENDS_WINDOW, TRIES

__all__ = [
    "confirm_email",
    "find_reader",
    "prune_codes",
    "save_code",
    "seconds_to_wait",
    "spend_send",
    "spend_try",
    "use_code",
]

# Takes one send, unless the last was a moment ago or the newest three lie within the window. Newest first.
SPEND_SEND = f"""
INSERT INTO identity_code_sends AS sends (subject, asked_at) VALUES ($1, ARRAY[now()])
ON CONFLICT (subject) DO UPDATE
SET asked_at = (now() || sends.asked_at)[1:{SENDS}], updated_at = now()
WHERE sends.asked_at[1] <= now() - $2::interval
  AND coalesce(sends.asked_at[{SENDS}] <= now() - $3::interval, true)
RETURNING true
"""

SECONDS_TO_WAIT = f"""
SELECT ceil(extract(epoch FROM greatest(
    asked_at[1] + $2::interval, coalesce(asked_at[{SENDS}] + $3::interval, asked_at[1])) - now()))::integer
FROM identity_code_sends WHERE subject = $1
"""

SAVE_CODE = """
INSERT INTO identity_codes (subject, purpose, account_id, code_hash, expires_at)
VALUES ($1, $2, $3, $4, now() + $5::interval)
ON CONFLICT (subject, purpose) DO UPDATE
SET account_id = excluded.account_id, code_hash = excluded.code_hash, expires_at = excluded.expires_at,
    tries = 0, created_at = now(), used_at = NULL
"""

# Counts a try of a code that may still be tried; gives whose it is when it is the right one.
SPEND_TRY = f"""
UPDATE identity_codes SET tries = tries + 1
WHERE subject = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now() AND tries < {TRIES}
RETURNING CASE WHEN code_hash = $3 THEN account_id END
"""

# The account must still have the address that the code went to.
USE_CODE = """
UPDATE identity_codes AS c SET used_at = now()
FROM accounts AS a
WHERE c.subject = $1 AND c.purpose = $2 AND c.code_hash = $3 AND c.used_at IS NULL AND c.expires_at > now()
  AND a.id = c.account_id AND a.is_active AND lower(a.email) = lower($4)
RETURNING a.id
"""


async def spend_send(tx: Executor, subject: bytes) -> bool:
    """Take one of the subject's sends; False, and nothing taken, when there is none left."""
    taken: bool | None = await tx.fetch_value(SPEND_SEND, subject, COOLDOWN, SENDS_WINDOW)
    return taken is True


async def seconds_to_wait(tx: Executor, subject: bytes) -> int:
    """After how many seconds the subject may send again; at least one."""
    seconds: int | None = await tx.fetch_value(SECONDS_TO_WAIT, subject, COOLDOWN, SENDS_WINDOW)
    return max(1, seconds or 1)


async def find_reader(tx: Executor, email: str) -> Record | None:
    """Id, e-mail, name and email_verified_at of the active account with this address."""
    return await tx.fetch_row(
        "SELECT id, email, name, email_verified_at FROM accounts WHERE lower(email) = lower($1) AND is_active",
        email,
    )


async def save_code(
    tx: Executor, subject: bytes, purpose: str, *, account_id: int | None, code_hash: bytes
) -> None:
    """A fresh code in place of the one before, ten minutes from now."""
    await tx.execute(SAVE_CODE, subject, purpose, account_id, code_hash, LIFETIME)


async def spend_try(db: Executor, subject: bytes, purpose: str, code_hash: bytes) -> int | None:
    """Count a try; the account of the code when it is the right one."""
    account_id: int | None = await db.fetch_value(SPEND_TRY, subject, purpose, code_hash)
    return account_id


async def use_code(tx: Executor, subject: bytes, purpose: str, *, code_hash: bytes, email: str) -> int | None:
    """Use the code up; the id of its account, or None when somebody else was first or the account has changed."""
    account_id: int | None = await tx.fetch_value(USE_CODE, subject, purpose, code_hash, email)
    return account_id


async def confirm_email(tx: Executor, account_id: int) -> None:
    """Note that the account's owner reads its address; the first time counts."""
    await tx.execute(
        "UPDATE accounts SET email_verified_at = now() WHERE id = $1 AND email_verified_at IS NULL",
        account_id,
    )


async def prune_codes(db: Executor) -> None:
    """Forget codes and sends that no longer matter."""
    await db.execute("DELETE FROM identity_codes WHERE expires_at < now() - interval '1 hour'")
    await db.execute("DELETE FROM identity_code_sends WHERE updated_at < now() - interval '1 hour'")
