"""Receives prayer requests, reads them (every read is recorded) and advances them through their states.

Texts are encrypted and decrypted only here; they are never logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from msgspec import structs

from colonnade.kernel.access import Principal
from colonnade.kernel.core import FieldCipher, Forbidden, Invalidate, NotFound, Undecryptable
from colonnade.kernel.db import Transaction, erase_kept_about
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.products.radio.onair.actions import close_requests, route_request
from colonnade.products.radio.prayers import queries
from colonnade.products.radio.prayers.schemas import (
    NotTheNextStep,
    Prayer,
    PrayerCreate,
    PrayerErased,
    PrayerFilters,
    PrayerProgress,
    PrayerReceipt,
    PrayerStatus,
    PrayerStep,
    SealedPrayer,
    Visibility,
)
from colonnade.products.radio.shared.actions import tell_queue

__all__ = [
    "MAY_READ_ALL",
    "advance_prayer",
    "erase_left",
    "find_left",
    "read_page",
    "read_prayer",
    "redact_old",
    "submit_prayer",
    "visible_to",
]

log = structlog.get_logger(__name__)

MAY_READ_ALL = "prayers:read"
CONTACTS_AT_ONCE = 500
MAY_TAKE_EVERY_STEP = "prayers:update"
CHANGED = Invalidate(("prayer-requests",))
_BEFORE: dict[str, PrayerStatus] = {"prayed": "new", "archived": "prayed"}


def _place(column: str, prayer_id: UUID) -> str:
    """Return the place that a stored value is bound to: it does not decrypt in another column or row."""
    return f"prayer_requests.{column}:{prayer_id}"


async def submit_prayer(
    tx: Transaction, cipher: FieldCipher, data: PrayerCreate, *, zone: ZoneInfo
) -> PrayerReceipt:
    """Store a request, encrypted; one that may be read on air goes to the presenter on air, or the next one."""
    # The id is drawn here, because the texts are bound to it by encryption.
    prayer_id = uuid4()

    def seal(column: str, text: str) -> str:
        return cipher.encrypt(text, place=_place(column, prayer_id))

    receipt = await queries.insert_prayer(
        tx,
        prayer_id,
        content=seal("content", data.content),
        name=seal("name", data.name) if data.name and not data.is_anonymous else None,
        contact=seal("contact", data.contact) if data.contact else None,
        visibility=data.visibility,
        is_anonymous=data.is_anonymous,
    )
    tx.after_commit(CHANGED)
    if data.visibility == "on_air":
        await route_request(tx, "prayer", prayer_id, zone)
    tell_queue(tx, "prayer", [prayer_id], "added", on_air=data.visibility == "on_air")
    return receipt


def visible_to(caller: Principal, filters: PrayerFilters) -> PrayerFilters | None:
    """Return `filters` restricted to the requests that `caller` may read; None if there are none."""
    if caller.may(MAY_READ_ALL):
        return filters
    if filters.visibility == "private":
        return None
    return PrayerFilters(status=filters.status, visibility="on_air")


def _only(caller: Principal) -> Visibility | None:
    """Return the only visibility that `caller` may read; None if there is no restriction."""
    return None if caller.may(MAY_READ_ALL) else "on_air"


async def read_page(
    tx: Transaction,
    cipher: FieldCipher,
    caller: Principal,
    filters: PrayerFilters,
    *,
    limit: int,
    offset: int,
    address: str,
) -> list[Prayer]:
    """Return a page of the requests that `caller` may read, decrypted; record that each of them was read."""
    narrowed = visible_to(caller, filters)
    if narrowed is None:
        return []
    page = await queries.list_prayers(tx, narrowed, limit=limit, offset=offset)
    return await _open(tx, cipher, caller, page, address=address)


async def read_prayer(
    tx: Transaction, cipher: FieldCipher, caller: Principal, prayer_id: UUID, *, address: str
) -> Prayer:
    """Return one request, decrypted; record the read. Raise NotFound, also for one that `caller` may not read."""
    sealed = await queries.fetch_prayer(tx, prayer_id, _only(caller))
    return (await _open(tx, cipher, caller, [sealed], address=address))[0]


async def _open(
    tx: Transaction, cipher: FieldCipher, caller: Principal, page: Sequence[SealedPrayer], *, address: str
) -> list[Prayer]:
    with_contact = caller.may(MAY_READ_ALL)
    if page:
        # Before anything is decrypted: without a record there is no read.
        await queries.record_reads(
            tx, [sealed.id for sealed in page], caller, with_contact=with_contact, address=address
        )
    return [_unseal(cipher, sealed, with_contact=with_contact) for sealed in page]


def _unseal(cipher: FieldCipher, sealed: SealedPrayer, *, with_contact: bool) -> Prayer:
    def unseal(column: str, stored: str | None) -> str | None:
        return None if stored is None else cipher.decrypt(stored, place=_place(column, sealed.id))

    content = name = contact = None
    is_readable = sealed.redacted_at is None
    try:
        content, name = unseal("content", sealed.content), unseal("name", sealed.name)
        contact = unseal("contact", sealed.contact) if with_contact else None
    except Undecryptable:
        content = name = contact = None
        is_readable = False
        log.error("prayer request not decrypted", prayer_id=str(sealed.id))
    return Prayer(
        id=sealed.id,
        content=content,
        name=name,
        contact=contact,
        visibility=sealed.visibility,
        is_anonymous=sealed.is_anonymous,
        is_readable=is_readable,
        status=sealed.status,
        prayed_by=sealed.prayed_by,
        prayed_at=sealed.prayed_at,
        archived_at=sealed.archived_at,
        redacted_at=sealed.redacted_at,
        created_at=sealed.created_at,
    )


async def advance_prayer(
    tx: Transaction, caller: Principal, prayer_id: UUID, step: PrayerStep
) -> PrayerProgress:
    """Advance a request: new -> prayed -> archived. Raise Forbidden, NotFound, NotTheNextStep, PrayerErased.

    A caller who may not take every step may only mark as prayed requests that they may read.
    """
    if step.status != "prayed" and not caller.may(MAY_TAKE_EVERY_STEP):
        raise Forbidden
    progress = await queries.advance_prayer(
        tx, prayer_id, _only(caller), before=_BEFORE[step.status], after=step.status, account_id=caller.id
    )
    if progress is None:
        found = await queries.find_status(tx, prayer_id, _only(caller))
        if found is None:
            raise NotFound("There is no such prayer request.")
        status, erased = found
        if erased and status == _BEFORE[step.status]:
            raise PrayerErased
        raise NotTheNextStep(details={"status": status})
    tx.after_commit(CHANGED)
    await close_requests(tx, "prayer", [prayer_id])
    # Its id tells nothing to those who cannot see it.
    tell_queue(tx, "prayer", [prayer_id], "decided", on_air=True)
    return progress


async def redact_old(tx: Transaction, *, days: int) -> int:
    """Redact the texts of requests older than `days`; return their number."""
    return await _tell_redacted(tx, await queries.redact_prayers(tx, timedelta(days=days)))


async def find_left(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return the requests that somebody left, decrypted; record the reads by the transaction's caller."""
    ids = (await _left(tx, access, subject))[: MAX_FOUND + 1]
    sealed = await queries.list_sealed(tx, ids)
    if sealed:
        found = [each.id for each in sealed]
        await queries.record_reads(tx, found, tx.caller, with_contact=True, address=access.origin.address)
    return [structs.asdict(_unseal(access.fields, each, with_contact=True)) for each in sealed]


