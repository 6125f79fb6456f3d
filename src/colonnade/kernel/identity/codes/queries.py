"""All SQL of one-time codes. Every invariant under concurrent requests is the condition of a single UPDATE."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from colonnade.kernel.db import Executor, Record
from colonnade.kernel.identity.codes.schemas import (
    ALL_SENDS_WINDOW,
    COOLDOWN,
    LIFETIME,
    MAX_ALL_SENDS,
    MAX_OTHER_TRIES,
    MAX_SENDS,
    MAX_TRIES,
    MISSES_WINDOW,
    SENDS_WINDOW,
    EmailProof,
)

__all__ = [
    "STRANGERS",
    "confirm_email",
    "count_misses",
    "find_reader",
    "prune_codes",
    "save_code",
    "seconds_to_wait",
    "spend_send",
    "spend_try",
    "use_code",
    "use_visitor_code",
]

# Takes one send, unless the last is within the cooldown or the last but so many within the window. Newest first.
SPEND_SEND = """
INSERT INTO identity_code_sends AS sends (subject, asked_at) VALUES ($1, ARRAY[now()])
ON CONFLICT (subject) DO UPDATE
SET asked_at = (now() || sends.asked_at)[1:$4::integer], updated_at = now()
WHERE sends.asked_at[1] <= now() - $2::interval
  AND coalesce(sends.asked_at[$4::integer] <= now() - $3::interval, true)
RETURNING true
"""

SECONDS_TO_WAIT = """
SELECT ceil(extract(epoch FROM greatest(
    asked_at[1] + $2::interval, coalesce(asked_at[$4::integer] + $3::interval, asked_at[1])) - now()))::integer
FROM identity_code_sends WHERE subject = $1
"""

SAVE_CODE = """
INSERT INTO identity_codes (subject, purpose, address, account_id, code_hash, expires_at)
VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
ON CONFLICT (subject, purpose) DO UPDATE
SET address = excluded.address, account_id = excluded.account_id, code_hash = excluded.code_hash,
    expires_at = excluded.expires_at, tries = 0, other_tries = 0, created_at = now(), used_at = NULL
"""

# Counts a try of each code that may still be tried, the asker's own ($4) and others', and wrong ones as misses; says
# whether one is right, and its account if it has one. The rows are locked in order: two tries must not wait for each
# other.
SPEND_TRY = f"""
WITH open AS (
    SELECT subject, purpose FROM identity_codes
    WHERE address = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
      AND CASE WHEN subject = $4 THEN tries < {MAX_TRIES} ELSE other_tries < {MAX_OTHER_TRIES} END
    ORDER BY subject FOR UPDATE),
tried AS (
    UPDATE identity_codes AS c
    SET tries = tries + (c.subject = $4)::integer, other_tries = other_tries + (c.subject <> $4)::integer
    FROM open WHERE c.subject = open.subject AND c.purpose = open.purpose
    RETURNING c.account_id, c.code_hash = $3 AS is_right),
missed AS (
    INSERT INTO identity_code_misses AS known (address, misses)
    SELECT $1, count(*) FROM tried HAVING count(*) > 0 AND NOT bool_or(is_right)
    ON CONFLICT (address) DO UPDATE SET updated_at = now(), misses = excluded.misses
        + CASE WHEN known.updated_at > now() - $5::interval THEN known.misses ELSE 0 END)
SELECT coalesce(bool_or(is_right), false) AS is_right, max(account_id) FILTER (WHERE is_right) AS account_id FROM tried
"""

USE_VISITOR_CODE = """
UPDATE identity_codes SET used_at = now()
WHERE address = $1 AND purpose = $2 AND code_hash = $3 AND account_id IS NULL AND used_at IS NULL AND expires_at > now()
RETURNING true
"""

# The account must still have the address that the code was sent to.
USE_CODE = """
UPDATE identity_codes AS c SET used_at = now()
FROM accounts AS a
WHERE c.address = $1 AND c.purpose = $2 AND c.code_hash = $3 AND c.used_at IS NULL AND c.expires_at > now()
  AND a.id = c.account_id AND a.is_active AND lower(a.email) = lower($4)
