"""Registers partners, and advances registrations through their statuses."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction, erase_kept_about
from colonnade.kernel.jobs import cancel_jobs_about_addresses
from colonnade.kernel.mail import SendMail, check_address, send_mail
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.products.radio.membership import queries
from colonnade.products.radio.membership.schemas import (
    MailLanguage,
    Registration,
    RegistrationCreate,
    RegistrationStatus,
    StatusChanged,
    Tier,
    UnknownTier,
)

__all__ = ["advance_registration", "erase_left", "find_left", "register_partner"]

CHANGED = Invalidate(("registrations",))
EMAILS_AT_ONCE = 200
"""Addresses that are read before others get a turn: some milliseconds' work."""
MAILS = "colonnade.products.radio.membership"
PREVIOUS_STATUS: dict[str, RegistrationStatus] = {
    "contacted": "new",
    "active": "contacted",
    "declined": "contacted",
}
"""The status from which each status is reached."""


async def register_partner(
    tx: Transaction, data: RegistrationCreate, *, language: MailLanguage, station_address: str | None
) -> Registration:
    """Create a registration, and send a mail to the partner and one to `station_address`, if given.

    Raise UnknownTier, AlreadyRegistered, and Invalid for an invalid address.
    """
    email = check_address(data.email)
    tier = await queries.find_open_tier(tx, data.partnership_type)
    if tier is None:
        raise UnknownTier(fields={"partnership_type": "There is no such partnership type"})
    registration = await queries.insert_registration(
        tx,
        contact_person=data.contact_person,
        email=email,
        phone=str(data.phone),
        organisation=data.organisation,
        partnership_type=tier.code,
        message=data.message,
        language=language,
    )
    await _send_mails(tx, registration, tier, station_address)
    tx.after_commit(CHANGED)
    return registration


async def _send_mails(
    tx: Transaction, registration: Registration, tier: Tier, station_address: str | None
) -> None:
    await tx.enqueue(
        send_mail,
        SendMail(
            to=registration.email,
            language=registration.language,
            template=f"{MAILS}:confirmation",
            # Nothing that the sender wrote: the mail goes to an address that nobody confirmed.
            context={"tier": tier.name, "number": registration.id},
        ),
    )
    if station_address is None:
        return
    await tx.enqueue(
        send_mail,
        SendMail(
            to=station_address,
            about=registration.email,
            reply_to=registration.email,
            language="id",
            template=f"{MAILS}:notice",
            context={
                "number": registration.id,
                "tier": tier.name,
                "name": registration.contact_person,
                "email": registration.email,
                "phone": registration.phone,
                "organisation": registration.organisation,
                "message": registration.message,
            },
        ),
    )


async def advance_registration(
    tx: Transaction, caller: Principal, registration_id: int, status: RegistrationStatus
) -> Registration:
    """Advance a registration to its next status. Raise NotFound, StatusChanged."""
    registration = await queries.advance_registration(
        tx, registration_id, before=PREVIOUS_STATUS[status], after=status, account_id=caller.id
    )
    if registration is None:
        present = await queries.fetch_registration(tx, registration_id)
        raise StatusChanged(
            f"This step needs the status {PREVIOUS_STATUS[status]}; the registration is {present.status}.",
            details={"status": present.status},
        )
    tx.after_commit(CHANGED)
    return registration


async def find_left(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return the registrations that somebody left."""
    return await queries.find_left(tx, subject, await _others(tx, subject), limit=MAX_FOUND + 1)


async def erase_left(tx: Transaction, subject: Subject, access: Access) -> int:
    """Delete the registrations that somebody left, and the mails about them; return their number."""
    erased = await queries.erase_left(tx, subject, await _others(tx, subject))
    if erased:
        await cancel_jobs_about_addresses(tx, {email for _, email in erased})
        await erase_kept_about(tx, "membership_registrations", [id_ for id_, _ in erased])
        tx.after_commit(CHANGED)
    return len(erased)


async def _others(tx: Transaction, subject: Subject) -> list[int]:
    """Return the ids of registrations under an address of somebody's that is not in ASCII."""
    return await subject.pick_addressed(
        lambda last: queries.list_other_emails(tx, after_id=last, limit=EMAILS_AT_ONCE)
    )
