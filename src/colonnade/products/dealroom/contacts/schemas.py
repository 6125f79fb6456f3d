"""Shapes of contacts, and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict, LanguageTag, Line, NotFound, Words
from colonnade.products.dealroom.sessions.schemas import SessionStatus
from colonnade.products.dealroom.shared.schemas.fields import Id, Name

__all__ = [
    "MAX_IDENTITIES",
    "MAX_LABELS",
    "MAX_NOTES",
    "MAX_SHOWN_SESSIONS",
    "Contact",
    "ContactBind",
    "ContactBinding",
    "ContactFilters",
    "ContactHasSessions",
    "ContactMerge",
    "ContactNotFound",
    "ContactSession",
    "ContactSplit",
    "ContactTaken",
    "ContactTooLarge",
    "ContactUpdate",
    "Given",
    "Identity",
    "IdentityKind",
    "Kept",
    "Known",
    "Link",
    "Merge",
    "Person",
    "Resolved",
    "SplitContacts",
]

MAX_IDENTITIES = 50
MAX_LABELS = 20
MAX_NOTES = 8000
"""Characters of the notes of two contacts together; one's own are half of it at most."""
MAX_SHOWN_SESSIONS = 5
"""Sessions that are shown with a contact, the latest; the others have a list of their own."""

IdentityKind = Literal["phone", "user_id", "username"]


class Label(Line, max_length=50, examples=["langganan"]):
    """A word for finding contacts."""


