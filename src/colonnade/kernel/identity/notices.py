"""Changes of what opens an account: in the audit log, and by mail to the owner, who may not have made them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from colonnade.kernel.audit import record
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.queries import fetch_account
from colonnade.kernel.mail import SendMail, choose_language, send_mail

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["Change", "note_change"]

Change = Literal[
    "totp-added",
    "totp-removed",
    "recovery-codes-renewed",
    "recovery-code-used",
    "passkey-added",
    "passkey-removed",
    "identity-linked",
    "identity-unlinked",
    "email-changed",
    "factors-reset",
]


async def note_change(
    tx: Transaction,
    services: IdentityServices,
    account_id: int,
    change: Change,
    exchange: Exchange | None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record `change` as `account.<change>` and mail it, as part of the transaction; `details` go into the log.

    The mail goes to the address that the account has at this moment. `exchange` None is the command line.
    """
    await record(
        tx, action=f"account.{change}", target=("account", account_id), after=details, exchange=exchange
    )
    account = await fetch_account(tx, account_id)
    await tx.enqueue(
        send_mail,
        SendMail(
            to=account.email,
            to_name=account.name,
            language=choose_language(exchange.header("accept-language") if exchange else None),
            template="colonnade.kernel.identity:account_changed",
            context={"title": services.product.title, "name": account.name, "change": change},
        ),
    )
