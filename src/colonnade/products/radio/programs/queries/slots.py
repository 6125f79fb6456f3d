"""SQL of the weekly plan and its overrides."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction, assignments, violation_as
from colonnade.products.radio.programs.schemas import (
    Override,
    OverrideTaken,
    ProgramName,
    Slot,
    SlotOverlap,
    UnknownReference,
)

__all__ = [
    "count_overrides",
    "count_slots",
    "delete_misfits",
    "delete_override",
    "delete_slot",
    "fetch_override",
    "fetch_slot",
    "insert_override",
    "insert_pieces",
    "insert_slot",
    "list_overlapping",
    "list_overrides",
    "list_slots",
    "lock_override",
    "lock_plan",
    "lock_slot",
    "take_off_plan",
    "update_override",
    "update_slot",
]

_SLOT = """s.id, s.weekday, s.starts_at, s.ends_at, s.valid_from, s.valid_until, s.version,
    p.id AS program_id, p.name AS program_name, p.slug AS program_slug, p.type AS program_type"""
_OVERRIDE = f"""{_SLOT}, o.id AS override_id, o.version AS override_version, o.date, o.kind, o.note,
    q.id AS other_id, q.name AS other_name, q.slug AS other_slug, q.type AS other_type"""
_OVERRIDE_JOINS = """JOIN program_slots s ON s.id = o.slot_id JOIN programs p ON p.id = s.program_id
    LEFT JOIN programs q ON q.id = o.program_id"""


def _slot(row: Record) -> Slot:
    return Slot(
        id=row["id"],
        program=ProgramName(row["program_id"], row["program_name"], row["program_slug"], row["program_type"]),
        weekday=row["weekday"],
        start_time=f"{row['starts_at']:%H:%M}",
        end_time=f"{row['ends_at']:%H:%M}",
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        version=row["version"],
    )


def _override(row: Record) -> Override:
    other = row["other_id"]
    return Override(
        id=row["override_id"],
        slot=_slot(row),
        date=row["date"],
        kind=row["kind"],
        program=None
        if other is None
        else ProgramName(other, row["other_name"], row["other_slug"], row["other_type"]),
        note=row["note"],
        version=row["override_version"],
    )


def _no_slot() -> NotFound:
    return NotFound("There is no such slot.")


def _no_override() -> NotFound:
    return NotFound("There is no such override.")


def _no_program() -> UnknownReference:
    return UnknownReference(fields={"program_id": "There is no such programme"})


async def list_slots(
    db: Executor, *, weekday: int | None, program: str | None, limit: int, offset: int
) -> list[Slot]:
    """Return a page of the weekly plan, Monday first."""
    rows = await db.fetch(
        f"""
        SELECT {_SLOT} FROM program_slots s JOIN programs p ON p.id = s.program_id
        WHERE ($1::int IS NULL OR s.weekday = $1) AND ($2::text IS NULL OR p.slug = $2)
        ORDER BY s.weekday, s.starts_at, s.first_week, s.id LIMIT $3 OFFSET $4
        """,
        weekday,
        program,
        limit,
        offset,
    )
    return [_slot(row) for row in rows]


async def count_slots(db: Executor, *, weekday: int | None, program: str | None) -> int:
    """Count the slots that match."""
    count: int = await db.fetch_value(
        """
        SELECT count(*) FROM program_slots s JOIN programs p ON p.id = s.program_id
        WHERE ($1::int IS NULL OR s.weekday = $1) AND ($2::text IS NULL OR p.slug = $2)
        """,
        weekday,
        program,
    )
    return count


async def fetch_slot(db: Executor, slot_id: int) -> Slot:
    """Return one slot. Raise NotFound."""
    row = await db.fetch_row(
        f"SELECT {_SLOT} FROM program_slots s JOIN programs p ON p.id = s.program_id WHERE s.id = $1", slot_id
    )
    if row is None:
        raise _no_slot()
    return _slot(row)


async def lock_plan(tx: Transaction) -> None:
    """Lock the plan for one writer at a time, so that the second one sees its conflicts; readers are not blocked."""
    await tx.execute("LOCK TABLE program_slots IN SHARE ROW EXCLUSIVE MODE")


async def lock_slot(tx: Transaction, slot_id: int) -> Slot:
    """Return one slot, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        f"""
        SELECT {_SLOT} FROM program_slots s JOIN programs p ON p.id = s.program_id
        WHERE s.id = $1 FOR SHARE OF s
        """,
        slot_id,
    )
    if row is None:
        raise _no_slot()
    return _slot(row)


async def insert_slot(
    tx: Transaction,
    *,
    program_id: int,
    weekday: int,
    starts_at: time,
    ends_at: time,
    valid_from: date | None,
    valid_until: date | None,
) -> int:
    """Insert a slot and return its id; `insert_pieces` puts it on the plan. Raise UnknownReference."""
    with violation_as(_no_program(), "program_slots_program_id_fkey"):
        slot_id: int = await tx.fetch_value(
            """
            INSERT INTO program_slots (program_id, weekday, starts_at, ends_at, valid_from, valid_until)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
            """,
            program_id,
            weekday,
            starts_at,
            ends_at,
            valid_from,
            valid_until,
        )
    return slot_id


async def update_slot(tx: Transaction, slot_id: int, values: dict[str, Any]) -> None:
    """Write `values` to a slot that is off the plan, and increase its version. Raise UnknownReference."""
    changes, args = assignments(values, first=2)
    with violation_as(_no_program(), "program_slots_program_id_fkey"):
        await tx.execute(
            f"UPDATE program_slots SET {changes} version = version + 1, updated_at = now() WHERE id = $1",
            slot_id,
            *args,
        )


