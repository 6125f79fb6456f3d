"""Deleting an account: personal data goes, rows that others need stay and refer to nobody in particular."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.privacy import queries
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.mail import Language, SendMail, send_mail

if TYPE_CHECKING:
    from colonnade.kernel.audit.recording import Origin
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["erase_account"]


async def erase_account(
    tx: Transaction,
    services: IdentityServices,
    account_id: int,
    *,
    caller: Principal | None,
    language: Language = "id",
    origin: Origin | None = None,
) -> None:
    """Delete an account for good; its address is free again.

    Its sessions end. Each part of the product's `personal_data` erases what it holds; then every foreign key to
    accounts is followed as its ON DELETE says: CASCADE deletes the row, SET NULL forgets whose it was, and a row
    with neither goes on referring to the account's row, which stays without name, address and password. Raises
    NotFound and what a part raises to refuse.
    """
    account = await queries.lock_account(tx, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    await end_account_sessions(tx, account_id, "deleted")
    for part in services.personal_data:
        if part.erase is not None:
            await part.erase(tx, account_id)
    await queries.delete_what_belongs_to(tx, account_id)
    await queries.blank_account(tx, account_id)
    await record(
        tx,
        action="account.deleted",
        actor=caller or "system",
        target=("account", account_id),
        exchange=origin,
    )
    await tx.enqueue(
        send_mail,
        SendMail(
            to=account["email"],
            to_name=account["name"],
            language=language,
            template="colonnade.kernel.identity:account_deleted",
            context={"title": services.product.title, "name": account["name"]},
        ),
    )
