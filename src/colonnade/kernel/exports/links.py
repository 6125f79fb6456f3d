"""Issues links to exports, and opens them: whoever has the link reads the file until it expires."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.core import Unauthorized, Undecryptable
from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.exports import queries
from colonnade.kernel.exports.jobs import export_place
from colonnade.kernel.exports.schemas import LINK_LIFETIME, Export, LinkInvalid, StoredExport
from colonnade.kernel.storage import Storage
from colonnade.kernel.tokens import Tokens

__all__ = ["describe", "read_export"]

TOKEN = "export"  # noqa: S105 - the kind of a token


def describe(tokens: Tokens, export: StoredExport, path: str | None = None) -> Export:
    """Return the export as its owner sees it; with a link if `path` is given, the path of its download."""
    url = None
    if export.state == "ready" and path is not None:
        token = tokens.issue(TOKEN, str(export.id), LINK_LIFETIME, {"account": str(export.account_id)})
        url = f"{path}?token={token}"
    return Export(export.id, export.state, export.size_bytes, export.created_at, export.expires_at, url)


async def read_export(
    db: Database, storage: Storage, tokens: Tokens, fields: FieldCipher, export_id: UUID, token: str
) -> bytes:
    """Return the JSON that a link's token opens.

    Raise LinkInvalid, also while the account is not active, and Unavailable if the storage does not answer.
    """
    try:
        claims = tokens.verify(TOKEN, token)
    except Unauthorized:
        raise LinkInvalid from None
    export = await queries.find_export(db, export_id)
    if (
        export is None
        or export.storage_key is None
        or claims["sub"] != str(export_id)
        or claims.get("account") != str(export.account_id)
    ):
        raise LinkInvalid
    sealed = await storage.get(export.storage_key)
    try:
        return fields.decrypt(sealed.decode(), place=export_place(export_id)).encode()
    except Undecryptable:
        raise LinkInvalid from None
