"""All SQL of the trash. Names of tables and columns come from the kinds, which are constants; values are parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from colonnade.kernel.db import Executor, IntegrityConstraintViolationError, Record, Transaction
from colonnade.kernel.trash.kinds import TrashKind
from colonnade.kernel.trash.schemas import ReferenceGone, Trashed, TrashedItem

__all__ = [
    "TRASH_OF",
    "await_both",
    "await_target",
    "count_trash",
    "delete_where",
    "fetch_trashed",
    "find_holder",
    "insert_again",
    "link_again",
    "list_trash",
    "lock_restoring",
    "move_row",
    "purge_older",
    "refer_from_trash",
    "rows_in_trash",
    "take_out",
]

TRASH_OF = """
SELECT kind, item_id AS id, title, key, deleted_at, CASE WHEN owner_id = $1 THEN item END AS item
FROM trash WHERE deleted_by = $1 OR owner_id = $1 ORDER BY deleted_at, kind, item_id
"""
"""What an account has deleted, as its export shows it; with the content of what was its own."""

_TRASHED = """kind, item_id AS id, title, key, deleted_at, deleted_by,
    deleted_at + make_interval(days => $1) AS purged_at"""
_FILTER = "($2::text[] IS NULL OR kind = ANY($2)) AND ($3::integer IS NULL OR owner_id = $3)"
_PLAIN = "attrelid = '{0}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
# Single-column foreign keys of a table: column, and what it refers to.
_REFERENCES = """
SELECT quote_ident(a.attname) AS "column", k.confrelid::regclass::text AS target, quote_ident(b.attname) AS theirs,
    k.confdeltype::text AS rule
FROM pg_constraint k
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 AND k.conrelid = $1::text::regclass ORDER BY 1
"""


def rows_in_trash(kind: TrashKind) -> str:
    """Return SQL for the rows of a kind that are in the trash, with the columns of their table: `(SELECT …)`."""
    return f"(SELECT r.* FROM trash, jsonb_populate_record(NULL::{kind.table}, item) r WHERE kind = '{kind.name}')"


async def move_row(
    tx: Transaction, kind: TrashKind, item_id: int, *, deleted_by: int | None, owner_id: int | None
) -> bool:
    """Move a row and what goes along into the trash; return False if there is no such row.

    The row's version is raised: what a client has seen before is not what is restored.
    """
    along = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') FROM {table} c WHERE c.{column} = $1)"
        for table, column in kind.along.items()
    )
    links = ", ".join(
        f"'{table}', (SELECT coalesce(jsonb_agg(c.id), '[]') FROM {table} c WHERE c.{column} = $1)"
        for table, column in kind.links.items()
    )
    key = (
        f"concat_ws(' ', {', '.join(f'gone.{column}::text' for column in kind.key)})" if kind.key else "NULL"
    )
    plain = f"ARRAY(SELECT attname::text FROM pg_attribute WHERE {_PLAIN.format(kind.table)})"
    tag = await tx.execute(
        f"""
        WITH gone AS (DELETE FROM {kind.table} WHERE id = $1 RETURNING *)
        INSERT INTO trash (kind, item_id, owner_id, title, key, item, along, links, deleted_by)
        SELECT $2, gone.id, $3, gone.{kind.title}, {key},
            (SELECT jsonb_object_agg(name, CASE name WHEN 'version' THEN to_jsonb(value::bigint + 1) ELSE value END)
             FROM jsonb_each(to_jsonb(gone)) AS each (name, value) WHERE name = ANY({plain})),
            jsonb_build_object({along}), jsonb_build_object({links}), $4
        FROM gone
        """,
        item_id,
        kind.name,
        owner_id,
        deleted_by,
    )
    return tag == "INSERT 0 1"


async def list_trash(
    db: Executor, days: int, kinds: list[str] | None, owner_id: int | None, *, limit: int, offset: int
) -> list[Trashed]:
    """Return a page of the trash, what was deleted last first."""
    rows = await db.fetch(
        f"SELECT {_TRASHED} FROM trash WHERE {_FILTER} "
        "ORDER BY deleted_at DESC, kind, item_id DESC LIMIT $4 OFFSET $5",
        days,
        kinds,
        owner_id,
        limit,
        offset,
    )
    return [Trashed(**row) for row in rows]


async def count_trash(db: Executor, kinds: list[str] | None, owner_id: int | None) -> int:
    """Count what is in the trash."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM trash WHERE ($1::text[] IS NULL OR kind = ANY($1)) "
        "AND ($2::integer IS NULL OR owner_id = $2)",
        kinds,
        owner_id,
    )
    return count


async def fetch_trashed(
    db: Executor, days: int, kind: TrashKind, item_id: int, owner_id: int | None
) -> TrashedItem | None:
    """Return a thing in the trash with its content, or None."""
    row = await db.fetch_row(
        f"SELECT {_TRASHED}, item FROM trash WHERE {_FILTER} AND item_id = $4",
        days,
        [kind.name],
        owner_id,
        item_id,
    )
    return TrashedItem(**row) if row else None


async def take_out(
    tx: Transaction, days: int, kind: TrashKind, item_id: int, owner_id: int | None
) -> tuple[Trashed, Record] | None:
    """Take a thing out of the trash: return it with its item, along and links; None if it is not there (any more)."""
    row = await tx.fetch_row(
        f"DELETE FROM trash WHERE {_FILTER} AND item_id = $4 RETURNING {_TRASHED}, item, along, links",
        days,
        [kind.name],
        owner_id,
        item_id,
    )
    if row is None:
        return None
    values = dict(row)
    parts = {name: values.pop(name) for name in ("item", "along", "links")}
    return Trashed(**values), parts


