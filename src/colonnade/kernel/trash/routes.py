"""HTTP entry of the trash: what was deleted, restoring it, purging it before its time."""

from __future__ import annotations

from typing import Annotated, Any

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, NotFound, Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    Limit,
    Ok,
    Page,
    PageNumber,
    QueryParameter,
    Router,
    Tag,
    allows,
    delete,
    get,
    post,
)
from colonnade.kernel.trash import actions, queries
from colonnade.kernel.trash.kinds import TrashKind, TrashKinds
from colonnade.kernel.trash.schemas import Trashed, TrashedItem

__all__ = ["trash_routes"]

TRASH = Tag("Trash", "What was deleted and can come back: see it, restore it, delete it for good.")
Kind = Annotated[str | None, QueryParameter(max_length=40, description="Only this kind of things.")]


def _kind(kinds: TrashKinds, name: str) -> TrashKind:
    if name not in kinds:
        raise NotFound("There is no such kind of things in the trash.")
    return kinds[name]


def _owner(caller: Principal, own: bool) -> int | None:
    return caller.id if own else None


def _reading_handlers(permission: str, *, own: bool) -> list[Any]:
    @get("/", guards=[allows(permission)])
    async def list_trash(
        db: Database,
        kinds: TrashKinds,
        settings: Settings,
        caller: Principal,
        kind: Kind = None,
        page: PageNumber = 1,
        limit: Limit = 20,
    ) -> Page[Trashed]:
        """What was deleted, the latest first; it is purged after TRASH_DAYS."""
        if kind is not None and kind not in kinds:
            raise Invalid(fields={"kind": f"Kind must be one of {', '.join(sorted(kinds))}"})
        wanted, owner = [kind] if kind is not None else None, _owner(caller, own)
        found = await queries.list_trash(
            db, settings.trash_days, wanted, owner, limit=limit, offset=(page - 1) * limit
        )
        total = await queries.count_trash(db, wanted, owner)
        return Page.of(found, page=page, limit=limit, total=total)

    @get("/{kind:str}/{item_id:int}", guards=[allows(permission)])
    async def show_trashed(
        kind: str, item_id: int, db: Database, kinds: TrashKinds, settings: Settings, caller: Principal
    ) -> Ok[TrashedItem]:
        """A deleted thing with its content."""
        found = await queries.fetch_trashed(
            db, settings.trash_days, _kind(kinds, kind), item_id, _owner(caller, own)
        )
        if found is None:
            raise NotFound("There is no such thing in the trash.")
        return Ok(found)

    return [list_trash, show_trashed]


def _changing_handlers(permission: str, *, own: bool) -> list[Any]:
    @post("/{kind:str}/{item_id:int}/restore", guards=[allows(permission)], status_code=200, answers=(409,))
    async def restore(
        kind: str,
        item_id: int,
        db: Database,
        kinds: TrashKinds,
        settings: Settings,
        caller: Principal,
        exchange: Exchange,
    ) -> Ok[Trashed]:
        """Put a deleted thing back as it was; 409 names what has its address or name by now.

        `warnings` tell what is another than it was: what was to appear while it was in the trash does not by itself.
        """
        async with db.transaction(caller) as tx:
            restored, warnings = await actions.restore_item(
                tx,
                _kind(kinds, kind),
                item_id,
                kinds=kinds,
                days=settings.trash_days,
                owner_id=_owner(caller, own),
                origin=exchange,
            )
        return Ok(restored, message="Restored", warnings=warnings)

    @delete("/{kind:str}/{item_id:int}", guards=[allows(permission)])
    async def purge(
        kind: str, item_id: int, db: Database, kinds: TrashKinds, caller: Principal, exchange: Exchange
    ) -> None:
        """Delete a thing in the trash for good."""
        async with db.transaction(caller) as tx:
            owner_id = _owner(caller, own)
            await actions.purge_item(tx, _kind(kinds, kind), item_id, owner_id=owner_id, origin=exchange)

    return [restore, purge]


def trash_routes(prefix: str = "/trash", *, permission: str = "trash:restore", own: bool = False) -> Router:
    """Build `GET {prefix}`, `GET|DELETE {prefix}/{kind}/{id}` and `POST …/restore` for callers with `permission`.

    With `own` each sees what belongs to them (`move_to_trash(…, owner_id=…)`) and nothing else.
    """
    handlers = [*_reading_handlers(permission, own=own), *_changing_handlers(permission, own=own)]
    return Router(prefix, route_handlers=handlers, tags=[TRASH])
