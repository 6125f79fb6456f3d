"""SQL of programmes and presenters. Out of scope: the plan (`slots`) and the schedule (`schedule`)."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Executor, Record, Transaction, assignments, insertion, violation_as
from colonnade.kernel.trash import TrashKind
from colonnade.products.radio.programs.schemas import (
    Presenter,
    PresenterRef,
    Program,
    ProgramOnAir,
    ProgramSlugTaken,
    ProgramType,
    UnknownReference,
)

__all__ = [
    "PRESENTERS",
    "PRESENTERS_TRASH",
    "PROGRAMS_TRASH",
    "count_presenters",
    "count_programs",
    "fetch_presenter",
    "fetch_program",
    "insert_presenter",
    "insert_program",
    "list_presenters",
    "list_programs",
    "lock_presenter",
    "lock_program",
    "presenter_refs",
    "program_on_air",
    "set_presenters",
    "update_presenter",
    "update_program",
]

PROGRAMS_TRASH = TrashKind(
    name="programs",
    table="programs",
    title="name",
    key=("slug",),
    along={"program_presenters": "program_id"},
    invalidates=("programs", "homepage"),
)
PRESENTERS_TRASH = TrashKind(
    name="presenters",
    table="presenters",
    title="name",
    along={"program_presenters": "presenter_id"},
    invalidates=("programs", "homepage"),
)

PRESENTERS = """(SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name, 'photo', r.photo)
                                   ORDER BY l.position), '[]')
     FROM program_presenters l JOIN presenters r ON r.id = l.presenter_id WHERE l.program_id = p.id) AS presenters"""
_PROGRAM = f"p.id, p.name, p.slug, p.type, p.description, p.image, p.version, p.created_at, p.updated_at, {PRESENTERS}"
_PRESENTER = """r.id, r.name, r.bio, r.photo, r.version, r.created_at, r.updated_at,
    (SELECT count(*) FROM program_presenters l WHERE l.presenter_id = r.id)::int AS programs"""


def presenter_refs(value: Any) -> list[PresenterRef]:
    """Convert the value that `PRESENTERS` selects."""
    return msgspec.convert(value, list[PresenterRef])


def program_on_air(row: Record) -> ProgramOnAir:
    """Return the programme of a row with the columns of `programs p` that a broadcast shows, and `PRESENTERS`."""
    return ProgramOnAir(
        row["id"],
        row["name"],
        row["slug"],
        row["type"],
        row["description"],
        row["image"],
        presenter_refs(row["presenters"]),
    )


def _program(row: Record) -> Program:
    values = dict(row)
    return Program(presenters=presenter_refs(values.pop("presenters")), **values)


def _missing() -> NotFound:
    return NotFound("There is no such programme.")


async def list_programs(db: Executor, *, type: ProgramType | None, limit: int, offset: int) -> list[Program]:
    """Return a page of programmes, by name."""
    rows = await db.fetch(
        f"SELECT {_PROGRAM} FROM programs p WHERE $1::text IS NULL OR p.type = $1 "
        "ORDER BY p.name, p.id LIMIT $2 OFFSET $3",
        type,
        limit,
        offset,
    )
    return [_program(row) for row in rows]


async def count_programs(db: Executor, *, type: ProgramType | None) -> int:
    """Count the programmes of this type."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM programs WHERE $1::text IS NULL OR type = $1", type
    )
    return count


async def fetch_program(db: Executor, slug: str) -> Program:
    """Return the programme at this address. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_PROGRAM} FROM programs p WHERE p.slug = $1", slug)
    if row is None:
        raise _missing()
    return _program(row)


async def lock_program(tx: Transaction, slug: str) -> Program:
    """Return the programme at this address, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(f"SELECT {_PROGRAM} FROM programs p WHERE p.slug = $1 FOR UPDATE OF p", slug)
    if row is None:
        raise _missing()
    return _program(row)


