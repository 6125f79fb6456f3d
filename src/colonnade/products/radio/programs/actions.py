"""Changes programmes, presenters, the weekly plan and its overrides."""

from __future__ import annotations

from datetime import date, time

import msgspec
from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, Invalidate, NotFound, changed_fields, check_version, given_fields
from colonnade.kernel.db import Transaction, violation_as
from colonnade.kernel.trash import move_to_trash
from colonnade.products.radio.programs import queries
from colonnade.products.radio.programs.queries import slots as slot_queries
from colonnade.products.radio.programs.schemas import (
    Override,
    OverrideCreate,
    OverrideUpdate,
    Presenter,
    PresenterCreate,
    PresenterUpdate,
    Program,
    ProgramCreate,
    ProgramInUse,
    ProgramSlugTaken,
    ProgramUpdate,
    Slot,
    SlotCreate,
    SlotOverlap,
    SlotUpdate,
    UnknownReference,
)
from colonnade.products.radio.shared.rules.clock import check_day
from colonnade.products.radio.shared.rules.text import slug_candidates

__all__ = [
    "create_override",
    "create_presenter",
    "create_program",
    "create_slot",
    "delete_override",
    "delete_presenter",
    "delete_program",
    "delete_slot",
    "update_override",
    "update_presenter",
    "update_program",
    "update_slot",
]

CHANGED = Invalidate(("programs", "homepage"))
RESERVED = {"schedule", "now", "next", "presenters", "slots", "overrides"}
"""Addresses that routes use."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _check_slug(slug: str) -> None:
    if slug in RESERVED:
        raise Invalid(fields={"slug": "This slug is reserved"})


async def create_program(tx: Transaction, data: ProgramCreate) -> Program:
    """Create a programme. Raise ProgramSlugTaken, UnknownReference, Invalid (reserved slug)."""
    values = {
        "name": data.name,
        "type": data.type,
        "description": data.description,
        "image": data.image,
    }
    if data.slug is not None:
        _check_slug(data.slug)
    for slug in [data.slug] if data.slug is not None else slug_candidates(data.name, default="program"):
        if slug in RESERVED:
            continue
        program_id = await queries.insert_program(tx, {**values, "slug": slug})
        if program_id is not None:
            break
    else:
        raise ProgramSlugTaken(field="slug")
    if data.presenter_ids:
        await queries.set_presenters(tx, program_id, data.presenter_ids)
    tx.after_commit(CHANGED)
    return await queries.fetch_program(tx, slug)


async def update_program(tx: Transaction, slug: str, data: ProgramUpdate, *, expected: int | None) -> Program:
    """Change the given fields.

    Raise NotFound, PreconditionFailed, ProgramSlugTaken, UnknownReference, Invalid (reserved slug).
    """
    before = await queries.lock_program(tx, slug)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "name", "type", "slug", "description", "image"))
    wanted = data.presenter_ids
    if wanted is not UNSET and list(dict.fromkeys(wanted)) == [one.id for one in before.presenters]:
        wanted = UNSET
    if not values and wanted is UNSET:
        return before
    if "slug" in values:
        _check_slug(values["slug"])
    slug = await queries.update_program(tx, before.id, values)
    if wanted is not UNSET:
        await queries.set_presenters(tx, before.id, wanted)
    tx.after_commit(CHANGED)
    return await queries.fetch_program(tx, slug)


async def delete_program(tx: Transaction, caller: Principal, slug: str, *, expected: int | None) -> None:
    """Move a programme that is not in the plan into the trash. Raise NotFound, PreconditionFailed, ProgramInUse."""
    before = await queries.lock_program(tx, slug)
    check_version(expected, before.version)
    with violation_as(ProgramInUse, "program_slots_program_id_fkey", "program_overrides_program_id_fkey"):
        await move_to_trash(tx, queries.PROGRAMS_TRASH, before.id, by=caller)
    tx.after_commit(CHANGED)


async def create_presenter(tx: Transaction, data: PresenterCreate) -> Presenter:
    """Create a presenter."""
    presenter = await queries.insert_presenter(tx, name=data.name, bio=data.bio, photo=data.photo)
    tx.after_commit(CHANGED)
    return presenter


async def update_presenter(
    tx: Transaction, presenter_id: int, data: PresenterUpdate, *, expected: int | None
) -> Presenter:
    """Change the given fields. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_presenter(tx, presenter_id)
    check_version(expected, before.version)
    values = changed_fields(before, given_fields(data, "name", "bio", "photo"))
    if not values:
        return before
    presenter = await queries.update_presenter(tx, presenter_id, values)
    tx.after_commit(CHANGED)
    return presenter


async def delete_presenter(
    tx: Transaction, caller: Principal, presenter_id: int, *, expected: int | None
) -> None:
    """Move a presenter into the trash, out of the programmes. Raise NotFound, PreconditionFailed."""
    before = await queries.lock_presenter(tx, presenter_id)
    check_version(expected, before.version)
    await move_to_trash(tx, queries.PRESENTERS_TRASH, presenter_id, by=caller)
    tx.after_commit(CHANGED)


async def create_slot(tx: Transaction, data: SlotCreate) -> Slot:
    """Create a slot in the weekly plan. Raise SlotOverlap, UnknownReference, Invalid."""
    check_slot(data.weekday, data.valid_from, data.valid_until)
    await slot_queries.lock_plan(tx)
    slot_id = await slot_queries.insert_slot(
        tx,
        program_id=data.program_id,
        weekday=data.weekday,
        starts_at=time.fromisoformat(data.start_time),
        ends_at=time.fromisoformat(data.end_time),
        valid_from=data.valid_from,
        valid_until=data.valid_until,
    )
    await _put_on_plan(tx, slot_id)
    tx.after_commit(CHANGED)
    return await slot_queries.fetch_slot(tx, slot_id)


