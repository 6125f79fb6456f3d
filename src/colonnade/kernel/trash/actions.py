"""Moves rows into the trash and out of it, inside the caller's transaction."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Invalidate, NotFound
from colonnade.kernel.db import Record, Transaction, erase_kept_about
from colonnade.kernel.trash import queries
from colonnade.kernel.trash.kinds import TrashKind, TrashKinds
from colonnade.kernel.trash.schemas import KeyTaken, Trashed

__all__ = ["forget_trash", "move_to_trash", "purge_item", "restore_item"]


async def move_to_trash(
    tx: Transaction, kind: TrashKind, item_id: int, *, by: Principal | None, owner_id: int | None = None
) -> bool:
    """Move a row, which the caller has locked, into the trash; return False if there is none.

    `owner_id` is the account that it belongs to and leaves with. The caller says which answers are stale. Violations of
    foreign keys that refuse the deletion are the caller's to explain (`violation_as`). Answers kept for repeats of
    the request that made it leave, even if it is restored.
    """
    moved = await queries.move_row(
        tx, kind, item_id, deleted_by=by.id if by is not None else None, owner_id=owner_id
    )
    if moved:
        await erase_kept_about(tx, kind.table, [item_id])
    return moved


async def restore_item(
    tx: Transaction,
    kind: TrashKind,
    item_id: int,
    *,
    kinds: TrashKinds,
    days: int,
    owner_id: int | None = None,
    origin: Origin | None = None,
) -> tuple[Trashed, list[str]]:
    """Put a row back, with a new version, and what went along as far as its place is free.

    Return what it was in the trash, and a sentence for what is another than it was (`TrashKind.revision`).

    What links it to a thing that is in the trash itself is handed over to that, and comes back with it: the order in
    which things are deleted and restored does not matter. Raise NotFound if it is not in the trash (of `owner_id`),
    KeyTaken if another row has its key, ReferenceGone if what it belongs to is not there any more.
    """
    await queries.lock_restoring(tx)
    taken = await queries.take_out(tx, days, kind, item_id, owner_id)
    if taken is None:
        raise _missing()
    trashed, parts = taken
    item, said = kind.revision(parts["item"], trashed.deleted_at) if kind.revision else (parts["item"], None)
    if not await queries.insert_again(tx, kind.table, [item], root=True):
        raise await _key_taken(tx, kind, trashed, parts["item"])
    for table, rows in parts["along"].items():
        if rows and table in kind.along:
            await queries.insert_again(tx, table, rows)
    for table, ids in parts["links"].items():
        if ids and table in kind.links:
            await queries.link_again(tx, table, kind.links[table], item_id, ids)
    await _hand_over(tx, kinds, kind, parts)
    await _settle(tx, kind, item_id, "restored", origin)
    return trashed, [said] if said else []


async def purge_item(
    tx: Transaction,
    kind: TrashKind,
    item_id: int,
    *,
    owner_id: int | None = None,
    origin: Origin | None = None,
) -> None:
    """Delete a thing in the trash for good. Raise NotFound if it is not there."""
    if await queries.take_out(tx, 0, kind, item_id, owner_id) is None:
        raise _missing()
    await _settle(tx, kind, item_id, "purged", origin)


async def forget_trash(tx: Transaction, column: str, value: object) -> None:
    """Delete for good what refers to `value` in a column, because that is deleted for good."""
    await queries.delete_where(tx, column, str(value))


async def _hand_over(tx: Transaction, kinds: TrashKinds, kind: TrashKind, parts: Record) -> None:
    """Hand over to other things in the trash what links them to a restored one, and waits for them now."""
    for other in kinds.values():
        if (column := other.links.get(kind.table)) is not None:
            await queries.await_target(tx, other, kind.table, column, parts["item"])
        if other.table in kind.links and (ids := parts["links"].get(other.table)):
            await queries.refer_from_trash(tx, other, kind.links[other.table], parts["item"]["id"], ids)
        for table in set(other.along) & set(kind.along) if other is not kind else ():
            if rows := parts["along"].get(table):
                await queries.await_both(tx, other, table, rows)


async def _settle(tx: Transaction, kind: TrashKind, item_id: int, what: str, origin: Origin | None) -> None:
    await record(tx, action=f"trash.{what}", target=(kind.name, item_id), origin=origin)
    if kind.invalidates:
        tx.after_commit(Invalidate(kind.invalidates))


async def _key_taken(tx: Transaction, kind: TrashKind, trashed: Trashed, item: object) -> KeyTaken:
    holder = await queries.find_holder(tx, kind, item)
    if holder is None:
        return KeyTaken()
    holder_id, title = holder
    return KeyTaken(
        f"“{title}” ({holder_id}) has its place by now: change or delete that first.",
        details={"key": trashed.key, "holder": {"id": holder_id, "title": title}},
    )


def _missing() -> NotFound:
    return NotFound("There is no such thing in the trash.")