class Notes(Words, max_length=MAX_NOTES // 2, examples=["Alergi kacang. Minta dikirim sore."]):
    """What the owner wants to remember."""


class TypedNumber(Line, max_length=60, examples=["0812 3456 7890"]):
    """A telephone number, written in any usual way; without a country it is one of the channel's region."""


Labels = Annotated[list[Label], Meta(max_length=MAX_LABELS)]


class Person(Struct, frozen=True):
    """Whom a provider means: by `wa_id` (digits of a number as it spells them), by `user_id`, or by both.

    A `user_id` is the id that somebody has for one business alone. A user name belongs to whoever has it now: it says
    who somebody is, and never finds anybody. `number` is one (E.164) that people have written.
    """

    wa_id: str | None
    user_id: str | None = None
    name: str | None = None
    username: str | None = None
    number: str | None = None


class Identity(Struct, frozen=True, rename="camel"):
    """What a contact is known by: a number (E.164, as it is dialled today), a provider's id, or a user name.

    `written` is how the provider spells it, if it has done so. One with `ended_at` was given up, and finds nobody any
    more. Since `marketing_stopped_at` its holder wants no marketing: the provider has said so.
    """

    id: int
    kind: IdentityKind
    value: str
    written: str | None
    created_at: datetime
    ended_at: datetime | None
    marketing_stopped_at: datetime | None = None


class ContactSession(Struct, frozen=True, rename="camel"):
    """A session of a contact, with the channel and the identity that it belongs to.

    Until `window_ends_at`, a day after their last message, they can be sent anything here; later only templates.
    """

    session_id: UUID
    channel_id: int
    identity_id: int
    title: str | None
    status: SessionStatus
    archived: bool
    unread: int
    last_activity_at: datetime
    window_ends_at: datetime | None


class Contact(Struct, frozen=True, rename="camel"):
    """A customer, by all that they are known by.

    `name` is the owner's name for them, `profile_name` their own at the provider. `first_seen_at` and `last_seen_at`
    are of their messages; null: they have not written yet. `sessions` are the latest of `session_count`. Since
    `marketing_stopped_at` they want no marketing at one of their identities: such templates are not sent there.
    `window_ends_at` is the latest of their sessions: until then one of them takes anything, later only templates.
    """

    id: int
    name: str | None
    profile_name: str | None
    language: str | None
    labels: list[str]
    notes: str | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    identities: list[Identity]
    sessions: list[ContactSession]
    session_count: int
    marketing_stopped_at: datetime | None = None
    window_ends_at: datetime | None = None


class Kept(Struct, frozen=True):
    """The fields of a contact that a merge may change."""

    name: str | None
    profile_name: str | None
    language: str | None
    labels: list[str]
    notes: str | None


class Merge(Struct, frozen=True):
    """The fields that a merge wrote, by name, and what was there before."""

    before: dict[str, Any]
    after: dict[str, Any]


class Link(Struct, frozen=True):
    """An identity of a contact: with which it goes (`leader_id`), and which contact had it first (`home_id`)."""

    id: int
    leader_id: int | None
    home_id: int


class Given(Struct, frozen=True):
    """An identity as it is stored: `value` is the one form, `written` the provider's spelling if it differs.

    `other` is the form of a number that has two (Argentina's): whoever is stored by it has this one as well.
    """

    kind: IdentityKind
    value: str
    written: str | None
    found_by: str
    other: str | None = None


class Known(Struct, frozen=True):
    """An identity that finds a contact, and the contact's own name at the provider."""

    id: int
    contact_id: int
    leader_id: int | None
    kind: IdentityKind
    value: str
    written: str | None
    profile_name: str | None


class Resolved(Struct, frozen=True):
    """Who somebody is: the contact, the identity that leads their account, and their binding on the channel, if any.

    `wa_id` is their number as the provider spells it, if it has.
    """

    contact_id: int
    identity_id: int
    wa_id: str | None
    binding: ContactBinding | None


class SplitContacts(Struct, frozen=True, rename="camel"):
    """The contact, and the one that was split off it: one of its own again, or a new one."""

    contact: Contact
    other: Contact


class ContactUpdate(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The changes of a contact; absent fields stay, `null` clears a field that may be empty."""

    name: Name | UnsetType | None = UNSET
    language: LanguageTag | UnsetType | None = UNSET
    labels: Labels | UnsetType = UNSET
    notes: Notes | UnsetType | None = UNSET


class ContactMerge(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The contact that is to become part of another."""

    other_id: Id


class ContactSplit(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The identities that are to be a contact of their own; those of the same account at the provider go with them."""

    identity_ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX_IDENTITIES)]


class ContactFilters(Struct, frozen=True):
    """The filters of a list of contacts."""

    search: str | None = None
    label: str | None = None
    channel_id: int | None = None


class ContactBind(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The channel and the number that a session is bound to."""

    channel_id: Id
    phone_number: TypedNumber


class ContactBinding(Struct, frozen=True, rename="camel"):
    """A customer on a channel and the session that their messages go to.

    `phone_number` is as the provider spells it, once it has; whoever has none for us has a `user_id`: the provider's id
    of them, for this business alone. Until `window_ends_at`, a day after their last message, they can be sent anything;
    later only templates. It is null for who has not written through this channel yet.
    """

    id: int
    channel_id: int
    session_id: UUID
    phone_number: str | None
    profile_name: str | None
    window_ends_at: datetime | None
    created_at: datetime
    contact_id: int
    identity_id: int
    user_id: str | None = None
    username: str | None = None


class ContactNotFound(NotFound):
    """There is no such contact, or it is somebody else's."""

    code = "CONTACT_NOT_FOUND"
    message = "Contact not found"


class ContactTaken(Conflict):
    """The contact is bound to another session, or the session to another contact."""

    code = "CONTACT_TAKEN"
    message = "This contact or this session is bound already"


class ContactHasSessions(Conflict):
    """The contact has sessions: without it nobody would find what they say about the person."""

    code = "CONTACT_HAS_SESSIONS"
    message = "This contact has sessions. Delete them first, or with it: ?sessions=delete"


class ContactTooLarge(Conflict):
    """The two contacts together have more identities, labels or notes than one can have."""

    code = "CONTACT_TOO_LARGE"
    message = "Together these contacts have more identities, labels or notes than one can have"
