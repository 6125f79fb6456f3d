"""Shapes of partnership tiers and registrations, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct
from pydantic import Field

from colonnade.kernel.core import Conflict, Invalid, Line, PersonName, Phone, SliceSettings, Token, Words
from colonnade.products.radio.shared.schemas import Email

__all__ = [
    "AlreadyRegistered",
    "MailLanguage",
    "MembershipInfo",
    "MembershipSettings",
    "Registered",
    "Registration",
    "RegistrationCreate",
    "RegistrationStatus",
    "RegistrationUpdate",
    "StatusChanged",
    "Tier",
    "UnknownTier",
]

MailLanguage = Literal["id", "en"]
RegistrationStatus = Literal["new", "contacted", "active", "declined"]


class TierCode(
    Token, pattern=r"[a-z0-9-]+", rule="must consist of a-z, 0-9 and -", max_length=40, examples=["mitra"]
):
    """The code of a tier."""


class ContactPerson(PersonName, examples=["Maria Simanjuntak"]):
    """A name; without links and markup, as it appears in a mail to an address that nobody confirmed."""


class Organisation(Line, min_length=2, max_length=255):
    """A church, company or group."""


class Remark(Words, max_length=2000):
    """What the partner wants to say."""


class Tier(Struct, frozen=True):
    """A way to be a partner; `monthly_minimum_rupiah` is null if it involves no money."""

    code: str
    name: str
    description: str
    benefits: list[str]
    monthly_minimum_rupiah: int | None


class MembershipInfo(Struct, frozen=True):
    """The open tiers: the `code` of a tier is the `partnership_type` of a registration."""

    tiers: list[Tier]


class MembershipSettings(SliceSettings):
    """Notices of new partners."""

    title = "Partnership"

    mail_station: str | None = Field(None, description="Address for notices of new registrations.")


class RegistrationCreate(Struct, frozen=True):
    """A request to become a partner. `language` is that of the confirmation mail."""

    contact_person: ContactPerson
    email: Email
    phone: Phone
    partnership_type: TierCode
    organisation: Organisation | None = None
    message: Remark | None = None
    language: MailLanguage | None = None


class Registered(Struct, frozen=True):
    """A registration as the partner sees it."""

    id: int
    partnership_type: str
    status: RegistrationStatus
    created_at: datetime


class Registration(Struct, frozen=True):
    """A registration as staff see it."""

    id: int
    contact_person: str
    email: str
    phone: str
    organisation: str | None
    partnership_type: str
    message: str | None
    language: MailLanguage
    status: RegistrationStatus
    updated_by: int | None
    created_at: datetime
    updated_at: datetime


class RegistrationUpdate(Struct, frozen=True):
    """The next status: new → contacted → active or declined."""

    status: Literal["contacted", "active", "declined"]


class AlreadyRegistered(Conflict):
    """This address has an open registration for this tier."""

    code = "ALREADY_REGISTERED"
    message = "There is already an open registration for this e-mail address and partnership type."


class StatusChanged(Conflict):
    """The registration is not in the status that this step requires."""

    code = "REGISTRATION_STATUS_CHANGED"
    message = "The registration has another status by now."


class UnknownTier(Invalid):
    """`partnership_type` names no tier that is open."""

    code = "VALIDATION_ERROR"
