"""Requests an export."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.exports import queries
from colonnade.kernel.exports.jobs import MakeExport, make_export
from colonnade.kernel.exports.schemas import MAKE_KEY, StoredExport
from colonnade.kernel.mail import Language

__all__ = ["request_export"]


async def request_export(tx: Transaction, caller: Principal, language: Language) -> StoredExport:
    """Insert and enqueue an export of the caller's data; return the pending one if there is one already.

    One that could not be made is removed first.
    """
    await queries.remove_failed(tx, caller.id)
    export = await queries.insert_export(tx, caller.id, language)
    if export is not None:
        await tx.enqueue(make_export, MakeExport(export.id), key=f"{MAKE_KEY}{export.id}")
        return export
    listed = await queries.list_exports(tx, caller.id)
    if not listed:
        raise NotFound
    return listed[0]