async def insert_again(tx: Transaction, table: str, rows: list[Any], *, root: bool = False) -> int:
    """Insert rows that were taken out, as far as no other row has their keys; return their number.

    A reference to what is gone becomes null where the foreign key would have set it so. The `root` gets another version
    and time of change, other rows only come back with all that they refer to. Raise ReferenceGone.
    """
    references = await tx.fetch(_REFERENCES, table)
    there = {row["column"]: _still_there(row) for row in references if row["rule"] == "n" or not root}
    given = rows[0].keys() if rows else ()
    plain = await tx.fetch(f"SELECT attname::text AS name FROM pg_attribute WHERE {_PLAIN.format(table)}")
    names = [row["name"] for row in plain if row["name"] in given]
    values = {name: f"r.{name}" for name in names}
    if root:
        values |= {name: sql for name, sql in there.items() if name in values}
        values |= {name: "r.version + 1" for name in names if name == "version"}
        values |= {name: "now()" for name in names if name == "updated_at"}
        held = "true"
    else:
        held = (
            " AND ".join(f"(r.{name} IS NULL OR {sql} IS NOT NULL)" for name, sql in there.items()) or "true"
        )
    try:
        tag = await tx.execute(
            f"""
            INSERT INTO {table} ({", ".join(values)}) OVERRIDING SYSTEM VALUE
            SELECT {", ".join(values.values())} FROM jsonb_populate_recordset(NULL::{table}, $1) r WHERE {held}
            ON CONFLICT DO NOTHING
            """,
            rows,
        )
    except IntegrityConstraintViolationError:
        raise ReferenceGone from None
    return int(tag.rpartition(" ")[2])


def _still_there(reference: Record) -> str:
    """Return SQL for a reference of a row `r` that is null if its target is gone, or is an account that was deleted."""
    target, theirs = reference["target"], reference["theirs"]
    alive = "AND t.deleted_at IS NULL " if target == "accounts" else ""
    where = f"WHERE t.{theirs} = r.{reference['column']} {alive}"
    return f"(SELECT t.{theirs} FROM {target} t {where}FOR KEY SHARE)"


async def link_again(tx: Transaction, table: str, column: str, item_id: int, ids: list[int]) -> None:
    """Let rows refer to a restored one again, as far as they refer to nothing else by now."""
    await tx.execute(
        f"UPDATE {table} SET {column} = $1 WHERE id = ANY($2::bigint[]) AND {column} IS NULL", item_id, ids
    )


async def lock_restoring(tx: Transaction) -> None:
    """Restore one thing at a time: two that are linked would each miss the other."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('trash', 17))")


async def await_target(tx: Transaction, other: TrashKind, table: str, column: str, item: Any) -> None:
    """Let a restored row refer again to a thing of `other` once that is restored as well, if it is in the trash."""
    await tx.execute(
        """
        UPDATE trash
        SET links = links || jsonb_build_object($2::text, coalesce(links -> $2, '[]') || ($4::jsonb -> 'id'))
        WHERE kind = $1 AND item_id = ($4::jsonb ->> $3)::bigint
        """,
        other.name,
        table,
        column,
        item,
    )


async def refer_from_trash(
    tx: Transaction, other: TrashKind, column: str, item_id: int, ids: list[int]
) -> None:
    """Let things of `other` that are in the trash refer to a restored one again, if they refer to nothing else."""
    await tx.execute(
        """
        UPDATE trash SET item = item || jsonb_build_object($2::text, $3::bigint)
        WHERE kind = $1 AND item_id = ANY($4::bigint[]) AND item ->> $2 IS NULL
        """,
        other.name,
        column,
        item_id,
        ids,
    )


async def await_both(tx: Transaction, other: TrashKind, table: str, rows: list[Any]) -> None:
    """Hand rows of a table between two things over to those of `other` that are in the trash."""
    await tx.execute(
        """
        UPDATE trash SET along = along || jsonb_build_object($2::text, coalesce(along -> $2, '[]') || (
            SELECT jsonb_agg(r) FROM jsonb_array_elements($4::jsonb) r WHERE (r ->> $3)::bigint = item_id))
        WHERE kind = $1 AND item_id IN (SELECT (r ->> $3)::bigint FROM jsonb_array_elements($4::jsonb) r)
        """,
        other.name,
        table,
        other.along[table],
        rows,
    )


async def find_holder(tx: Transaction, kind: TrashKind, item: Any) -> tuple[int, str] | None:
    """Return id and title of the row that has the key of `item`, or None."""
    # Of several columns some may be empty: a row that belongs to one of two things.
    one = "h.{0} = r.{0}" if len(kind.key) == 1 else "h.{0} IS NOT DISTINCT FROM r.{0}"
    same = " AND ".join(one.format(column) for column in kind.key) or "false"
    row = await tx.fetch_row(
        f"SELECT h.id, h.{kind.title} AS title FROM {kind.table} h, jsonb_populate_record(NULL::{kind.table}, $1) r "
        f"WHERE {same}",
        item,
    )
    return (row["id"], row["title"]) if row else None


async def delete_where(tx: Transaction, column: str, value: str) -> None:
    """Delete what is in the trash and has this value in a column, for good."""
    await tx.execute("DELETE FROM trash WHERE item ->> $1 = $2", column, value)


async def purge_older(db: Executor, age: timedelta, limit: int) -> int:
    """Delete some of what has been in the trash for `age`, for good; return the number."""
    tag = await db.execute(
        """
        DELETE FROM trash WHERE (kind, item_id) IN (
            SELECT kind, item_id FROM trash WHERE deleted_at < now() - $1::interval
            ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        age,
        limit,
    )
    return int(tag.rpartition(" ")[2])
