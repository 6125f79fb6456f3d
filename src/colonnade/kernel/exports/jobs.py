"""The job that builds an export: one snapshot of everything, one encrypted file, one mail that announces it.

The mail has no link: links are issued to the signed-in owner only, and expire within minutes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from colonnade.kernel.core import now
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.exports import queries
from colonnade.kernel.exports.personal import HeldData
from colonnade.kernel.exports.schemas import RETENTION, StoredExport
from colonnade.kernel.http import Api
from colonnade.kernel.jobs import Lane, job
from colonnade.kernel.mail import SendMail, send_mail
from colonnade.kernel.storage import Storage, discard_file, keep_file, upload_file

__all__ = ["AREA", "MakeExport", "export_place", "make_export"]

AREA = "private/exports"

EXPORT_LANE = Lane("exports", 1)
"""One at a time, since each has everything about an account in memory."""


class MakeExport(msgspec.Struct, frozen=True):
    """The id of the export to build."""

    export_id: UUID


def export_place(export_id: UUID) -> str:
    """Return the place to which the encryption of an export's file is bound."""
    return f"personal_exports.file:{export_id}"


@job("exports.make", lane=EXPORT_LANE, max_attempts=5)
async def make_export(
    payload: MakeExport, db: Database, storage: Storage, fields: FieldCipher, product: Api, held: HeldData
) -> None:
    """Collect, store and announce one export; do nothing if it, or its account, is gone by then."""
    export = await queries.find_export(db, payload.export_id)
    reader = await queries.fetch_reader(db, export.account_id) if export else None
    if export is None or reader is None or export.state == "ready":
        return
    data = await _collect(db, product, held, export.account_id)
    sealed = fields.encrypt(data.decode(), place=export_place(export.id)).encode()
    file = await upload_file(
        db,
        storage,
        sealed,
        mimetype="application/octet-stream",
        extension="sealed",
        area=AREA,
        owner=f"account:{export.account_id}",
    )
    async with db.transaction() as tx:
        finished = await queries.finish_export(tx, export.id, storage_key=file.key, size_bytes=len(data))
        if finished:
            await keep_file(tx, file.key)
            await tx.enqueue(send_mail, _ready_mail(product.title, export, reader))
    if not finished:
        await discard_file(db, storage, file.key)


async def _collect(db: Database, product: Api, held: HeldData, account_id: int) -> bytes:
    """Return everything about an account, from one snapshot, as indented JSON."""
    parts: dict[str, Any] = {}
    async with db.transaction(isolation="repeatable read") as tx:
        for part in held:
            parts[part.name] = await part.collect(tx, account_id)
    document = {
        "product": product.name,
        "title": product.title,
        "account_id": account_id,
        "exported_at": now(),
        "data": parts,
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2)


def _ready_mail(title: str, export: StoredExport, reader: Any) -> SendMail:
    return SendMail(
        to=reader["email"],
        to_name=reader["name"],
        language="en" if export.language == "en" else "id",
        template="colonnade.kernel.exports:export_ready",
        account_id=export.account_id,
        context={"title": title, "name": reader["name"], "days": RETENTION.days},
    )
