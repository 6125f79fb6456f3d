"""HTTP entry of requests about what people left, for a product to mount."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import Invalid, now
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.http import (
    Api,
    Exchange,
    Ok,
    Response,
    Router,
    Tag,
    allows,
    post,
    recently_verified,
)
from colonnade.kernel.jobs import cancel_jobs_about_addresses
from colonnade.kernel.privacy.left import Access, AllLeft, Subject
from colonnade.kernel.privacy.schemas import MAX_FOUND, Erased, ErasureRequest, Found, SubjectQuery

__all__ = ["privacy_routes"]

PRIVACY = Tag(
    "Privacy", "What people without an account left here: found, exported and erased at their request."
)

MAX_PASSES = 5
"""How often an erasure looks again: what was being sent waited for it to end, and is there then."""


def _subject(query: SubjectQuery) -> Subject:
    """Return whom the request is about. Raise Invalid if it names nobody."""
    if query.email is None and query.phone is None and query.reference is None:
        raise Invalid(fields={"email": "Give an e-mail address, a telephone number or a reference"})
    return Subject.of(query)


def _named(query: SubjectQuery) -> dict[str, object]:
    """Return by what a person was looked for, for the audit log, without what it was."""
    return {
        "by": [name for name in ("email", "phone", "reference") if getattr(query, name) is not None],
    }


async def _find(
    tx: Transaction, left: AllLeft, product: Api, query: SubjectQuery, access: Access, action: str
) -> Found:
    """Find everything; record that somebody looked, and for whom they said it was."""
    subject = _subject(query)
    data: dict[str, list[dict[str, Any]]] = {}
    truncated = []
    for part in left:
        found = await part.find(tx, subject, access)
        data[part.name] = found[:MAX_FOUND]
        truncated += [part.name] if len(found) > MAX_FOUND else []
    counts = {name: len(found) for name, found in data.items()}
    await record(tx, action=action, after={**_named(query), "found": counts}, origin=access.origin)
    return Found(product.name, now(), data, truncated, dict(access.unreadable))


def _said(erased: int, access: Access) -> str:
    """Return what has been done, and no more."""
    said = (
        "What was found of this person has been erased" if erased else "Nothing was found, nothing was erased"
    )
    if unreadable := access.unreadable.total():
        said += f"; {unreadable} could not be read, which may be this person's as well"
    return said


def _search_handler(permission: str) -> Any:
    @post("/searches", guards=[allows(permission), recently_verified()])
    async def search_subject(
        data: SubjectQuery,
        db: Database,
        caller: Principal,
        left: AllLeft,
        product: Api,
        fields: FieldCipher,
        settings: Settings,
        exchange: Exchange,
    ) -> Ok[Found]:
        """Find what somebody left, over everything. The search is recorded in the audit log."""
        async with db.transaction(caller) as tx:
            found = await _find(
                tx, left, product, data, Access(fields, exchange, settings), "privacy.searched"
            )
        return Ok(found)

    return search_subject


def _export_handler(permission: str) -> Any:
    @post("/exports", guards=[allows(permission), recently_verified()], bare={"application/json": Found})
    async def export_subject(
        data: SubjectQuery,
        db: Database,
        caller: Principal,
        left: AllLeft,
        product: Api,
        fields: FieldCipher,
        settings: Settings,
        exchange: Exchange,
    ) -> Response[bytes]:
        """What a search finds, as a file to hand over. It is recorded in the audit log."""
        async with db.transaction(caller) as tx:
            found = await _find(
                tx, left, product, data, Access(fields, exchange, settings), "privacy.exported"
            )
        body = msgspec.json.format(msgspec.json.encode(found, enc_hook=str), indent=2)
        headers = {
            "content-disposition": f'attachment; filename="{product.name}-person.json"',
            "cache-control": "private, no-store",
        }
        return Response(body, media_type="application/json", headers=headers)

    return export_subject


async def _erase(tx: Transaction, left: AllLeft, subject: Subject, access: Access) -> dict[str, int]:
    """Erase everything once; return how many things of each kind."""
    erased: dict[str, int] = {}
    for part in left:
        await part.lock(tx)
        erased[part.name] = await part.erase(tx, subject, access)
    if subject.email:
        await cancel_jobs_about_addresses(tx, [subject.email], alike=subject.has_address)
    return erased


def _erasure_handler(permission: str) -> Any:
    @post("/erasures", guards=[allows(permission), recently_verified()])
    async def erase_subject(
        data: ErasureRequest,
        db: Database,
        caller: Principal,
        left: AllLeft,
        fields: FieldCipher,
        settings: Settings,
        exchange: Exchange,
    ) -> Ok[Erased]:
        """Erase what a search finds: all of it or, if anything fails, nothing. It is recorded in the audit log.

        What is being sent meanwhile is erased too, and mails to or about the person leave the queue.

        The message and `unreadable` say what was not erased.
        """
        subject, erased = _subject(data), Counter[str]()
        for number in range(MAX_PASSES):
            access = Access(fields, exchange, settings)
            async with db.transaction(caller) as tx:
                found = await _erase(tx, left, subject, access)
                if number == 0 or any(found.values()):
                    after = {**_named(data), "erased": found, "reason": data.reason}
                    await record(tx, action="privacy.erased", after=after, origin=exchange)
            erased.update(found)
            if not any(found.values()):
                break
        return Ok(Erased(dict(erased), dict(access.unreadable)), message=_said(erased.total(), access))

    return erase_subject


def privacy_routes(prefix: str = "/privacy", *, permission: str = "privacy:manage") -> Router:
    """Build `POST {prefix}/searches`, `/exports` and `/erasures`, for `permission` and a login of the last minutes."""
    return Router(
        prefix,
        route_handlers=[
            _search_handler(permission),
            _export_handler(permission),
            _erasure_handler(permission),
        ],
        tags=[PRIVACY],
    )