async def insert_program(tx: Transaction, values: dict[str, Any]) -> int | None:
    """Insert a programme and return its id; None if its slug is taken."""
    names, marks, args = insertion(values)
    program_id: int | None = await tx.fetch_value(
        f"INSERT INTO programs ({names}) VALUES ({marks}) ON CONFLICT (slug) DO NOTHING RETURNING id",
        *args,
    )
    return program_id


async def update_program(tx: Transaction, program_id: int, values: dict[str, Any]) -> str:
    """Write `values`, increase the version and return the resulting slug. Raise ProgramSlugTaken."""
    changes, args = assignments(values, first=2)
    with violation_as(ProgramSlugTaken(field="slug"), "programs_slug_key"):
        slug: str = await tx.fetch_value(
            f"UPDATE programs SET {changes} version = version + 1, updated_at = now() "
            "WHERE id = $1 RETURNING slug",
            program_id,
            *args,
        )
    return slug


async def set_presenters(tx: Transaction, program_id: int, presenter_ids: list[int]) -> None:
    """Replace the presenters of a programme by these, in this order. Raise UnknownReference."""
    await tx.execute("DELETE FROM program_presenters WHERE program_id = $1", program_id)
    with violation_as(
        UnknownReference(fields={"presenter_ids": "One of the presenters does not exist"}),
        "program_presenters_presenter_id_fkey",
    ):
        await tx.execute(
            "INSERT INTO program_presenters (program_id, presenter_id, position) "
            "SELECT $1, id, position FROM unnest($2::int[]) WITH ORDINALITY AS given (id, position)",
            program_id,
            list(dict.fromkeys(presenter_ids)),
        )


async def list_presenters(db: Executor, *, limit: int, offset: int) -> list[Presenter]:
    """Return a page of presenters, by name."""
    rows = await db.fetch(
        f"SELECT {_PRESENTER} FROM presenters r ORDER BY r.name, r.id LIMIT $1 OFFSET $2", limit, offset
    )
    return [Presenter(**row) for row in rows]


async def count_presenters(db: Executor) -> int:
    """Count the presenters."""
    count: int = await db.fetch_value("SELECT count(*) FROM presenters")
    return count


async def fetch_presenter(db: Executor, presenter_id: int) -> Presenter:
    """Return one presenter. Raise NotFound."""
    row = await db.fetch_row(f"SELECT {_PRESENTER} FROM presenters r WHERE r.id = $1", presenter_id)
    if row is None:
        raise _no_presenter()
    return Presenter(**row)


def _no_presenter() -> NotFound:
    return NotFound("There is no such presenter.")


async def lock_presenter(tx: Transaction, presenter_id: int) -> Presenter:
    """Return a presenter, locked until the transaction ends. Raise NotFound."""
    row = await tx.fetch_row(
        f"SELECT {_PRESENTER} FROM presenters r WHERE r.id = $1 FOR UPDATE OF r", presenter_id
    )
    if row is None:
        raise _no_presenter()
    return Presenter(**row)


async def insert_presenter(tx: Transaction, *, name: str, bio: str | None, photo: str | None) -> Presenter:
    """Insert a presenter."""
    row = await tx.fetch_row(
        f"""
        WITH r AS (INSERT INTO presenters (name, bio, photo) VALUES ($1, $2, $3) RETURNING *)
        SELECT {_PRESENTER} FROM r
        """,
        name,
        bio,
        photo,
    )
    assert row is not None
    return Presenter(**row)


async def update_presenter(tx: Transaction, presenter_id: int, values: dict[str, Any]) -> Presenter:
    """Write `values` and increase the version."""
    changes, args = assignments(values, first=2)
    row = await tx.fetch_row(
        f"""
        WITH r AS (
            UPDATE presenters SET {changes} version = version + 1, updated_at = now() WHERE id = $1 RETURNING *
        )
        SELECT {_PRESENTER} FROM r
        """,
        presenter_id,
        *args,
    )
    assert row is not None
    return Presenter(**row)
