"""Shapes of vendors, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Conflict, LanguageTag, NotFound, Phone, Words
from colonnade.products.dealroom.shared.schemas.fields import Name

__all__ = ["Vendor", "VendorCreate", "VendorExists", "VendorNotFound", "VendorUpdate"]


class Persona(Words, max_length=4000, examples=["Ramah, singkat, menyapa pelanggan dengan nama."]):
    """How the vendor speaks and behaves."""


class Vendor(Struct, frozen=True, rename="camel"):
    """The vendor who answers in a session: a persona and a telephone number (E.164, and as it was typed).

    It belongs to a session, or to a channel, in whose sessions it answers unless they have their own.
    """

    id: int
    session_id: UUID | None
    name: str
    phone_number: str | None
    phone_number_typed: str | None
    persona: str | None
    language: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    channel_id: int | None = None


class VendorCreate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new vendor of a session, which has one at most."""

    session_id: UUID
    name: Name
    phone_number: Phone | None = None
    persona: Persona | None = None
    language: LanguageTag | None = None


class VendorUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a vendor; absent fields stay, `null` clears a field that may be empty."""

    name: Name | UnsetType = UNSET
    phone_number: Phone | UnsetType | None = UNSET
    persona: Persona | UnsetType | None = UNSET
    language: LanguageTag | UnsetType | None = UNSET


class VendorNotFound(NotFound):
    """There is no such vendor, or it is somebody else's."""

    code = "VENDOR_NOT_FOUND"
    message = "Vendor not found"


class VendorExists(Conflict):
    """The session, or the channel, has a vendor already."""

    code = "VENDOR_EXISTS"
    message = "A vendor already exists for this session"
