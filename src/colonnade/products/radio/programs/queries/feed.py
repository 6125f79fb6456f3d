"""Reads the plan for calendars: slots and overrides with what an event says of them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from colonnade.kernel.db import Executor
from colonnade.products.radio.programs.queries import PRESENTERS, program_on_air
from colonnade.products.radio.programs.schemas import PlannedOverride, PlannedSlot

__all__ = ["list_planned_overrides", "list_planned_slots"]

_PROGRAM = f"p.id, p.name, p.slug, p.type, p.description, p.image, {PRESENTERS}"


async def list_planned_slots(db: Executor, zone: ZoneInfo, *, program_id: int | None) -> list[PlannedSlot]:
    """Return the plan, or the slots in which a programme is on air at least once, Monday first."""
    rows = await db.fetch(
        f"""
        SELECT {_PROGRAM}, s.id AS slot_id, s.weekday, s.starts_at, s.minutes, s.valid_until, s.version,
               coalesce(s.valid_from, date_trunc('week', s.created_at AT TIME ZONE $1)::date) AS since,
               greatest(s.updated_at, p.updated_at) AS changed_at
        FROM program_slots s JOIN programs p ON p.id = s.program_id
        WHERE $2::int IS NULL OR p.id = $2
           OR EXISTS (SELECT FROM program_overrides o WHERE o.slot_id = s.id AND o.program_id = $2)
        ORDER BY s.weekday, s.starts_at, s.first_week, s.id
        """,
        zone.key,
        program_id,
    )
    return [
        PlannedSlot(
            id=row["slot_id"],
            program=program_on_air(row),
            weekday=row["weekday"],
            starts_at=row["starts_at"],
            minutes=row["minutes"],
            since=row["since"],
            valid_until=row["valid_until"],
            version=row["version"],
            changed_at=row["changed_at"],
        )
        for row in rows
    ]


async def list_planned_overrides(db: Executor, slot_ids: list[int], first: date) -> list[PlannedOverride]:
    """Return the overrides of these slots from a local date on, by date."""
    rows = await db.fetch(
        f"""
        SELECT {_PROGRAM}, o.id AS override_id, o.slot_id, o.date, o.note, o.version,
               greatest(o.created_at, p.updated_at) AS changed_at
        FROM program_overrides o LEFT JOIN programs p ON p.id = o.program_id
        WHERE o.slot_id = ANY ($1::int[]) AND o.date >= $2 ORDER BY o.date, o.id
        """,
        slot_ids,
        first,
    )
    return [
        PlannedOverride(
            id=row["override_id"],
            slot_id=row["slot_id"],
            date=row["date"],
            program=None if row["id"] is None else program_on_air(row),
            note=row["note"],
            version=row["version"],
            changed_at=row["changed_at"],
        )
        for row in rows
    ]