async def list_overlapping(tx: Transaction, slot_id: int) -> list[Slot]:
    """Return the slots on the plan that overlap with this one, which is off it."""
    rows = await tx.fetch(
        f"""
        SELECT {_SLOT} FROM program_slots s JOIN programs p ON p.id = s.program_id
        WHERE s.id IN (
            SELECT piece.slot_id FROM program_slots new CROSS JOIN generate_series(0, 1) AS half
            JOIN program_slot_pieces piece
                ON piece.span && program_piece_span(half, new.start_minute, new.minutes)
               AND piece.weeks && program_piece_weeks(half, new.first_week, new.last_week)
            WHERE new.id = $1 AND piece.slot_id <> $1)
        ORDER BY s.weekday, s.starts_at, s.id LIMIT 50
        """,
        slot_id,
    )
    return [_slot(row) for row in rows]


async def insert_pieces(tx: Transaction, slot_id: int) -> None:
    """Put a slot on the plan. Raise SlotOverlap if the database finds an overlap that `list_overlapping` missed."""
    with violation_as(SlotOverlap, "program_slots_overlap"):
        await tx.execute(
            """
            INSERT INTO program_slot_pieces (slot_id, part, start_minute, minutes, first_week, last_week)
            SELECT id, half, start_minute, minutes, first_week, last_week
            FROM program_slots CROSS JOIN generate_series(0, 1) AS half WHERE id = $1
            """,
            slot_id,
        )


async def take_off_plan(tx: Transaction, slot_id: int) -> None:
    """Remove a slot's pieces until it has been changed."""
    await tx.execute("DELETE FROM program_slot_pieces WHERE slot_id = $1", slot_id)


async def delete_slot(tx: Transaction, slot_id: int) -> None:
    """Delete a slot with its overrides."""
    await tx.execute("DELETE FROM program_slots WHERE id = $1", slot_id)


async def delete_misfits(tx: Transaction, slot_id: int) -> None:
    """Delete the overrides of a slot on dates on which it is no longer broadcast."""
    await tx.execute(
        """
        DELETE FROM program_overrides o USING program_slots s
        WHERE s.id = $1 AND o.slot_id = s.id AND (extract(isodow FROM o.date) <> s.weekday
              OR o.date < s.valid_from OR o.date > s.valid_until)
        """,
        slot_id,
    )


async def list_overrides(
    db: Executor, *, first: date | None, last: date | None, limit: int, offset: int
) -> list[Override]:
    """Return a page of overrides, by date."""
    rows = await db.fetch(
        f"""
        SELECT {_OVERRIDE} FROM program_overrides o {_OVERRIDE_JOINS}
        WHERE ($1::date IS NULL OR o.date >= $1) AND ($2::date IS NULL OR o.date <= $2)
        ORDER BY o.date, s.starts_at, o.id LIMIT $3 OFFSET $4
        """,
        first,
        last,
        limit,
        offset,
    )
    return [_override(row) for row in rows]


async def count_overrides(db: Executor, *, first: date | None, last: date | None) -> int:
    """Count the overrides that match."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM program_overrides o "
        "WHERE ($1::date IS NULL OR o.date >= $1) AND ($2::date IS NULL OR o.date <= $2)",
        first,
        last,
    )
    return count


async def fetch_override(db: Executor, override_id: int) -> Override:
    """Return one override. Raise NotFound."""
    row = await db.fetch_row(
        f"SELECT {_OVERRIDE} FROM program_overrides o {_OVERRIDE_JOINS} WHERE o.id = $1", override_id
    )
    if row is None:
        raise _no_override()
    return _override(row)


async def lock_override(tx: Transaction, override_id: int) -> Override:
    """Return one override, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        f"SELECT {_OVERRIDE} FROM program_overrides o {_OVERRIDE_JOINS} WHERE o.id = $1 FOR UPDATE OF o",
        override_id,
    )
    if row is None:
        raise _no_override()
    return _override(row)


async def insert_override(
    tx: Transaction, *, slot_id: int, date: date, kind: str, program_id: int | None, note: str | None
) -> int:
    """Insert an override and return its id. Raise OverrideTaken, UnknownReference."""
    with (
        violation_as(OverrideTaken(field="date"), "program_overrides_once"),
        violation_as(_no_program(), "program_overrides_program_id_fkey"),
    ):
        override_id: int = await tx.fetch_value(
            "INSERT INTO program_overrides (slot_id, date, kind, program_id, note) "
            "VALUES ($1, $2, $3, $4, $5) RETURNING id",
            slot_id,
            date,
            kind,
            program_id,
            note,
        )
    return override_id


async def update_override(
    tx: Transaction, override_id: int, *, kind: str, program_id: int | None, note: str | None
) -> None:
    """Write an override and increase its version. Raise UnknownReference."""
    with violation_as(_no_program(), "program_overrides_program_id_fkey"):
        await tx.execute(
            "UPDATE program_overrides SET kind = $2, program_id = $3, note = $4, version = version + 1 WHERE id = $1",
            override_id,
            kind,
            program_id,
            note,
        )


async def delete_override(tx: Transaction, override_id: int) -> None:
    """Delete an override, so that the plan applies again."""
    await tx.execute("DELETE FROM program_overrides WHERE id = $1", override_id)
