"""HTTP entry of the audit log, for a product to mount: reading and exporting. No route changes an entry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.audit.chain import ChainBroken, link_entries
from colonnade.kernel.audit.queries import list_entries
from colonnade.kernel.audit.recording import record
from colonnade.kernel.audit.schemas import AuditEntry, AuditFilters
from colonnade.kernel.core import Moment
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Exchange,
    Limit,
    Page,
    QueryParameter,
    Router,
    Stream,
    Tag,
    allows,
    cursor_page,
    decode_cursor,
    encode_cursor,
    get,
)

__all__ = ["audit_routes", "export_lines"]

EXPORT_BATCH = 500

Word = Annotated[str | None, QueryParameter(max_length=200)]
RequestId = Annotated[str | None, QueryParameter(name="requestId", max_length=64)]
Since = Annotated[Moment | None, QueryParameter(description="From this moment on (ISO 8601).")]
Until = Annotated[Moment | None, QueryParameter(description="Before this moment (ISO 8601).")]
Position = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Cursor = Annotated[str | None, QueryParameter(max_length=100, description="`nextCursor` of the page before.")]


def _filters(
    action: str | None,
    actor: str | None,
    target: str | None,
    request_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> AuditFilters:
    kind, colon, target_id = (target or "").partition(":")
    return AuditFilters(
        action=action,
        actor_id=actor,
        target_kind=kind or None,
        target_id=target_id if colon else None,
        request_id=request_id,
        since=since,
        until=until,
    )


async def _catch_up(db: Database) -> None:
    """Link waiting entries, so that readers see everything that was committed before."""
    try:
        await link_entries(db)
    except ChainBroken:
        pass  # linking and verifying report it; the entries in the log can be read all the same


def _list_handler(permission: str) -> Any:
    @get("/", guards=[allows(permission)])
    async def list_audit_log(
        db: Database,
        action: Word = None,
        actor: Word = None,
        target: Word = None,
        request_id: RequestId = None,
        since: Since = None,
        until: Until = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> Page[AuditEntry]:
        """What was done, newest first. `actor` is an account's id, `target` a kind or `kind:id`."""
        filters = _filters(action, actor, target, request_id, since, until)
        before: int | None = decode_cursor(cursor, Position)[0] if cursor else None
        if before is None:
            await _catch_up(db)
        entries = await list_entries(db, filters, limit=limit + 1, before=before)
        return cursor_page(entries, limit, lambda entry: encode_cursor(entry.position))

    return list_audit_log


_LINES = ("application/x-ndjson", "text/plain")
"""The types of an export: many generators of clients know the second only."""


def _takes_text_only(accept: str | None) -> bool:
    named = [part.partition(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    return "text/plain" in named and not {"application/x-ndjson", "application/*", "*/*"}.intersection(named)


def _export_handler(permission: str) -> Any:
    @get("/export", guards=[allows(permission)], bare=dict.fromkeys(_LINES, str))
    async def export_audit_log(
        db: Database,
        caller: Principal,
        exchange: Exchange,
        action: Word = None,
        actor: Word = None,
        target: Word = None,
        request_id: RequestId = None,
        since: Since = None,
        until: Until = None,
    ) -> Stream:
        """The log as JSON lines, oldest first, one entry per line. The export itself is recorded in the log.

        It is sent as `text/plain` to clients that accept this type only.
        """
        filters = _filters(action, actor, target, request_id, since, until)
        async with db.transaction(caller) as tx:
            await record(tx, action="audit.exported", after=_given(filters), origin=exchange)
        await _catch_up(db)
        return Stream(
            export_lines(db, filters),
            media_type=_LINES[_takes_text_only(exchange.header("accept"))],
            headers={"content-disposition": 'attachment; filename="audit.ndjson"'},
        )

    return export_audit_log


def audit_routes(prefix: str = "/audit", *, permission: str = "audit:read") -> Router:
    """Build `GET /` (newest first, keyset pages) and `GET /export` (JSON lines, oldest first), for `permission`."""
    return Router(
        prefix,
        route_handlers=[_list_handler(permission), _export_handler(permission)],
        tags=[Tag("Audit log", "Who did what, and when: read and exported, never changed.")],
    )


def _given(filters: AuditFilters) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(filters).items() if value is not None}


async def export_lines(db: Database, filters: AuditFilters) -> AsyncIterator[bytes]:
    """Yield entries as JSON lines, oldest first, read in batches; no connection is held in between."""
    after = 0
    while entries := await list_entries(db, filters, limit=EXPORT_BATCH, after=after):
        yield b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        after = entries[-1].position