async def erase_left(tx: Transaction, subject: Subject, access: Access) -> int:
    """Redact the requests that somebody left, as after the retention time; return their number."""
    return await _tell_redacted(tx, await queries.erase_prayers(tx, await _left(tx, access, subject)))


async def _tell_redacted(tx: Transaction, ids: list[UUID]) -> int:
    """Take requests without a text off the queue and from the presenters; return their number."""
    if ids:
        await erase_kept_about(tx, "prayer_requests", ids)
        tx.after_commit(CHANGED)
        await close_requests(tx, "prayer", ids)
        tell_queue(tx, "prayer", ids, "decided", on_air=True)
    return len(ids)


async def _left(tx: Transaction, access: Access, subject: Subject) -> list[UUID]:
    """Return the ids of somebody's requests: the one of the receipt, and those with their contact.

    Contacts are encrypted, each under its own place, so that all of them are opened: those of the retention time.
    """
    ids = [subject.reference] if subject.reference is not None else []
    if not subject.email and not subject.digits:
        return ids
    after = None
    while page := await queries.list_contacts(tx, after=after, limit=CONTACTS_AT_ONCE):
        after = page[-1][:2]
        ids += await subject.pick(_opened(access, page))
    return ids


def _opened(access: Access, page: Iterable[tuple[datetime, UUID, str]]) -> Iterator[tuple[UUID, str]]:
    """Yield the ids and contacts of those requests that can be decrypted; count the others."""
    for _, prayer_id, stored in page:
        try:
            yield prayer_id, access.fields.decrypt(stored, place=_place("contact", prayer_id))
        except Undecryptable:
            access.unreadable["prayer_requests"] += 1
