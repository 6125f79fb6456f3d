"""Registering as a partner, and what becomes of a registration."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate
from colonnade.kernel.db import Transaction
from colonnade.kernel.mail import SendMail, check_address, send_mail
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

__all__ = ["advance_registration", "register_partner"]

CHANGED = Invalidate(("registrations",))
MAILS = "colonnade.products.radio.membership"
BEFORE: dict[str, RegistrationStatus] = {"contacted": "new", "active": "contacted", "declined": "contacted"}
"""From which status each one is reached."""


async def register_partner(
    tx: Transaction, data: RegistrationCreate, *, language: MailLanguage, station_address: str | None
) -> Registration:
    """A new registration, with a mail to the partner and one to `station_address` (if there is one).

    Raises UnknownTier, AlreadyRegistered, Invalid (an address that no mail can be sent to).
    """
    email = check_address(data.email)
    tier = await queries.find_open_tier(tx, data.partnership_type)
    if tier is None:
        raise UnknownTier(fields={"partnership_type": "There is no such partnership type"})
    registration = await queries.insert_registration(
        tx,
        contact_person=data.contact_person.strip(),
        email=email,
        phone=data.phone,
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
            to_name=registration.contact_person,
            language=registration.language,
            template=f"{MAILS}:confirmation",
            # Nothing but the name is the sender's own: this mail goes to whatever address was typed in.
            context={"name": registration.contact_person, "tier": tier.name, "number": registration.id},
        ),
    )
    if station_address is None:
        return
    await tx.enqueue(
        send_mail,
        SendMail(
            to=station_address,
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
    """The next step of a registration; raises NotFound, StatusChanged."""
    registration = await queries.advance_registration(
        tx, registration_id, before=BEFORE[status], after=status, account_id=caller.id
    )
    if registration is None:
        present = await queries.fetch_registration(tx, registration_id)
        raise StatusChanged(
            f"This step needs the status {BEFORE[status]}; the registration is {present.status}.",
            details={"status": present.status},
        )
    tx.after_commit(CHANGED)
    return registration
