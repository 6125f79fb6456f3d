"""All SQL of the membership slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Transaction, violation_as
from colonnade.kernel.privacy import Subject
from colonnade.products.radio.membership.schemas import (
    AlreadyRegistered,
    MailLanguage,
    Registration,
    RegistrationStatus,
    Tier,
)

__all__ = [
    "REGISTRATIONS_OF",
    "advance_registration",
    "count_registrations",
    "erase_left",
    "fetch_registration",
    "find_left",
    "find_open_tier",
    "insert_registration",
    "list_other_emails",
    "list_registrations",
    "list_registrations_after",
    "list_tiers",
]

REGISTRATIONS_OF = """
SELECT id, status, updated_at FROM membership_registrations WHERE updated_by = $1 ORDER BY id
"""
"""The registrations that an account has handled, as its export shows them."""

_TIER = "code, name, description, benefits, monthly_minimum_rupiah"
_REGISTRATION = """id, contact_person, email, phone, organisation, partnership_type, message, language, status,
    updated_by, created_at, updated_at"""
_FILTER = "($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR partnership_type = $2)"

_LEFT = """(lower(email) = $1 AND $1 <> '' OR phone_digits(phone) = ANY($2::text[]) OR id = ANY($3::int[]))"""
"""SQL for the registrations of an address in ASCII, of a number, and these: their address is read outside of SQL."""


async def list_tiers(db: Executor) -> list[Tier]:
    """Return the open tiers, in order."""
    rows = await db.fetch(f"SELECT {_TIER} FROM membership_tiers WHERE is_open ORDER BY position, code")
    return [Tier(**row) for row in rows]


async def find_open_tier(db: Executor, code: str) -> Tier | None:
    """Return the open tier with this code, or None."""
    row = await db.fetch_row(f"SELECT {_TIER} FROM membership_tiers WHERE code = $1 AND is_open", code)
    return Tier(**row) if row else None


async def insert_registration(
    tx: Transaction,
    *,
    contact_person: str,
    email: str,
    phone: str,
    organisation: str | None,
    partnership_type: str,
    message: str | None,
    language: MailLanguage,
) -> Registration:
    """Insert a registration. Raise AlreadyRegistered."""
    with violation_as(AlreadyRegistered(field="email"), "membership_registrations_open_key"):
        row = await tx.fetch_row(
            f"""
            INSERT INTO membership_registrations (contact_person, email, phone, organisation, partnership_type,
                                                  message, language)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_REGISTRATION}
            """,
            contact_person,
            email,
            phone,
            organisation,
            partnership_type,
            message,
            language,
        )
    assert row is not None
    return Registration(**row)


async def list_registrations(
    db: Executor,
    *,
    status: RegistrationStatus | None,
    partnership_type: str | None,
    limit: int,
    offset: int,
) -> list[Registration]:
    """Return a page of registrations, newest first."""
    rows = await db.fetch(
        f"SELECT {_REGISTRATION} FROM membership_registrations WHERE {_FILTER} "
        "ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4",
        status,
        partnership_type,
        limit,
        offset,
    )
    return [Registration(**row) for row in rows]


async def list_registrations_after(
    db: Executor,
    *,
    status: RegistrationStatus | None,
    partnership_type: str | None,
    after_id: int,
    limit: int,
) -> list[Registration]:
    """Return the registrations after this id, oldest first."""
    rows = await db.fetch(
        f"SELECT {_REGISTRATION} FROM membership_registrations WHERE {_FILTER} AND id > $3 ORDER BY id LIMIT $4",
        status,
        partnership_type,
        after_id,
        limit,
    )
    return [Registration(**row) for row in rows]


async def count_registrations(
    db: Executor, *, status: RegistrationStatus | None, partnership_type: str | None
) -> int:
    """Count the registrations that match."""
    count: int = await db.fetch_value(
        f"SELECT count(*) FROM membership_registrations WHERE {_FILTER}", status, partnership_type
    )
    return count


async def fetch_registration(db: Executor, registration_id: int) -> Registration:
    """Return one registration. Raise NotFound."""
    row = await db.fetch_row(
        f"SELECT {_REGISTRATION} FROM membership_registrations WHERE id = $1", registration_id
    )
    if row is None:
        raise NotFound("There is no such registration.")
    return Registration(**row)


async def advance_registration(
    tx: Transaction,
    registration_id: int,
    *,
    before: RegistrationStatus,
    after: RegistrationStatus,
    account_id: int,
) -> Registration | None:
    """Advance a registration from status `before` to `after`; return None if its status is not `before`."""
    row = await tx.fetch_row(
        f"""
        UPDATE membership_registrations SET status = $3, updated_by = $4, updated_at = now()
        WHERE id = $1 AND status = $2 RETURNING {_REGISTRATION}
        """,
        registration_id,
        before,
        after,
        account_id,
    )
    return Registration(**row) if row else None


async def list_other_emails(db: Executor, *, after_id: int, limit: int) -> list[tuple[int, str]]:
    """Return the ids and addresses of registrations whose address is not in ASCII, in order."""
    rows = await db.fetch(
        """
        SELECT id, email FROM membership_registrations
        WHERE octet_length(email) <> char_length(email) AND id > $1 ORDER BY id LIMIT $2
        """,
        after_id,
        limit,
    )
    return [(row["id"], row["email"]) for row in rows]


async def find_left(
    db: Executor, subject: Subject, others: Sequence[int], *, limit: int
) -> list[dict[str, Any]]:
    """Return somebody's registrations, newest first; `others`: those with an address of theirs that is not ASCII."""
    rows = await db.fetch(
        f"SELECT {_REGISTRATION} FROM membership_registrations WHERE {_LEFT} ORDER BY id DESC LIMIT $4",
        subject.email,
        subject.digits,
        list(others),
        limit,
    )
    return [dict(row) for row in rows]


async def erase_left(tx: Transaction, subject: Subject, others: Sequence[int]) -> list[tuple[int, str]]:
    """Delete somebody's registrations, as `find_left` finds them; return id and address of each."""
    rows = await tx.fetch(
        f"DELETE FROM membership_registrations WHERE {_LEFT} RETURNING id, email",
        subject.email,
        subject.digits,
        list(others),
    )
    return [(row["id"], row["email"]) for row in rows]