async def update_slot(tx: Transaction, slot_id: int, data: SlotUpdate, *, expected: int | None) -> Slot:
    """Change the given fields. Raise NotFound, PreconditionFailed, SlotOverlap, UnknownReference, Invalid."""
    await slot_queries.lock_plan(tx)
    before = await slot_queries.lock_slot(tx, slot_id)
    check_version(expected, before.version)
    given = given_fields(data, "weekday", "start_time", "end_time", "valid_from", "valid_until")
    program_id = before.program.id if data.program_id is UNSET else data.program_id
    if not changed_fields(before, given) and program_id == before.program.id:
        return before
    wanted = msgspec.structs.asdict(before) | given
    check_slot(wanted["weekday"], wanted["valid_from"], wanted["valid_until"])
    await slot_queries.take_off_plan(tx, slot_id)
    await slot_queries.update_slot(
        tx,
        slot_id,
        {
            "program_id": program_id,
            "weekday": wanted["weekday"],
            "starts_at": time.fromisoformat(wanted["start_time"]),
            "ends_at": time.fromisoformat(wanted["end_time"]),
            "valid_from": wanted["valid_from"],
            "valid_until": wanted["valid_until"],
        },
    )
    await _put_on_plan(tx, slot_id)
    await slot_queries.delete_misfits(tx, slot_id)
    tx.after_commit(CHANGED)
    return await slot_queries.fetch_slot(tx, slot_id)


def check_slot(weekday: int, valid_from: date | None, valid_until: date | None) -> None:
    """Raise Invalid for a slot that is never on air."""
    check_day("valid_from", valid_from)
    check_day("valid_until", valid_until)
    if valid_from is None or valid_until is None:
        return
    if valid_until < valid_from:
        raise Invalid(fields={"valid_until": "Valid until must not be before valid from"})
    if (weekday - valid_from.isoweekday()) % 7 > (valid_until - valid_from).days:
        raise Invalid(fields={"valid_until": f"There is no {DAYS[weekday - 1]} between these dates"})


async def _put_on_plan(tx: Transaction, slot_id: int) -> None:
    overlapping = await slot_queries.list_overlapping(tx, slot_id)
    if overlapping:
        names = ", ".join(
            f"{slot.program.name} ({DAYS[slot.weekday - 1]} {slot.start_time}–{slot.end_time})"
            for slot in overlapping
        )
        raise SlotOverlap(f"At this time there is already: {names}.", details={"slots": overlapping})
    await slot_queries.insert_pieces(tx, slot_id)


async def delete_slot(tx: Transaction, slot_id: int, *, expected: int | None) -> None:
    """Delete a slot with its overrides. Raise NotFound, PreconditionFailed."""
    await slot_queries.lock_plan(tx)
    before = await slot_queries.lock_slot(tx, slot_id)
    check_version(expected, before.version)
    await slot_queries.delete_slot(tx, slot_id)
    tx.after_commit(CHANGED)


async def create_override(tx: Transaction, data: OverrideCreate) -> Override:
    """Cancel or replace one broadcast. Raise OverrideTaken, UnknownReference, Invalid."""
    check_day("date", data.date)
    _check_override(data.kind, data.program_id)
    try:
        slot = await slot_queries.lock_slot(tx, data.slot_id)
    except NotFound:
        raise UnknownReference(fields={"slot_id": "There is no such slot"}) from None
    too_early = slot.valid_from is not None and data.date < slot.valid_from
    too_late = slot.valid_until is not None and data.date > slot.valid_until
    if data.date.isoweekday() != slot.weekday or too_early or too_late:
        raise Invalid(fields={"date": "This slot is not broadcast on that date"})
    override_id = await slot_queries.insert_override(
        tx,
        slot_id=data.slot_id,
        date=data.date,
        kind=data.kind,
        program_id=data.program_id,
        note=data.note,
    )
    tx.after_commit(CHANGED)
    return await slot_queries.fetch_override(tx, override_id)


def _check_override(kind: str, program_id: int | None) -> None:
    if kind == "replace" and program_id is None:
        raise Invalid(fields={"program_id": "A replacement needs a programme"})
    if kind == "cancel" and program_id is not None:
        raise Invalid(fields={"program_id": "A cancelled broadcast has no programme"})


async def update_override(
    tx: Transaction, override_id: int, data: OverrideUpdate, *, expected: int | None
) -> Override:
    """Change the given fields. Raise NotFound, PreconditionFailed, UnknownReference, Invalid."""
    before = await slot_queries.lock_override(tx, override_id)
    check_version(expected, before.version)
    kind = before.kind if data.kind is UNSET else data.kind
    if data.program_id is not UNSET:
        program_id = data.program_id
    else:
        program_id = before.program.id if before.program and kind == "replace" else None
    _check_override(kind, program_id)
    note = before.note if data.note is UNSET else data.note
    if (kind, program_id, note) == (before.kind, before.program and before.program.id, before.note):
        return before
    await slot_queries.update_override(tx, override_id, kind=kind, program_id=program_id, note=note)
    tx.after_commit(CHANGED)
    return await slot_queries.fetch_override(tx, override_id)


async def delete_override(tx: Transaction, override_id: int, *, expected: int | None) -> None:
    """Delete an override, so that the plan applies again. Raise NotFound, PreconditionFailed."""
    before = await slot_queries.lock_override(tx, override_id)
    check_version(expected, before.version)
    await slot_queries.delete_override(tx, override_id)
    tx.after_commit(CHANGED)