RETURNING a.id
"""


class Sends(NamedTuple):
    """How many codes may be sent in a window, and how far apart."""

    cooldown: timedelta
    window: timedelta
    most: int


ASKERS = Sends(COOLDOWN, SENDS_WINDOW, MAX_SENDS)
STRANGERS = Sends(timedelta(0), ALL_SENDS_WINDOW, MAX_ALL_SENDS)


async def spend_send(tx: Executor, subject: bytes, sends: Sends = ASKERS) -> bool:
    """Take one of the subject's sends; return False if none is left."""
    taken: bool | None = await tx.fetch_value(SPEND_SEND, subject, *sends)
    return taken is True


async def seconds_to_wait(tx: Executor, subject: bytes, sends: Sends = ASKERS) -> int:
    """Return the seconds until the subject may send again; at least one."""
    seconds: int | None = await tx.fetch_value(SECONDS_TO_WAIT, subject, *sends)
    return max(1, seconds or 1)


async def count_misses(tx: Executor, address: bytes) -> int:
    """Return the wrong tries of an address since a month without any."""
    misses: int | None = await tx.fetch_value(
        "SELECT misses FROM identity_code_misses WHERE address = $1 AND updated_at > now() - $2::interval",
        address,
        MISSES_WINDOW,
    )
    return misses or 0


async def find_reader(tx: Executor, email: str) -> Record | None:
    """Return id, e-mail, name and email_verified_at of the active account with this address, or None."""
    return await tx.fetch_row(
        "SELECT id, email, name, email_verified_at FROM accounts WHERE lower(email) = lower($1) AND is_active",
        email,
    )


async def save_code(
    tx: Executor,
    subject: bytes,
    purpose: str,
    *,
    address: bytes,
    account_id: int | None,
    code_hash: bytes,
) -> None:
    """Store a fresh code in place of the one before; it expires after `LIFETIME`. A visitor's has no account."""
    await tx.execute(SAVE_CODE, subject, purpose, address, account_id, code_hash, LIFETIME)


async def spend_try(
    db: Executor, address: bytes, purpose: str, *, code_hash: bytes, asker: bytes
) -> tuple[bool, int | None]:
    """Count a try; return whether the code is right, and the id of its account, None if it is a visitor's."""
    row = await db.fetch_row(SPEND_TRY, address, purpose, code_hash, asker, MISSES_WINDOW)
    assert row is not None
    return row["is_right"], row["account_id"]


async def use_code(tx: Executor, address: bytes, purpose: str, *, code_hash: bytes, email: str) -> int | None:
    """Use the code up and return its account's id; None if it was used or the account has changed."""
    account_id: int | None = await tx.fetch_value(USE_CODE, address, purpose, code_hash, email)
    return account_id


async def use_visitor_code(tx: Executor, address: bytes, purpose: str, code_hash: bytes) -> bool:
    """Use a code without an account up; return False if it was used or has expired."""
    used: bool | None = await tx.fetch_value(USE_VISITOR_CODE, address, purpose, code_hash)
    return used is True


async def confirm_email(tx: Executor, account_id: int) -> EmailProof:
    """Mark the account's address as verified and return what it was; keep the time of an earlier verification."""
    # Two statements: one that locks a row and changes it waits for those who wait for it, where others refer to it.
    row = await tx.fetch_row(
        """
        SELECT email_verified_at IS NULL AS unverified, email_verified_at IS NULL AND signed_up AS unproven
        FROM accounts WHERE id = $1 FOR NO KEY UPDATE
        """,
        account_id,
    )
    assert row is not None
    if row["unverified"]:
        await tx.execute("UPDATE accounts SET email_verified_at = now() WHERE id = $1", account_id)
    return EmailProof(**row)


async def prune_codes(db: Executor) -> None:
    """Delete codes that expired, and sends that were counted, more than an hour ago, and misses after a month."""
    await db.execute("DELETE FROM identity_codes WHERE expires_at < now() - interval '1 hour'")
    await db.execute("DELETE FROM identity_code_sends WHERE updated_at < now() - interval '1 hour'")
    await db.execute(
        "DELETE FROM identity_code_misses WHERE updated_at < now() - $1::interval", MISSES_WINDOW
    )
