"""Inserts accounts that can sign in, and sessions with a fresh refresh token each, beside the articles.

Both servers read them from the same tables. All accounts have one password, hashed by our own hasher with its
default parameters; the PHC string contains them, so both servers verify with the same ones.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from colonnade.kernel.identity import PasswordHasher
from harness.database import Dataset

PASSWORD = "a password of the benchmark"
ACCOUNTS = 1_000
# A device refreshes every quarter of an hour, so real chains are many and short. A chain per connection would grow by
# hundreds of tokens in seconds, and the statements that read a family would be measured on those.
SESSIONS = 4_096
_EMAIL = "visitor-{number}@bench.example"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts in `dataset` that can sign in, by id, all with PASSWORD, whose hash is `password_hash`."""

    dataset: Dataset
    emails: dict[int, str]
    password_hash: str

    async def open_sessions(self, count: int = SESSIONS) -> list[str]:
        """Empty and refill the tables of sessions; return one unused refresh token of each session."""
        began, day = datetime.now(UTC), timedelta(days=1)
        ids = list(self.emails)
        sessions = [
            (uuid.uuid4(), ids[number % len(ids)], began + 7 * day, began + 30 * day, ["password"])
            for number in range(count)
        ]
        tokens = ["rt_" + secrets.token_urlsafe(32) for _ in sessions]
        hashes = [hashlib.sha256(token.encode()).digest() for token in tokens]
        connection = await asyncpg.connect(self.dataset.dsn)
        try:
            await connection.execute("TRUNCATE public.account_sessions CASCADE")
            await connection.copy_records_to_table(
                "account_sessions",
                schema_name="public",
                columns=["id", "account_id", "expires_at", "ends_at", "methods"],
                records=sessions,
            )
            await connection.copy_records_to_table(
                "refresh_tokens",
                schema_name="public",
                columns=["hash", "session_id"],
                records=[(digest, session[0]) for digest, session in zip(hashes, sessions, strict=True)],
            )
            # So that no round pays for the dead rows of the one before.
            await connection.execute("VACUUM (ANALYZE) public.account_sessions")
            await connection.execute("VACUUM (ANALYZE) public.refresh_tokens")
        finally:
            await connection.close()
        return tokens


async def prepare_accounts(dataset: Dataset) -> Accounts:
    """Create the accounts, or find those of an earlier run, and set their password."""
    hasher = PasswordHasher()
    password_hash = await hasher.hash(PASSWORD)
    hasher.close()
    table = f"{dataset.peer_schema}.users"  # a view of our accounts where our tables are
    emails = [_EMAIL.format(number=number) for number in range(ACCOUNTS)]
    connection = await asyncpg.connect(dataset.dsn)
    try:
        await connection.execute(
            f"INSERT INTO {table} (email, name, role, password_hash)"
            f" SELECT wanted.email, 'Visitor', 'editor', $2 FROM unnest($1::text[]) AS wanted (email)"
            f" WHERE NOT EXISTS (SELECT FROM {table} u WHERE u.email = wanted.email)",
            emails,
            password_hash,
        )
        await connection.execute(
            f"UPDATE {table} SET password_hash = $2 WHERE email = ANY($1::text[])", emails, password_hash
        )
        found = await connection.fetch(
            f"SELECT id, email FROM {table} WHERE email = ANY($1::text[]) ORDER BY id", emails
        )
    finally:
        await connection.close()
    return Accounts(dataset, {row["id"]: row["email"] for row in found}, password_hash)
